/// Kinds of characters in UTF-8, as Python sees them.
enum JinjaSpace {
    /// Whether Python's `str.isspace` and `\s` hold for `value`.
    static func isSpace(_ value: UInt32) -> Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// Whether `byte` is an ASCII letter.
    static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    /// How many bytes the character beginning with `byte` has.
    static func length(of byte: UInt8) -> Int { byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4 }

    /// The character at `index` of valid UTF-8, and its length.
    static func scalar(in bytes: [UInt8], at index: Int) -> (Unicode.Scalar, Int) {
        let first = bytes[index]
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let length = min(length(of: first), bytes.count - index)
        var value = UInt32(first) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
        for offset in 1..<max(length, 1) { value = value << 6 | UInt32(bytes[index + offset] & 0x3F) }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", max(length, 1))
    }

    /// The length of the white space character at `index`; nil when there is none.
    static func length(in bytes: [UInt8], at index: Int) -> Int? {
        guard index < bytes.count else { return nil }
        let first = bytes[index]
        if first < 0x80 { return isSpace(UInt32(first)) ? 1 : nil }
        guard first == 0xC2 || first == 0xE1 || first == 0xE2 || first == 0xE3 else { return nil }
        let (scalar, length) = scalar(in: bytes, at: index)
        return isSpace(scalar.value) ? length : nil
    }

    /// Where the character that ends before `end` begins.
    static func start(in bytes: [UInt8], before end: Int) -> Int {
        var index = end - 1
        while index > 0, bytes[index] & 0xC0 == 0x80 { index -= 1 }
        return index
    }

    /// The end of `range` without the white space there.
    static func trimmingEnd(of bytes: [UInt8], in range: Range<Int>) -> Int {
        var end = range.upperBound
        while end > range.lowerBound {
            let start = start(in: bytes, before: end)
            guard start >= range.lowerBound, length(in: bytes, at: start) != nil else { break }
            end = start
        }
        return end
    }
}
