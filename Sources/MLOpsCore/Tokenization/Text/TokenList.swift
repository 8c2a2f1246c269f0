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

    /// Appends a spelling as `write` puts it out.
    mutating func append<Failure: Error>(_ write: (inout [UInt8]) throws(Failure) -> Void) throws(Failure) {
        try write(&bytes)
        ends.append(bytes.count)
    }

    /// Appends a spelling.
    mutating func append(_ spelling: some Sequence<UInt8>) {
        bytes.append(contentsOf: spelling)
        ends.append(bytes.count)
    }

    /// Appends a spelling.
    mutating func append(_ spelling: String) {
        let span = spelling.utf8.span
        for index in span.indices { bytes.append(span[index]) }
        ends.append(bytes.count)
    }

    /// Appends two spellings that stand in `pair` with a space between them.
    ///
    /// - Returns: whether they do; else nothing is appended.
    mutating func append(pair: [UInt8]) -> Bool {
        guard let space = pair.firstIndex(of: 0x20), space > 0, space + 1 < pair.count,
            !pair[(space + 1)...].contains(0x20)
        else { return false }
        append(pair[..<space])
        append(pair[(space + 1)...])
        return true
    }

    /// Appends two spellings that stand in `pair` with a space between them.
    ///
    /// - Returns: whether they do; else nothing is appended.
    mutating func append(pair: String) -> Bool {
        let start = bytes.count
        let span = pair.utf8.span
        var space: Int?
        for index in span.indices {
            if span[index] != 0x20 {
                bytes.append(span[index])
            } else if space == nil {
                space = bytes.count
            } else {
                bytes.removeSubrange(start...)
                return false
            }
        }
        guard let space, space > start, space < bytes.count else {
            bytes.removeSubrange(start...)
            return false
        }
        ends.append(space)
        ends.append(bytes.count)
        return true
    }

    /// Returns the spellings as the bytes they stand for in the byte alphabet; those that are not written in it stay as they
    /// are.
    ///
    /// - Returns: the list, and the places of those that stayed.
    func decodingByteAlphabet() -> (list: TokenList, others: [Int]) {
        // What a spelling stands for is never longer than the spelling.
        var out = [UInt8](repeating: 0, count: bytes.count)
        var list = TokenList()
        list.ends.reserveCapacity(count)
        var others: [Int] = []
        let alphabet = ByteAlphabet.bytesByScalar
        var read = 0
        var write = 0
        for (place, end) in ends.enumerated() {
            let (first, start) = (read, write)
            while read < end {
                let lead = bytes[read]
                // Most letters stand for themselves.
                if lead > 0x20, lead < 0x7F {
                    out[write] = lead
                    write += 1
                    read += 1
                    continue
                }
                var value = Int(lead)
                if lead >= 0x80 { value = lead < 0xE0 ? Int(lead & 0x1F) << 6 | Int(bytes[read + 1] & 0x3F) : .max }
                guard value < alphabet.count, alphabet[value] >= 0 else { break }
                out[write] = UInt8(truncatingIfNeeded: alphabet[value])
                write += 1
                read += lead < 0x80 ? 1 : 2
            }
            if read < end || first == end {
                others.append(place)
                write = start
                for index in first..<end {
                    out[write] = bytes[index]
                    write += 1
                }
                read = end
            }
            list.ends.append(write)
        }
        out.removeSubrange(write...)
        list.bytes = out
        return (list, others)
    }
}
