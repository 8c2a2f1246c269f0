extension PatternParser {
    /// One character, escaped or not.
    mutating func character() throws(TokenizerError) -> Unicode.Scalar {
        guard let first = current else { throw failure("an unclosed set") }
        position += 1
        guard first == "\\" else { return first }
        guard let kind = current else { throw failure("a '\\' at its end") }
        position += 1
        switch kind {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "f": return "\u{0C}"
        case "v": return "\u{0B}"
        case "x", "u": return try hexadecimal(kind)
        case "0"..."7" where dialect == .oniguruma:
            position -= 1
            return try octal()
        default:
            guard kind.value < 128, !ScalarClass.isWord(kind) || kind == "_" else {
                throw failure("the escape \\\(kind)")
            }
            return kind
        }
    }

    /// A character by up to three octal digits.
    private mutating func octal() throws(TokenizerError) -> Unicode.Scalar {
        var value: UInt32 = 0
        var count = 0
        while count < 3, let digit = current, ("0"..."7").contains(digit) {
            value = value * 8 + digit.value - 0x30
            position += 1
            count += 1
        }
        guard value < 128, let scalar = Unicode.Scalar(value) else { throw failure("an octal byte") }
        return scalar
    }

    private mutating func hexadecimal(_ kind: Unicode.Scalar) throws(TokenizerError) -> Unicode.Scalar {
        var digits = ""
        let isBraced = take("{")
        let count = isBraced ? 8 : kind == "x" ? 2 : 4
        while digits.count < count, let scalar = current, scalar.properties.isASCIIHexDigit {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        if isBraced, !take("}") { throw failure("an unclosed \\x{") }
        guard let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
            throw failure("a malformed \\\(kind)")
        }
        return scalar
    }
}
