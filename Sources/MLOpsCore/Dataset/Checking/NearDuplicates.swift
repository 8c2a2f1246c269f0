/// The search for rows that are nearly the same, by the MinHash of their shingles and locality-sensitive hashing.
///
/// Keeps 144 bytes a row, in memory up to a bound and then in a scratch file, and looks at no more than some millions of
/// rows at once.
struct NearDuplicates: Sendable {
    /// From which estimated share of common shingles on two rows are nearly the same.
    let threshold: Double
    /// The fingerprints, a word for each band, each with the place and the number of its row.
    private var log: RecordLog
    private static let placeWord = MinHash.bandCount
    private static let rowWord = MinHash.bandCount + 1
    /// How many neighbours in a band a row is compared with: those just before it, and the first.
    private static let neighbours = 16
    /// How many rows are looked through at once, by default: 16 MiB for each processor.
    private static let standardShare = 1 << 21
    private let share: Int

    /// - Parameters:
    ///   - threshold: from which share on rows are nearly the same.
    ///   - bound: how many words are held in memory.
    ///   - share: how many rows are looked through at once.
    init(threshold: Double, bound: Int = RecordSpool.standardBound, share: Int = standardShare) {
        self.threshold = threshold
        self.share = share
        log = RecordLog(width: MinHash.bandCount + 2, bound: bound)
    }

    /// A row that is nearly the same as an earlier one.
    struct Pair: Sendable, Hashable {
        /// The later row, and the earlier one.
        var row, other: Int
        /// Where they stand.
        var place, otherPlace: RowAudit.Place
        /// The estimated share of common shingles.
        var similarity: Double
    }

    /// Takes note of the row numbered `row`.
    ///
    /// - Throws: ``FileError`` when there is no room for temporary files.
    mutating func add(_ fingerprint: MinHash, at place: RowAudit.Place, row: Int) throws(FileError) {
        var words: [UInt64] = []
        words.reserveCapacity(log.width)
        for band in 0..<MinHash.bandCount {
            var word: UInt64 = 0
            for byte in fingerprint.bytes[band * MinHash.bandWidth..<(band + 1) * MinHash.bandWidth] {
                word = word << 8 | UInt64(byte)
            }
            words.append(word)
        }
        try log.append(words + [place.bits, UInt64(row)])
    }

    /// Calls `use` with each row that is nearly the same as an earlier one, and the earliest such row that was found, in
    /// the order of the rows.
    ///
    /// - Complexity: O(*n* log *n*) for *n* rows, in each of the 16 bands.
    ///
    /// - Parameter excluded: rows that are passed over.
    /// - Throws: ``FileError`` when there is no room for temporary files.
    mutating func forEachPair(excluding excluded: RowSet, _ use: (Pair) -> Void) throws(FileError) {
        try log.flush()
        let count = log.count
        guard count > 1 else { return }
        let passCount = (count - 1) / share + 1
        var found = RecordSpool()
        let search = self
        for pass in 0..<passCount {
            // Two bands at a time, so that what is found does not pile up.
            for first in stride(from: 0, to: MinHash.bandCount, by: 2) {
                let bands = [first, first + 1].mappedInParallel(minimumPart: 1) { band in
                    Result { () throws(FileError) in
                        try search.candidates(inBand: band, pass: pass, of: passCount, excluding: excluded)
                    }
                }
                for band in bands {
                    for pair in try band.get() {
                        try found.append([pair], to: Int(pair >> 32) * RecordSpool.partCount / count)
                    }
                }
            }
        }
        for part in 0..<RecordSpool.partCount where !found.isEmpty(part) {
            var last: UInt64?
            // Sorted, the earliest neighbour of each row comes first.
            for pair in try found.words(of: part).sorted() where pair >> 32 != last {
                last = pair >> 32
                use(try self.pair(Int(pair >> 32), Int(pair & 0xFFFF_FFFF)))
            }
        }
    }

    private func pair(_ index: Int, _ other: Int) throws(FileError) -> Pair {
        let (left, right) = (try log.words(index..<index + 1), try log.words(other..<other + 1))
        return Pair(
            row: Int(left[Self.rowWord]), other: Int(right[Self.rowWord]),
            place: RowAudit.Place(bits: left[Self.placeWord]), otherPlace: RowAudit.Place(bits: right[Self.placeWord]),
            similarity: MinHash.similarity(matches: Self.matches(left, right)))
    }

    /// Returns pairs of indices, the later one in the high half, of rows that agree in a band and are nearly the same.
    private func candidates(
        inBand band: Int, pass: Int, of passCount: Int, excluding excluded: RowSet
    ) throws(FileError) -> [UInt64] {
        // The high half is the band's hash, the low half the row: sorted, rows that agree stand together, in order.
        var entries: [UInt64] = []
        entries.reserveCapacity(log.count / passCount + log.count / 16)
        for start in stride(from: 0, to: log.count, by: 1024) {
            let words = try log.words(start..<min(start + 1024, log.count))
            for index in 0..<words.count / log.width {
                let record = index * log.width
                let hash = RowWords.mixed(words[record + band]) >> 32
                guard (Int(hash) * passCount) >> 32 == pass, !excluded.contains(Int(words[record + Self.rowWord]))
                else {
                    continue
                }
                entries.append(hash << 32 | UInt64(start + index))
            }
        }
        entries.sort()
        var pairs: [UInt64] = []
        var first = 0
        while first < entries.count {
            var end = first + 1
            while end < entries.count, entries[end] >> 32 == entries[first] >> 32 { end += 1 }
            if end - first > 1 { try compare(entries[first..<end], &pairs) }
            first = end
        }
        return pairs
    }

    /// Compares each of the rows that agree in a band with the first of them and the nearest before it.
    private func compare(_ entries: ArraySlice<UInt64>, _ pairs: inout [UInt64]) throws(FileError) {
        var known: [(index: UInt64, words: [UInt64])] = []
        for entry in entries {
            let index = entry & 0xFFFF_FFFF
            let words = try log.words(Int(index)..<Int(index) + 1)
            let other = known.first { MinHash.similarity(matches: Self.matches($0.words, words)) >= threshold }
            if let other { pairs.append(index << 32 | other.index) }
            // The first stays, the oldest of the others goes.
            if known.count > Self.neighbours { known.remove(at: 1) }
            known.append((index, words))
        }
    }

    /// How many bytes of two fingerprints are the same.
    private static func matches(_ left: [UInt64], _ right: [UInt64]) -> Int {
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        var matches = 0
        for word in 0..<MinHash.bandCount {
            // Of each byte, the high bit is set when all of its bits agree.
            let difference = left[word] ^ right[word]
            matches += (~((difference & low) + low | difference | low)).nonzeroBitCount
        }
        return matches
    }
}
