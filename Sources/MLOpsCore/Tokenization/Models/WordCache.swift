/// What words have become: most of a text is words that have been seen.
///
/// A word of at most sixteen bytes is its own key; its place is found by hashing, and a later word of the same place takes it.
/// So the size is fixed, and a text written to collide costs no more than one without repetition.
struct WordCache: Sendable {
    /// What a word has become.
    struct Entry: Sendable {
        /// The word's bytes, the first one lowest, filled up with zeros.
        var low: UInt64 = 0
        var high: UInt64 = 0
        /// How many bytes it has; 0 in an entry that is free.
        var length: UInt8 = 0
        /// How many tokens it has become.
        var count: UInt8 = 0
        /// The byte of the word that each token ends before.
        var ends = SIMD4<UInt8>()
        /// The tokens.
        var ids = SIMD4<Int32>()
    }

    /// The longest word kept.
    static let maximumLength = 16
    /// The most tokens a kept word may have.
    static let maximumCount = 4

    private static let bits = 15
    private var entries = [Entry](repeating: Entry(), count: 1 << bits)

    /// The key of the bytes `range` of `text`, at most sixteen.
    @inline(__always) static func key(_ text: [UInt8], _ range: Range<Int>) -> (low: UInt64, high: UInt64) {
        let count = range.count
        let start = range.lowerBound
        if start + 16 <= text.count {
            let bytes = unsafe text.span.bytes
            // Proof: both loads lie within the buffer, which has sixteen bytes from `start` on; any eight bytes are a UInt64.
            let low = unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
            let high = unsafe UInt64(
                littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
            if count >= 8 { return (low, high & ~(~0 << UInt64(8 * (count - 8)))) }
            return (low & ~(~0 << UInt64(8 * count)), 0)
        }
        var key: (low: UInt64, high: UInt64) = (0, 0)
        for offset in 0..<count {
            let byte = UInt64(text[start + offset])
            if offset < 8 { key.low |= byte << UInt64(8 * offset) } else { key.high |= byte << UInt64(8 * offset - 64) }
        }
        return key
    }

    @inline(__always) private static func place(_ low: UInt64, _ high: UInt64) -> Int {
        let mixed = (low ^ (high &* 0xC2B2_AE3D_27D4_EB4F)) &* 0x9E37_79B9_7F4A_7C15
        let product = (mixed ^ (mixed >> 32)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: product >> UInt64(64 - bits))
    }

    /// What the word with this key has become; nil when it is not known.
    @inline(__always) func entry(_ low: UInt64, _ high: UInt64, length: Int) -> Entry? {
        let entry = entries[Self.place(low, high)]
        guard entry.low == low, entry.high == high, Int(entry.length) == length else { return nil }
        return entry
    }

    /// Keeps what a word has become.
    mutating func keep(_ entry: Entry) { entries[Self.place(entry.low, entry.high)] = entry }
}
