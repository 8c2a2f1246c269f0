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

    /// Gives `id` the bytes `token`. The first of equal tokens is the one found by bytes.
    ///
    /// - Precondition: `id` is below ``count``.
    mutating func insert(_ token: some Collection<UInt8>, id: Int32) {
        let start = bytes.count
        bytes.append(contentsOf: token)
        ranges[Int(id)] = start..<bytes.count
        isTaken[Int(id)] = true
        let found = slot(of: bytes, start..<bytes.count)
        if slots[found] < 0 { slots[found] = id }
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

    /// The standard library's seeded hash: a vocabulary cannot be written to make it collide.
    private static func hash(_ text: [UInt8], _ range: Range<Int>) -> Int {
        var hasher = Hasher()
        unsafe text.withUnsafeBytes { buffer in
            // Proof: `range` is checked against the buffer by the slicing itself, and the hasher only reads during the call.
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: buffer[range]))
        }
        return hasher.finalize()
    }
}
