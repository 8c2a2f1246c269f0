/// The tokens of a vocabulary as bytes, found by id and by bytes.
///
/// All bytes lie in one buffer, and an open-addressing table of ids finds them: a vocabulary of 50,000 tokens loads in a few
/// milliseconds. Bytes, not `String`s, are compared: two spellings of `é` are two tokens.
struct TokenTable: Sendable {
    private var bytes: [UInt8] = []
    /// Where each id's bytes are; empty for an id without a token.
    private var ranges: [Range<Int>] = []
    private var isTaken: [Bool] = []
    /// Ids by hash; -1 is free. The count is a power of two, at least twice the tokens.
    private var slots: [Int32]

    /// Creates a table for ids below `count`.
    init(count: Int) {
        ranges = Array(repeating: 0..<0, count: count)
        isTaken = Array(repeating: false, count: count)
        var size = 16
        while size < 2 * count { size *= 2 }
        slots = Array(repeating: -1, count: size)
    }

    /// How many ids there are.
    var count: Int { ranges.count }

    /// How many bytes the longest token has.
    private(set) var longest = 0

    /// Gives `id` the bytes `token`. The first of equal tokens is the one found by bytes.
    ///
    /// - Precondition: `id` is below ``count``.
    /// - Returns: whether no other token has these bytes.
    @discardableResult mutating func insert(_ token: some Collection<UInt8>, id: Int32) -> Bool {
        let start = bytes.count
        bytes.append(contentsOf: token)
        ranges[Int(id)] = start..<bytes.count
        isTaken[Int(id)] = true
        longest = max(longest, bytes.count - start)
        let found = slot(of: bytes, start..<bytes.count)
        let isNew = slots[found] < 0
        if isNew { slots[found] = id }
        return isNew
    }

    /// The bytes of `id`; nil for an id without a token.
    subscript(id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, Int(id) < ranges.count, isTaken[Int(id)] else { return nil }
        return bytes[ranges[Int(id)]]
    }

    /// The id of the token with exactly the bytes `range` of `text`.
    func id(of text: [UInt8], _ range: Range<Int>) -> Int32? {
        let id = slots[slot(of: text, range)]
        return id < 0 ? nil : id
    }

    /// Whether `id` has exactly the bytes `range` of `text`.
    func holds(_ id: Int32, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard id >= 0, Int(id) < ranges.count, isTaken[Int(id)] else { return false }
        return ranges[Int(id)].count == range.count && isEqual(ranges[Int(id)], text, range)
    }

    /// The slot that holds the token, or the free one where it would go.
    private func slot(of text: [UInt8], _ range: Range<Int>) -> Int {
        let mask = slots.count - 1
        var index = Self.hash(text, range) & mask
        while slots[index] >= 0 {
            let candidate = ranges[Int(slots[index])]
            if candidate.count == range.count, isEqual(candidate, text, range) { return index }
            index = (index + 1) & mask
        }
        return index
    }

    private func isEqual(_ candidate: Range<Int>, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        var other = range.lowerBound
        for index in candidate {
            if bytes[index] != text[other] { return false }
            other += 1
        }
        return true
    }

    /// Starts from the standard library's seed, which is another one in every process: a vocabulary cannot be written to
    /// make it collide.
    private static let seed = UInt64(bitPattern: Int64(Hasher().finalize()))

    @inline(__always) private static func hash(_ text: [UInt8], _ range: Range<Int>) -> Int {
        var hash = seed ^ UInt64(range.count)
        var start = range.lowerBound
        repeat {
            let end = min(start + 16, range.upperBound)
            let key = WordCache.key(text, start..<end)
            hash = mixed(hash ^ key.low, key.high ^ 0xC2B2_AE3D_27D4_EB4F)
            start = end
        } while start < range.upperBound
        return Int(truncatingIfNeeded: hash)
    }

    /// Both halves of the product of two words, together.
    @inline(__always) private static func mixed(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = (one ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: other)
        return product.high ^ product.low
    }
}
