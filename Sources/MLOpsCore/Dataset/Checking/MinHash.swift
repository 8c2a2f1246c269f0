/// A fingerprint of a set of shingles: the share of bytes in which two agree estimates how much of the sets is common.
///
/// MinHash (Broder 1997) with 128 hash functions, of whose minima one byte each is kept (Li and König 2010), so that a
/// row costs 128 bytes. The standard error of the estimate is at most 0.044, at the usual threshold of 0.85 it is 0.032.
struct MinHash: Sendable, Hashable {
    /// How many words a shingle has.
    static let shingleLength = 3
    /// How many hash functions there are.
    static let count = 128
    /// How many of them make a band: rows that agree in a whole band are compared.
    static let bandWidth = 8
    /// How many bands there are. Rows that share 0.85 of their shingles agree in one of 16 with probability 0.994,
    /// rows that share 0.8 with 0.95, and rows that share 0.5 with 0.06.
    static let bandCount = count / bandWidth

    /// The bytes, ``count`` of them.
    let bytes: [UInt8]

    /// Makes the fingerprint of a row; nil when it has no words.
    init?(_ words: RowWords) {
        let shingles = words.runs(of: Self.shingleLength)
        guard !shingles.isEmpty else { return nil }
        var bytes = [UInt8](repeating: 0, count: Self.count)
        for (index, function) in Self.functions.enumerated() {
            var minimum = UInt64.max
            for shingle in shingles { minimum = min(minimum, shingle &* function.factor &+ function.term) }
            // The highest bits order the values; a minimum's are zeros, so the byte is taken from all of them.
            bytes[index] = UInt8(truncatingIfNeeded: RowWords.mixed(minimum) >> 56)
        }
        self.bytes = bytes
    }

    /// The hash functions: shingle · factor + term modulo 2^64, factors odd, drawn once and for all.
    private static let functions: [(factor: UInt64, term: UInt64)] = {
        var random = PhiloxStream(seed: 1997, purpose: 0x6D69_6E68)
        return (0..<count).map { _ in (random.next() | 1, random.next()) }
    }()

    /// Returns the share of common shingles that two fingerprints with `matches` equal bytes suggest.
    ///
    /// Of bytes that stem from different minima, one in 256 is equal by chance.
    static func similarity(matches: Int) -> Double {
        let share = Double(matches) / Double(count)
        return max(0, (share - 1 / 256) / (1 - 1 / 256))
    }
}
