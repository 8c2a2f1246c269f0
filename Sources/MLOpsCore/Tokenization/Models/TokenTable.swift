/// The tokens of a vocabulary as bytes, found by id and by bytes.
///
/// All bytes lie in one buffer, and an open-addressing table of ids finds them: a vocabulary of 50,000 tokens loads in a few
/// milliseconds. Bytes, not `String`s, are compared: two spellings of `é` are two tokens.
struct TokenTable: Sendable {
    private var bytes: [UInt8] = []
    /// Where each id's bytes are; empty for an id without a token.
    private var ranges: [Range<Int>] = []
    private var isTaken: [Bool] = []
    /// A token: what tells it from most others lies here, so that looking for it touches one place of memory.
    private struct Slot: Sendable, BitwiseCopyable {
        /// The first eight bytes, filled up with zeros.
        var beginning: UInt64 = 0
        var length: Int32 = 0
        /// -1 in a slot that is free.
        var id: Int32 = -1
    }

    /// By hash. The count is a power of two, at least a quarter more than the tokens.
    private var slots: [Slot]

    /// Creates a table for ids below `count`.
    init(count: Int) {
        ranges = Array(repeating: 0..<0, count: count)
        isTaken = Array(repeating: false, count: count)
        var size = 16
        while size < count + count / 4 { size *= 2 }
        slots = Array(repeating: Slot(), count: size)
    }

    /// Makes room for `count` bytes of tokens.
    mutating func reserveBytes(_ count: Int) { bytes.reserveCapacity(count) }

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
        let (index, wanted) = slot(of: bytes, start..<bytes.count)
        guard slots[index].id < 0 else { return false }
        slots[index] = wanted
        slots[index].id = id
        return true
    }

    /// The bytes of `id`; nil for an id without a token.
    subscript(id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, Int(id) < ranges.count, isTaken[Int(id)] else { return nil }
        return bytes[ranges[Int(id)]]
    }

    /// The id of the token with exactly the bytes `range` of `text`.
    func id(of text: [UInt8], _ range: Range<Int>) -> Int32? {
        let id = slots[slot(of: text, range).index].id
        return id < 0 ? nil : id
    }

    /// Whether `id` has exactly the bytes `range` of `text`.
    func holds(_ id: Int32, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard id >= 0, Int(id) < ranges.count, isTaken[Int(id)] else { return false }
        return ranges[Int(id)].count == range.count && isEqual(ranges[Int(id)], text, range)
    }

    /// The slot that holds the token, or the free one where it would go; and what it holds then, without the id.
    private func slot(of text: [UInt8], _ range: Range<Int>) -> (index: Int, content: Slot) {
        let mask = slots.count - 1
        let key = WordCache.key(text, range.lowerBound..<min(range.lowerBound + 16, range.upperBound))
        var index = Int(truncatingIfNeeded: Self.hash(text, range, key)) & mask
        let length = Int32(truncatingIfNeeded: range.count)
        while slots[index].id >= 0 {
            let slot = slots[index]
            if slot.beginning == key.low, slot.length == length,
                range.count <= 8 || isEqual(ranges[Int(slot.id)], text, range)
            {
                break
            }
            index = (index + 1) & mask
        }
        return (index, Slot(beginning: key.low, length: length))
    }

    private func isEqual(_ candidate: Range<Int>, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard candidate.count == range.count else { return false }
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

    /// - Parameter key: the first sixteen bytes.
    @inline(__always) private static func hash(
        _ text: [UInt8], _ range: Range<Int>, _ key: (low: UInt64, high: UInt64)
    ) -> UInt64 {
        var hash = mixed(seed ^ UInt64(range.count) ^ key.low, key.high ^ 0xC2B2_AE3D_27D4_EB4F)
        var start = range.lowerBound + 16
        while start < range.upperBound {
            let end = min(start + 16, range.upperBound)
            let key = WordCache.key(text, start..<end)
            hash = mixed(hash ^ key.low, key.high ^ 0xC2B2_AE3D_27D4_EB4F)
            start = end
        }
        return hash
    }

    /// Both halves of the product of two words, together.
    @inline(__always) private static func mixed(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = (one ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: other)
        return product.high ^ product.low
    }
}
