/// Spellings of tokens, one after another in one buffer.
///
/// Bytes, not `String`s: two spellings of `é` are two tokens, and a hundred thousand tokens are two allocations.
struct TokenList: Sendable {
    /// All spellings.
    private(set) var bytes: [UInt8] = []
    /// Where each one ends.
    private var ends: [Int] = []

    /// How many there are.
    var count: Int { ends.count }

    /// Where the bytes of the spelling at `index` are.
    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    /// The spelling at `index`.
    subscript(index: Int) -> ArraySlice<UInt8> { bytes[range(index)] }

    /// The spelling at `index`, for messages.
    func text(_ index: Int) -> String { String(decoding: self[index].prefix(60), as: UTF8.self) }

    /// Makes room for `count` spellings.
    mutating func reserveCapacity(_ count: Int) {
        ends.reserveCapacity(count)
        bytes.reserveCapacity(8 * count)
    }

    /// Appends a spelling as `write` puts it out; takes back what it put out if it says that there is none.
    mutating func append(_ write: (inout [UInt8]) -> Bool) -> Bool {
        let start = bytes.count
        guard write(&bytes) else {
            bytes.removeSubrange(start...)
            return false
        }
        ends.append(bytes.count)
        return true
    }

    /// Appends a spelling.
    mutating func append(_ spelling: some Sequence<UInt8>) {
        bytes.append(contentsOf: spelling)
        ends.append(bytes.count)
    }
}
