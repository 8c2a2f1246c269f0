extension JinjaRendering {
    /// Returns `format % value`: `%s`, `%-5d`, `%(name)s`, `%.2f`, `%%`.
    func percentFormat(_ format: JinjaText, _ value: JinjaValue) throws(TemplateError) -> JinjaText {
        var arguments: [JinjaValue] = [value]
        if case .tuple(let list) = value { arguments = list.elements }
        var next = 0
        var usesNames = false
        var out = JinjaText()
        let bytes = format.bytes
        var index = 0
        while index < bytes.count {
            let start = index
            while index < bytes.count, bytes[index] != 0x25 { index += 1 }
            try reserve(bytes: index - start)
            out.append(format.slice(start..<index))
            guard index < bytes.count else { break }
            var conversion = JinjaConversion()
            var namedValue: JinjaValue?
            var isNamed = false
            index += 1
            if index < bytes.count, bytes[index] == 0x25 {
                out.append(JinjaText([0x25], origin: format.origin(at: index)))
                index += 1
                continue
            }
            if index < bytes.count, bytes[index] == 0x28 {
                guard let end = bytes[index...].firstIndex(of: 0x29) else { throw failure("incomplete format key") }
                guard case .dictionary(let dictionary) = value else { throw failure("format requires a mapping") }
                let name = format.slice((index + 1)..<end)
                guard let found = dictionary[name] else { throw failure(try repr(.text(name)).string) }
                namedValue = found
                usesNames = true
                isNamed = true
                index = end + 1
            }
            func take() throws(TemplateError) -> JinjaValue {
                if let value = namedValue {
                    namedValue = nil
                    return value
                }
                guard !isNamed, next < arguments.count else {
                    throw failure("not enough arguments for format string")
                }
                next += 1
                return arguments[next - 1]
            }
            try conversion.readFlags(bytes, &index, self, take)
            guard index < bytes.count else { throw failure("incomplete format") }
            let letter = bytes[index]
            index += 1
            let value = try take()
            guard letter < 0x80, "sracdiuxXoeEfFgG".utf8.contains(letter) else {
                let (scalar, _) = JinjaSpace.scalar(in: bytes, at: index - 1)
                let place = format.slice(0..<index - 1).count
                let code = String(scalar.value, radix: 16)
                throw failure(
                    "unsupported format character '\(scalar.isASCII ? String(scalar) : "?")' (0x\(code)) at index \(place)"
                )
            }
            let part = try converted(value, letter, conversion, escapes: format.isSafe)
            try reserve(bytes: part.bytes.count)
            guard out.bytes.count <= JinjaLimits.textBytes else { throw excess("it makes a text that is too long") }
            out.append(part)
        }
        if next < arguments.count, !usesNames {
            switch value {
            case .dictionary, .list, .range, .undefined: break  // may be left unused, as in Python
            default: throw failure("not all arguments converted during string formatting")
            }
        }
        out.isSafe = format.isSafe
        return out
    }

    private func converted(
        _ value: JinjaValue, _ letter: UInt8, _ conversion: JinjaConversion, escapes: Bool
    ) throws(TemplateError) -> JinjaText {
        var body: JinjaText
        var isNumber = true
        var layout = conversion.layout
        layout.type = Character(Unicode.Scalar(letter))
        if case .undefined(let undefined) = value, ![0x73, 0x72, 0x61, 0x63, 0x78, 0x58, 0x6F].contains(letter) {
            throw failure(undefined.message)
        }
        switch letter {
        case 0x73, 0x72, 0x61:  // s, r, a
            body = letter == 0x73 ? try str(value) : letter == 0x72 ? try repr(value) : try asciiRepr(value)
            if escapes { body = try escaped(body) }
            if let precision = layout.precision { body = body.slice(0..<body.byteOffset(of: precision)) }
            isNumber = false
        case 0x63:  // c
            if case .text(let text) = value, text.count == 1 {
                body = text
            } else {
                guard let digits = layout.digits(of: value) else { throw failure("%c requires int or char") }
                body = JinjaText(digits)
            }
            isNumber = false
        case 0x64, 0x69, 0x75:  // d, i, u
            layout.type = "d"
            layout.precision = nil
            var whole = value
            if case .float(let number) = value {
                guard number.isFinite else { throw failure("cannot convert float infinity to integer") }
                whole = .whole(BigInteger(truncating: number))
            }
            guard var digits = layout.digits(of: whole) else {
                throw failure(
                    "%\(Character(Unicode.Scalar(letter))) format: a real number is required, not \(value.typeName)")
            }
            if let precision = conversion.layout.precision {
                let sign = digits.prefix { !$0.isNumber }
                let rest = digits.dropFirst(sign.count)
                digits = sign + String(repeating: "0", count: max(0, precision - rest.count)) + rest
            }
            body = JinjaText(digits)
        default:
            let isWhole = [0x78, 0x58, 0x6F].contains(letter)  // x, X, o
            if isWhole { layout.precision = nil }
            guard !isWhole || value.whole != nil, let digits = layout.digits(of: value)
            else {
                let sign = Character(Unicode.Scalar(letter))
                throw failure(
                    isWhole
                        ? "%\(sign) format: an integer is required, not \(value.typeName)"
                        : "must be real number, not \(value.typeName)")
            }
            body = JinjaText(digits)
            if isWhole, let precision = conversion.layout.precision {
                // Zeros stand behind the sign and `0x`.
                let head = digits.prefix { "+- ".contains($0) }.count + (layout.isAlternate ? 2 : 0)
                let zeros = max(0, precision - (digits.count - head))
                body = JinjaText(digits.prefix(head) + String(repeating: "0", count: zeros) + digits.dropFirst(head))
            }
        }
        let missing = layout.width - body.count
        guard missing > 0 else { return body }
        if conversion.isLeft { return try join([body, try padding(missing, of: JinjaText(" "))], with: JinjaText()) }
        let isZero = isNumber && layout.isZeroFilled
        let signs = isZero && [0x2D, 0x2B, 0x20].contains(body.bytes.first ?? 0) ? 1 : 0
        return try join(
            [
                body.slice(0..<signs), try padding(missing, of: JinjaText(isZero ? "0" : " ")),
                body.slice(signs..<body.bytes.count),
            ], with: JinjaText())
    }
}

