/// The search for rows that are nearly the same, by the MinHash of their shingles and locality-sensitive hashing.
///
/// Keeps 136 bytes a row, and takes 8 more while it searches.
struct NearDuplicates: Sendable {
    /// From which estimated share of common shingles on two rows are nearly the same.
    let threshold: Double
    private var bytes: [UInt8] = []
    private var places: [RowAudit.Place] = []
    /// How many neighbours in a band a row is compared with: those just before it, and the first.
    private static let neighbours = 16

    init(threshold: Double) { self.threshold = threshold }

    /// A row that is nearly the same as an earlier one.
    struct Pair: Sendable, Hashable {
        /// The later row, and the earlier one.
        var row, other: Int
        /// The estimated share of common shingles.
        var similarity: Double
    }

    /// Takes note of a row.
    mutating func add(_ fingerprint: MinHash, at place: RowAudit.Place) {
        bytes += fingerprint.bytes
        places.append(place)
    }

    /// The place of the row that was noted as number `index`.
    func place(_ index: Int) -> RowAudit.Place { places[index] }

    /// Returns each row that is nearly the same as an earlier one, with the earliest such row that was found.
    ///
    /// - Complexity: O(*n* log *n*) for *n* rows, in each of the 16 bands.
    func pairs() -> [Pair] {
        let bands = Array(0..<MinHash.bandCount).mappedInParallel(minimumPart: 1, pairs(inBand:))
        var found: [Int: Pair] = [:]
        for pair in bands.joined() where (found[pair.row]?.other ?? .max) > pair.other { found[pair.row] = pair }
        return found.values.sorted { $0.row < $1.row }
    }

    private func pairs(inBand band: Int) -> [Pair] {
        // The high half is the band's hash, the low half the row: sorted, rows that agree stand together, in order.
        var entries = [UInt64](repeating: 0, count: places.count)
        for row in places.indices {
            var key: UInt64 = 0
            let start = row * MinHash.count + band * MinHash.bandWidth
            for index in start..<start + MinHash.bandWidth { key = key << 8 | UInt64(bytes[index]) }
            entries[row] = RowWords.mixed(key) & 0xFFFF_FFFF_0000_0000 | UInt64(row)
        }
        entries.sort()
        var pairs: [Pair] = []
        var first = 0
        for index in entries.indices.dropFirst() {
            guard entries[index] >> 32 == entries[first] >> 32 else {
                first = index
                continue
            }
            let row = Int(entries[index] & 0xFFFF_FFFF)
            let nearest = Swift.max(first, index - Self.neighbours)..<index
            for other in [first] + nearest {
                let other = Int(entries[other] & 0xFFFF_FFFF)
                let similarity = MinHash.similarity(matches: matches(row, other))
                if similarity >= threshold {
                    pairs.append(Pair(row: row, other: other, similarity: similarity))
                    break
                }
            }
        }
        return pairs
    }

    private func matches(_ row: Int, _ other: Int) -> Int {
        let (left, right) = (row * MinHash.count, other * MinHash.count)
        var matches = 0
        for index in 0..<MinHash.count where bytes[left + index] == bytes[right + index] { matches += 1 }
        return matches
    }
}
