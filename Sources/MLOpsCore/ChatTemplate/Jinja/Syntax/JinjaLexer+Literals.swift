extension JinjaLexer {
    /// A name: letters, digits and underscores of any script.
    mutating func name() throws(TemplateError) {
        let start = position
        var index = position
        while index < source.count {
            let byte = source[index]
            if byte < 0x80 {
                guard byte == 0x5F || JinjaSpace.isLetter(byte) || (0x30...0x39).contains(byte) else { break }
                index += 1
            } else {
                let (scalar, length) = JinjaSpace.scalar(in: source, at: index)
                let fits = index == start ? scalar.properties.isXIDStart : scalar.properties.isXIDContinue
                guard fits else { break }
                index += length
            }
        }
        guard index > start else {
            throw unexpectedCharacter()
        }
        emit(.name(String(decoding: source[start..<index], as: UTF8.self)))
        position = index
    }

    /// A whole number (decimal, `0b`, `0o`, `0x`) or one with fraction or exponent; `_` may stand between digits.
    mutating func number() throws(TemplateError) {
        // After a dot digits are an index (`x.0.1`), never a fraction.
        let isIndex = position > 0 && source[position - 1] == 0x2E
        if !isIndex, let end = floatEnd() {
            let text = String(decoding: source[position..<end].filter { $0 != 0x5F }, as: UTF8.self)
            emit(.float(Double(text) ?? .infinity))
            position = end
            return
        }
        var radix = 10
        var start = position
        if byte(position) == 0x30, let found = [0x62: 2, 0x6F: 8, 0x78: 16][byte(position + 1) | 0x20],
            digitsEnd(from: position + 2, radix: found, mayBeginWithLine: true) > position + 2
        {
            radix = found
            start = position + 2
        }
        var end = digitsEnd(from: start, radix: radix, mayBeginWithLine: radix != 10)
        if radix == 10, byte(start) == 0x30 {  // zeros only
            end = start + 1
            while byte(end) == 0x30 || (byte(end) == 0x5F && byte(end + 1) == 0x30) { end += 1 }
        }
        let text = String(decoding: source[start..<end].filter { $0 != 0x5F }, as: UTF8.self)
        if let value = Int(text, radix: radix) {
            emit(.integer(value))
        } else if text.utf8.count <= 4_300, let value = BigInteger(digits: text, radix: UInt32(radix)) {
            emit(.big(value))
        } else {
            throw failure("Exceeds the limit (4300 digits) for integer string conversion.")
        }
        position = end
    }

    /// Where digits with single `_` between them end.
    private func digitsEnd(from start: Int, radix: Int, mayBeginWithLine: Bool = false) -> Int {
        func isDigit(_ index: Int) -> Bool {
            let byte = byte(index)
            guard let value = byte < 0x80 ? Character(Unicode.Scalar(byte)).hexDigitValue : nil else { return false }
            return value < radix
        }
        var index = start
        if mayBeginWithLine, byte(index) == 0x5F, isDigit(index + 1) { index += 1 }
        guard isDigit(index) else { return start }
        while isDigit(index) || (byte(index) == 0x5F && isDigit(index + 1)) { index += 1 }
        return index
    }

    private func floatEnd() -> Int? {
        var index = digitsEnd(from: position, radix: 10)
        var isFloat = false
        if byte(index) == 0x2E {
            let end = digitsEnd(from: index + 1, radix: 10)
            if end > index + 1 {
                index = end
                isFloat = true
            }
        }
        if byte(index) | 0x20 == 0x65 {
            let sign = byte(index + 1) == 0x2B || byte(index + 1) == 0x2D ? 1 : 0
            let end = digitsEnd(from: index + 1 + sign, radix: 10)
            if end > index + 1 + sign {
                index = end
                isFloat = true
            }
        }
        return isFloat ? index : nil
    }

    /// A string in single or double quotes with the escapes of Python.
    mutating func string(quote: UInt8) throws(TemplateError) {
        var index = position + 1
        while index < source.count, source[index] != quote { index += source[index] == 0x5C ? 2 : 1 }
        guard index < source.count else { throw unexpectedCharacter() }
        let body = source[(position + 1)..<index]
        if body.contains(0x5C) {
            emit(.string(try unescaped(Array(body))))
        } else {
            emit(.string(Array(body)))
        }
        advance(to: index + 1)
    }

    private func unescaped(_ body: [UInt8]) throws(TemplateError) -> [UInt8] {
        var out: [UInt8] = []
        var index = 0
        func hexadecimal(_ count: Int) throws(TemplateError) -> [UInt8] {
            guard index + count <= body.count,
                let value = UInt32(String(decoding: body[index..<index + count], as: UTF8.self), radix: 16),
                body[index] != 0x2B, body[index] != 0x2D
            else { throw failure("an escape in a string is cut short") }
            guard let scalar = Unicode.Scalar(value) else { throw failure("an escape in a string is not a character") }
            index += count
            return Array(String(Character(scalar)).utf8)
        }
        while index < body.count {
            let byte = body[index]
            index += 1
            guard byte == 0x5C, index < body.count else {
                out.append(byte)
                continue
            }
            let kind = body[index]
            index += 1
            switch kind {
            case 0x0A: break
            case 0x5C, 0x27, 0x22: out.append(kind)
            case 0x61: out.append(0x07)
            case 0x62: out.append(0x08)
            case 0x66: out.append(0x0C)
            case 0x6E: out.append(0x0A)
            case 0x72: out.append(0x0D)
            case 0x74: out.append(0x09)
            case 0x76: out.append(0x0B)
            case 0x78: out += try hexadecimal(2)
            case 0x75: out += try hexadecimal(4)
            case 0x55: out += try hexadecimal(8)
            case 0x4E:
                guard index < body.count, body[index] == 0x7B, let end = body[index...].firstIndex(of: 0x7D) else {
                    throw failure("malformed \\N character escape")
                }
                let name = String(decoding: body[index + 1..<end], as: UTF8.self)
                guard let scalar = CharacterNames.scalar(name) else { throw failure("unknown Unicode character name") }
                out += Array(String(Character(scalar)).utf8)
                index = end + 1
            case 0x30...0x37:
                var value = UInt32(kind - 0x30)
                var count = 1
                while count < 3, index < body.count, (0x30...0x37).contains(body[index]) {
                    value = value * 8 + UInt32(body[index] - 0x30)
                    index += 1
                    count += 1
                }
                if let scalar = Unicode.Scalar(value) { out += Array(String(Character(scalar)).utf8) }
            default: out += [0x5C, kind]
            }
        }
        return out
    }
}
