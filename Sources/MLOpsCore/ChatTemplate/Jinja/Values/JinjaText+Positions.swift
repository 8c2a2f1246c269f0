extension JinjaText {
    /// How many characters (Unicode scalars) it has.
    var count: Int {
        var count = 0
        for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// The characters, each a text.
    var characters: [JinjaText] {
        var parts: [JinjaText] = []
        var index = 0
        while index < bytes.count {
            let end = min(bytes.count, index + JinjaSpace.length(of: bytes[index]))
            parts.append(slice(index..<end))
            index = end
        }
        return parts
    }

    /// The scalars, without origins.
    var scalars: [Unicode.Scalar] { Array(string.unicodeScalars) }

    /// The byte at which the character `position` begins; the end when there are fewer.
    func byteOffset(of position: Int) -> Int {
        if position <= 0 { return 0 }
        var left = position
        var index = 0
        while index < bytes.count {
            if left == 0 { return index }
            left -= 1
            index += JinjaSpace.length(of: bytes[index])
        }
        return bytes.count
    }

    /// How many characters lie before the byte `offset`.
    func position(of offset: Int) -> Int {
        var count = 0
        for byte in bytes[..<offset] where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// The text without the characters at its ends for which `drops` holds.
    func trimmed(start: Bool = true, end: Bool = true, where drops: (Unicode.Scalar) -> Bool) -> JinjaText {
        var range = 0..<bytes.count
        while start, !range.isEmpty {
            let (scalar, length) = JinjaSpace.scalar(in: bytes, at: range.lowerBound)
            guard drops(scalar) else { break }
            range = min(range.upperBound, range.lowerBound + length)..<range.upperBound
        }
        while end, !range.isEmpty {
            let begin = JinjaSpace.start(in: bytes, before: range.upperBound)
            guard drops(JinjaSpace.scalar(in: bytes, at: begin).0) else { break }
            range = range.lowerBound..<max(begin, range.lowerBound)
        }
        return slice(range)
    }

    func trimmed(start: Bool = true, end: Bool = true) -> JinjaText {
        trimmed(start: start, end: end) { JinjaSpace.isSpace($0.value) }
    }

    func hasPrefix(_ other: JinjaText) -> Bool { bytes.starts(with: other.bytes) }

    func hasSuffix(_ other: JinjaText) -> Bool {
        bytes.count >= other.bytes.count && bytes[(bytes.count - other.bytes.count)...].elementsEqual(other.bytes)
    }

    /// Whether `needle` stands at the byte `index`.
    func holds(_ needle: [UInt8], at index: Int) -> Bool {
        guard index >= 0, index + needle.count <= bytes.count else { return false }
        for offset in needle.indices where bytes[index + offset] != needle[offset] { return false }
        return true
    }
}
