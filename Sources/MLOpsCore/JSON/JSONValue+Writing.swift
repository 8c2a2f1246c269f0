extension JSONValue {
    /// How a document is laid out.
    public enum Layout: Sendable, Hashable {
        /// On one line: `{"a":1,"b":[2]}`.
        case compact
        /// A member a line, indented by two spaces.
        case pretty
    }

    /// Returns the document as text; a number that JSON cannot express becomes the string "nan", "inf" or "-inf".
    public func text(_ layout: Layout = .compact) -> String {
        var out: [UInt8] = []
        write(to: &out, layout: layout, depth: 0)
        return String(decoding: out, as: UTF8.self)
    }

    private func write(to out: inout [UInt8], layout: Layout, depth: Int) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): out += String(value).utf8
        case .bigInteger(let digits): out += digits.utf8
        case .number(let value): out += Self.text(of: value).utf8
        case .string(let value): Self.write(value, to: &out)
        case .array(let elements):
            Self.writeList(elements, "[", "]", to: &out, layout: layout, depth: depth) { element, out in
                element.write(to: &out, layout: layout, depth: depth + 1)
            }
        case .object(let members):
            Self.writeList(members, "{", "}", to: &out, layout: layout, depth: depth) { member, out in
                Self.write(member.key, to: &out)
                out += (layout == .pretty ? ": " : ":").utf8
                member.value.write(to: &out, layout: layout, depth: depth + 1)
            }
        }
    }

    private static func writeList<Elements: Collection>(
        _ elements: Elements, _ open: String, _ close: String, to out: inout [UInt8], layout: Layout, depth: Int,
        each: (Elements.Element, inout [UInt8]) -> Void
    ) {
        func newLine(_ depth: Int) {
            guard layout == .pretty else { return }
            out.append(0x0A)
            out.append(contentsOf: repeatElement(0x20, count: 2 * depth))
        }
        out += open.utf8
        var isFirst = true
        for element in elements {
            if !isFirst { out.append(0x2C) }
            isFirst = false
            newLine(depth + 1)
            each(element, &out)
        }
        if !isFirst { newLine(depth) }
        out += close.utf8
    }

    private static func text(of value: Double) -> String {
        if value.isNaN { return "\"nan\"" }
        if value.isInfinite { return value < 0 ? "\"-inf\"" : "\"inf\"" }
        return "\(value)"  // the shortest text that reads back as the same number
    }

    private static func write(_ text: String, to out: inout [UInt8]) {
        out.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22: out += #"\""#.utf8
            case 0x5C: out += #"\\"#.utf8
            case 0x0A: out += #"\n"#.utf8
            case 0x0D: out += #"\r"#.utf8
            case 0x09: out += #"\t"#.utf8
            case 0x08: out += #"\b"#.utf8
            case 0x0C: out += #"\f"#.utf8
            case 0..<0x20:
                let hex = String(byte, radix: 16)
                out += (byte < 16 ? "\\u000" : "\\u00").utf8
                out += hex.utf8
            default: out.append(byte)
            }
        }
        out.append(0x22)
    }
}
