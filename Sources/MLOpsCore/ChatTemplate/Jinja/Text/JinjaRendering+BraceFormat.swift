extension JinjaRendering {
    /// Returns `format.format(…)`: `{}`, `{0}`, `{name.attribute[item]!r:>8}`.
    func braceFormat(_ format: JinjaText, _ arguments: JinjaArguments) throws(TemplateError) -> JinjaText {
        var next: Int? = 0
        return try braceFormat(format, arguments, next: &next, depth: 0)
    }

    private func braceFormat(
        _ format: JinjaText, _ arguments: JinjaArguments, next: inout Int?, depth: Int
    ) throws(TemplateError) -> JinjaText {
        guard depth < 2 else { throw failure("Max string recursion exceeded") }
        var out = JinjaText()
        let bytes = format.bytes
        var index = 0
        while index < bytes.count {
            let start = index
            while index < bytes.count, bytes[index] != 0x7B, bytes[index] != 0x7D { index += 1 }
            try reserve(bytes: index - start)
            out.append(format.slice(start..<index))
            guard index < bytes.count else { break }
            if index + 1 < bytes.count, bytes[index + 1] == bytes[index] {
                out.append(format.slice(index..<index + 1))
                index += 2
                continue
            }
            guard bytes[index] == 0x7B else { throw failure("Single '}' encountered in format string") }
            var end = index + 1
            var open = 1
            while end < bytes.count {
                if bytes[end] == 0x7B { open += 1 }
                if bytes[end] == 0x7D { open -= 1 }
                if open == 0 { break }
                end += 1
            }
            guard end < bytes.count else {
                throw failure(
                    index + 1 == bytes.count
                        ? "Single '{' encountered in format string" : "expected '}' before end of string")
            }
            let part = try field(format.slice((index + 1)..<end), arguments, next: &next, depth: depth)
            try reserve(bytes: part.bytes.count)
            guard out.bytes.count <= JinjaLimits.textBytes else { throw excess("it makes a text that is too long") }
            out.append(part)
            index = end + 1
        }
        out.isSafe = format.isSafe
        return out
    }

    private func field(
        _ field: JinjaText, _ arguments: JinjaArguments, next: inout Int?, depth: Int
    ) throws(TemplateError) -> JinjaText {
        var brackets = 0
        let split = field.bytes.firstIndex { byte in
            if byte == 0x5B { brackets += 1 }
            if byte == 0x5D { brackets -= 1 }
            return brackets == 0 && (byte == 0x3A || byte == 0x21)
        }
        let path = field.slice(0..<(split ?? field.bytes.count))
        var value = try lookUp(path.string, arguments, next: &next)
        var rest = split.map { field.slice($0..<field.bytes.count) } ?? JinjaText()
        if rest.bytes.first == 0x21 {
            guard rest.bytes.count >= 2, rest.bytes.count == 2 || rest.bytes[2] == 0x3A else {
                throw failure("a conversion in a format is one letter")
            }
            switch rest.bytes[1] {
            case 0x72: value = .text(try repr(value))
            case 0x61: value = .text(try asciiRepr(value))
            case 0x73: value = .text(try str(value).with(mark: false))
            default: throw failure("Unknown conversion specifier '\(JinjaSpace.scalar(in: rest.bytes, at: 1).0)'")
            }
            rest = rest.slice(2..<rest.bytes.count)
        }
        var specification = JinjaText()
        if rest.bytes.count > 1 {
            specification = try braceFormat(
                rest.slice(1..<rest.bytes.count), arguments, next: &next, depth: depth + 1)
        }
        // What is put into HTML is escaped, unless it is HTML, which cannot be laid out.
        if field.isSafe, case .text(let text) = value, text.isSafe {
            guard specification.isEmpty else { throw failure("Unsupported format specification for Markup.") }
            return text
        }
        let text = specification.isEmpty ? try str(value) : try formatted(value, specification)
        return field.isSafe ? try escaped(text) : text
    }

    private func lookUp(
        _ path: String, _ arguments: JinjaArguments, next: inout Int?
    ) throws(TemplateError) -> JinjaValue {
        let end = path.firstIndex { $0 == "." || $0 == "[" } ?? path.endIndex
        let first = path[..<end]
        var value: JinjaValue
        // Jinja formats with Python's `string.Formatter`, which numbers only what has nothing else in its braces.
        if path.isEmpty || (!first.isEmpty && first.utf8.allSatisfy({ (0x30...0x39).contains($0) })) {
            if path.isEmpty ? next == nil : end == path.endIndex && next ?? 0 > 0 {
                throw failure("cannot switch from manual field specification to automatic field numbering")
            }
            let position = path.isEmpty ? next ?? 0 : Int(first) ?? Int.max
            if path.isEmpty { next = position + 1 } else if end == path.endIndex { next = nil }
            guard position < arguments.positional.count else {
                throw failure("tuple index out of range")
            }
            value = arguments.positional[position]
        } else {
            guard let found = arguments[String(first)] else { throw failure(try repr(.string(String(first))).string) }
            value = found
        }
        var rest = path[end...]
        while let sign = rest.first {
            rest = rest.dropFirst()
            if sign == "[" {
                guard let close = rest.firstIndex(of: "]") else { throw failure("Missing ']' in format string") }
                let key = rest[..<close]
                value = try item(Int(key).map { .integer($0) } ?? .string(String(key)), of: value)
                rest = rest[rest.index(after: close)...]
            } else {
                let stop = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
                value = try attribute(JinjaText(rest[..<stop]), of: value)
                rest = rest[stop...]
            }
        }
        return value
    }

    private func unknownCode(_ layout: JinjaNumberLayout, _ value: JinjaValue) -> TemplateError {
        let code = layout.type.map { String($0) } ?? ""
        return failure("Unknown format code '\(code)' for object of type '\(value.typeName)'")
    }

    /// `format(value, specification)`: fill, alignment, sign, width, grouping, precision and type.
    private func formatted(_ value: JinjaValue, _ text: JinjaText) throws(TemplateError) -> JinjaText {
        guard let layout = JinjaNumberLayout(text.string) else {
            throw failure("Invalid format specifier '\(text.string)' for object of type '\(value.typeName)'")
        }
        guard layout.width <= JinjaLimits.textBytes, layout.precision ?? 0 <= 1000 else {
            throw excess("a format is too wide")
        }
        var body: JinjaText
        var isNumber = true
        switch value {
        case .text(var text):
            guard [nil, "s"].contains(layout.type) else { throw unknownCode(layout, value) }
            guard layout.sign == nil else { throw failure("Sign not allowed in string format specifier") }
            if let grouping = layout.grouping { throw failure("Cannot specify '\(grouping)' with 's'.") }
            guard layout.alignment != "=" else {
                throw failure("'=' alignment not allowed in string format specifier")
            }
            if let precision = layout.precision { text = text.slice(0..<text.byteOffset(of: precision)) }
            body = text
            isNumber = false
        case .bool, .integer, .big, .float:
            let isWhole = [nil, "b", "c", "d", "o", "x", "X", "n"].contains(layout.type)
            if isWhole, layout.precision != nil, value.whole != nil {
                throw failure("Precision not allowed in integer format specifier")
            }
            guard let digits = layout.digits(of: value) else { throw unknownCode(layout, value) }
            body = JinjaText(layout.filled(digits))
        default:
            throw failure("unsupported format string passed to \(value.typeName).__format__")
        }
        let missing = layout.width - body.count
        guard missing > 0 else { return body }
        let fill = JinjaText(layout.fill ?? (layout.isZeroFilled ? "0" : " "), origin: text.joinedOrigin)
        let alignment = layout.alignment ?? (isNumber ? (layout.isZeroFilled ? "=" : ">") : "<")
        let left = alignment == "<" ? 0 : alignment == "^" ? missing / 2 : missing
        let signs = alignment == "=" && (body.bytes.first == 0x2D || body.bytes.first == 0x2B) ? 1 : 0
        return try join(
            [
                body.slice(0..<signs), try padding(left, of: fill), body.slice(signs..<body.bytes.count),
                try padding(missing - left, of: fill),
            ], with: JinjaText())
    }
}
