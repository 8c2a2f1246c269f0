extension JSONParser {
    /// Reads a string, whose quote is read next.
    mutating func string() throws(JSONError) -> String {
        let end = plainEnd(position + 1)
        guard end < bytes.count, bytes[end] == 0x22 else {
            var out: [UInt8] = []
            try string(into: &out)
            return String(decoding: out, as: UTF8.self)
        }
        try check(position + 1..<end)
        defer { position = end + 1 }
        return String(decoding: bytes[position + 1..<end], as: UTF8.self)
    }

    /// Reads a string, whose quote is read next, and appends its bytes.
    mutating func string(into out: inout [UInt8]) throws(JSONError) {
        let first = position + 1
        position = first
        while true {
            let end = plainEnd(position)
            out += bytes[position..<end]
            position = end
            switch current {
            case 0x22:
                try check(first..<end)
                position += 1
                return
            case 0x5C: try escape(into: &out)
            case nil: throw failure("the text ends inside a string")
            default: throw failure("a control character must be escaped in a string")
            }
        }
    }

    /// Where what stands for itself in a string ends: at a quote, a backslash or a control character.
    @inline(__always) private func plainEnd(_ start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != 0x22, bytes[end] != 0x5C, bytes[end] >= 0x20 { end += 1 }
        return end
    }

    private func check(_ range: Range<Int>) throws(JSONError) {
        guard !range.contains(firstInvalid) else {
            throw failure("a string holds bytes that are not UTF-8", at: range.lowerBound)
        }
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        guard let kind = current else { throw failure("the text ends inside a string") }
        position += 1
        switch kind {
        case 0x22, 0x5C, 0x2F: out.append(kind)
        case 0x62: out.append(0x08)
        case 0x66: out.append(0x0C)
        case 0x6E: out.append(0x0A)
        case 0x72: out.append(0x0D)
        case 0x74: out.append(0x09)
        case 0x75:
            var unit = try hexadecimal()
            if (0xD800..<0xDC00).contains(unit) {
                guard current == 0x5C, position + 1 < bytes.count, bytes[position + 1] == 0x75 else {
                    throw failure("half of a surrogate pair stands alone", at: start)
                }
                position += 2
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else {
                    throw failure("half of a surrogate pair stands alone", at: start)
                }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else {
                throw failure("half of a surrogate pair stands alone", at: start)
            }
            out += UTF8.encode(scalar).map(Array.init) ?? []
        default: throw failure("unknown escape in a string", at: start)
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure("expected four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
