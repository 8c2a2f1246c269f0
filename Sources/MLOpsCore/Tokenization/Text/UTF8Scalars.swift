/// Reading the characters of UTF-8 that is known to be valid.
extension Array where Element == UInt8 {
    /// The scalar that begins at `index`, and how many bytes it has.
    ///
    /// - Precondition: the bytes from `index` on are valid UTF-8.
    @inline(__always) func scalar(at index: Int) -> (value: UInt32, width: Int) {
        let lead = self[index]
        if lead < 0x80 { return (UInt32(lead), 1) }
        if lead < 0xE0 { return (UInt32(lead & 0x1F) << 6 | continuation(index + 1), 2) }
        if lead < 0xF0 {
            return (UInt32(lead & 0x0F) << 12 | continuation(index + 1) << 6 | continuation(index + 2), 3)
        }
        let high = UInt32(lead & 0x07) << 18 | continuation(index + 1) << 12
        return (high | continuation(index + 2) << 6 | continuation(index + 3), 4)
    }

    @inline(__always) private func continuation(_ index: Int) -> UInt32 { UInt32(self[index] & 0x3F) }

    /// Where the scalar before `index` begins.
    ///
    /// - Precondition: a scalar ends at `index`.
    @inline(__always) func scalarStart(before index: Int) -> Int {
        var index = index - 1
        while self[index] & 0xC0 == 0x80 { index -= 1 }
        return index
    }

    /// Appends the UTF-8 of `value`; of a value that is no scalar, U+FFFD.
    mutating func append(scalar value: UInt32) {
        if value < 0x80 { return append(UInt8(value)) }
        append(contentsOf: UTF8.encode(Unicode.Scalar(value) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
    }

    /// How many scalars `range` holds.
    func scalarCount(_ range: Range<Int>) -> Int { self[range].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 } }

    /// Whether `wanted` stands at `index`, before `end`.
    func holds(_ wanted: [UInt8], at index: Int, before end: Int) -> Bool {
        guard wanted.count <= end - index else { return false }
        for offset in wanted.indices where self[index + offset] != wanted[offset] { return false }
        return true
    }

    /// The occurrences of `wanted` in `range`, from left to right, none overlapping; none of an empty text.
    func occurrences(of wanted: [UInt8], in range: Range<Int>) -> [Range<Int>] {
        guard let first = wanted.first else { return [] }
        var found: [Range<Int>] = []
        var index = range.lowerBound
        while index + wanted.count <= range.upperBound {
            if self[index] == first, holds(wanted, at: index, before: range.upperBound) {
                found.append(index..<index + wanted.count)
                index += wanted.count
            } else {
                index += 1
            }
        }
        return found
    }
}
