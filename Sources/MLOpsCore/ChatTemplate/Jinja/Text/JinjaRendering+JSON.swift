/// How `tojson` lays a value out: the parameters of Python's `json.dumps`.
struct JinjaJSONLayout {
    var isASCII = false
    var indent: JinjaText?
    var itemSeparator = JinjaText(", ")
    var keySeparator = JinjaText(": ")
    var sortsKeys = false
}

extension JinjaRendering {
    /// Returns `value` as `json.dumps` writes it, all of one origin: that of everything in it.
    func json(_ value: JinjaValue, _ layout: JinjaJSONLayout) throws(TemplateError) -> JinjaText {
        var out = JinjaText()
        try writeJSON(value, layout, depth: 0, to: &out)
        try reserve(bytes: out.bytes.count)
        return out.with(origin: out.joinedOrigin)
    }

    private func writeJSON(
        _ value: JinjaValue, _ layout: JinjaJSONLayout, depth: Int, to out: inout JinjaText
    ) throws(TemplateError) {
        try enter()
        defer { leave() }
        guard out.bytes.count <= JinjaLimits.textBytes else { throw excess("it writes a value that is too long") }
        switch value {
        case .none: out.append("null")
        case .bool(let value): out.append(value ? "true" : "false")
        case .integer(let number): out.append(String(number))
        case .big(let number): out.append(try digits(of: number))
        case .float(let number): out.append(Self.jsonNumber(number))
        case .text(let text): try writeJSON(text, layout, to: &out)
        case .list(let list), .tuple(let list):
            guard !list.elements.isEmpty else { return out.append("[]") }
            out.append("[")
            for (index, element) in list.elements.enumerated() {
                try newLine(index, layout, depth + 1, to: &out)
                try writeJSON(element, layout, depth: depth + 1, to: &out)
            }
            try endLine(layout, depth, to: &out)
            out.append("]")
        case .dictionary(let dictionary):
            guard !dictionary.entries.isEmpty else { return out.append("{}") }
            out.append("{")
            for (index, entry) in try sorted(dictionary, layout).enumerated() {
                try newLine(index, layout, depth + 1, to: &out)
                try writeJSON(try jsonKey(entry.key), layout, to: &out)
                out.append(layout.keySeparator)
                try writeJSON(entry.value, layout, depth: depth + 1, to: &out)
            }
            try endLine(layout, depth, to: &out)
            out.append("}")
        default: throw failure("Object of type \(value.typeName) is not JSON serializable")
        }
    }

    private func newLine(
        _ index: Int, _ layout: JinjaJSONLayout, _ depth: Int, to out: inout JinjaText
    ) throws(TemplateError) {
        if index > 0 { out.append(layout.itemSeparator) }
        try endLine(layout, depth, to: &out)
    }

    private func endLine(
        _ layout: JinjaJSONLayout, _ depth: Int, to out: inout JinjaText
    ) throws(TemplateError) {
        guard let indent = layout.indent else { return }
        try reserve(bytes: indent.bytes.count * depth)
        out.append("\n")
        for _ in 0..<depth { out.append(indent) }
    }

    private func sorted(
        _ dictionary: JinjaDictionary, _ layout: JinjaJSONLayout
    ) throws(TemplateError) -> [(key: JinjaValue, value: JinjaValue)] {
        guard layout.sortsKeys else { return dictionary.entries }
        let order = try sortedIndices(dictionary.entries.map(\.key), isReversed: false)
        return order.map { dictionary.entries[$0] }
    }

    private func jsonKey(_ key: JinjaValue) throws(TemplateError) -> JinjaText {
        switch key {
        case .text(let text): text
        case .none: JinjaText("null")
        case .bool(let value): JinjaText(value ? "true" : "false")
        case .integer(let number): JinjaText(String(number))
        case .big(let number): JinjaText(try digits(of: number))
        case .float(let number): JinjaText(Self.jsonNumber(number))
        default: throw failure("keys must be str, int, float, bool or None, not \(key.typeName)")
        }
    }

    private static func jsonNumber(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return PythonText.float(number)
    }

    private func writeJSON(_ text: JinjaText, _ layout: JinjaJSONLayout, to out: inout JinjaText) throws(TemplateError)
    {
        try spend(4 + text.bytes.count >> 4)
        var body: [UInt8] = [0x22]
        body.reserveCapacity(text.bytes.count + 2)
        for scalar in text.string.unicodeScalars {
            switch scalar {
            case "\"": body += #"\""#.utf8
            case "\\": body += #"\\"#.utf8
            case "\n": body += #"\n"#.utf8
            case "\r": body += #"\r"#.utf8
            case "\t": body += #"\t"#.utf8
            case "\u{8}": body += #"\b"#.utf8
            case "\u{C}": body += #"\f"#.utf8
            case _ where scalar.value < 0x20 || (layout.isASCII && scalar.value > 0x7E):
                for unit in UTF16.encode(scalar) ?? .init() {
                    let digits = String(unit, radix: 16)
                    body += ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8
                }
            default: body += UTF8.encode(scalar) ?? .init()
            }
        }
        body.append(0x22)
        out.append(body, origin: text.joinedOrigin)
    }
}