/// One conversion of a `%` format.
struct JinjaConversion {
    var layout = JinjaNumberLayout()
    var isLeft = false

    mutating func readFlags(
        _ bytes: [UInt8], _ index: inout Int, _ rendering: JinjaRendering,
        _ take: () throws(TemplateError) -> JinjaValue
    ) throws(TemplateError) {
        flags: while index < bytes.count {
            switch bytes[index] {
            case 0x2D: isLeft = true
            case 0x2B: layout.sign = "+"
            case 0x20: if layout.sign == nil { layout.sign = " " }
            case 0x23: layout.isAlternate = true
            case 0x30: layout.isZeroFilled = true
            default: break flags
            }
            index += 1
        }
        layout.width = try number(bytes, &index, rendering, take) ?? 0
        if layout.width < 0 {
            isLeft = true
            layout.width = 0 &- layout.width
        }
        if index < bytes.count, bytes[index] == 0x2E {
            index += 1
            layout.precision = max(0, try number(bytes, &index, rendering, take) ?? 0)
        }
        while index < bytes.count, [0x68, 0x6C, 0x4C].contains(bytes[index]) { index += 1 }
        guard (0...JinjaLimits.textBytes).contains(layout.width), layout.precision ?? 0 <= 1000 else {
            throw rendering.excess("a format is too wide")
        }
    }

    private func number(
        _ bytes: [UInt8], _ index: inout Int, _ rendering: JinjaRendering,
        _ take: () throws(TemplateError) -> JinjaValue
    ) throws(TemplateError) -> Int? {
        if index < bytes.count, bytes[index] == 0x2A {
            index += 1
            guard let width = try take().index else { throw rendering.failure("* wants int") }
            return width
        }
        let start = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
        if start == index { return nil }
        return Int(String(decoding: bytes[start..<index], as: UTF8.self)) ?? .max
    }
}
