/// The `pprint` filter: Python's `pprint.pformat`, in 80 columns with sorted keys.
extension JinjaRendering {
    func prettyPrinted(_ value: JinjaValue) throws(TemplateError) -> JinjaText {
        var out = ""
        try format(value, indent: 0, allowance: 0, level: 0, to: &out)
        try reserve(bytes: out.utf8.count)
        return JinjaText(out, origin: try repr(value).joinedOrigin)
    }

    private static let width = 80

    private func format(
        _ value: JinjaValue, indent: Int, allowance: Int, level: Int, to out: inout String
    ) throws(TemplateError) {
        try enter()
        defer { leave() }
        guard out.utf8.count <= JinjaLimits.textBytes else { throw excess("it writes a value that is too long") }
        let line = try flat(value)
        try reserve(bytes: line.utf8.count)
        guard line.unicodeScalars.count > Self.width - indent - allowance else {
            out += line
            return
        }
        switch value {
        case .dictionary(let dictionary) where !dictionary.entries.isEmpty:
            out += "{"
            let entries = try sortedEntries(dictionary)
            for (index, entry) in entries.enumerated() {
                let isLast = index + 1 == entries.count
                let key = try flat(entry.key)
                out += key + ": "
                try format(
                    entry.value, indent: indent + 3 + key.unicodeScalars.count, allowance: isLast ? allowance + 1 : 1,
                    level: level + 1, to: &out)
                if !isLast { out += ",\n" + String(repeating: " ", count: indent + 1) }
            }
            out += "}"
        case .list(let list), .tuple(let list):
            var (open, close) = ("[", "]")
            if case .tuple = value { (open, close) = ("(", list.elements.count == 1 ? ",)" : ")") }
            out += open
            for (index, element) in list.elements.enumerated() {
                let isLast = index + 1 == list.elements.count
                try format(
                    element, indent: indent + 1, allowance: isLast ? allowance + close.utf8.count : 1, level: level + 1,
                    to: &out)
                if !isLast { out += ",\n" + String(repeating: " ", count: indent + 1) }
            }
            out += close
        case .text(let text) where !text.isSafe:
            format(text.string, indent: indent, allowance: allowance, isOuter: level == 0, to: &out)
        default: out += line
        }
    }

    /// Breaks a long text into pieces beside one another, at line breaks and white space.
    private func format(_ text: String, indent: Int, allowance: Int, isOuter: Bool, to out: inout String) {
        let (indent, allowance) = isOuter ? (indent + 1, allowance + 1) : (indent, allowance)
        let room = Self.width - indent
        var chunks: [String] = []
        let lines = Self.lines(text)
        for (number, line) in lines.enumerated() {
            let isLastLine = number + 1 == lines.count
            let whole = PythonText.quoted(line)
            guard whole.unicodeScalars.count > (isLastLine ? room - allowance : room) else {
                chunks.append(whole)
                continue
            }
            var current = ""
            let parts = Self.parts(line)
            for (index, part) in parts.enumerated() {
                let limit = isLastLine && index + 1 == parts.count ? room - allowance : room
                if PythonText.quoted(current + part).unicodeScalars.count > limit {
                    if !current.isEmpty { chunks.append(PythonText.quoted(current)) }
                    current = part
                } else {
                    current += part
                }
            }
            if !current.isEmpty { chunks.append(PythonText.quoted(current)) }
        }
        let joined = chunks.joined(separator: "\n" + String(repeating: " ", count: indent))
        out += isOuter && chunks.count > 1 ? "(\(joined))" : joined
    }

    /// The lines of a text with their ends.
    private static func lines(_ text: String) -> [String] {
        var out: [String] = []
        var line = ""
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if previous == "\r", scalar != "\n" {
                out.append(line)
                line = ""
            }
            line.unicodeScalars.append(scalar)
            if scalar == "\n" || [0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029].contains(scalar.value) {
                out.append(line)
                line = ""
            }
            previous = line.isEmpty ? nil : scalar
        }
        if !line.isEmpty { out.append(line) }
        return out
    }

    /// Words, each with the white space after it.
    private static func parts(_ line: String) -> [String] {
        var out: [String] = []
        var part = String.UnicodeScalarView()
        var wasSpace = false
        for scalar in line.unicodeScalars {
            let isSpace = JinjaSpace.isSpace(scalar.value)
            if wasSpace, !isSpace {
                out.append(String(part))
                part = String.UnicodeScalarView()
            }
            part.append(scalar)
            wasSpace = isSpace
        }
        if !part.isEmpty { out.append(String(part)) }
        return out
    }

    /// `repr` with the keys of dictionaries in order.
    private func flat(_ value: JinjaValue) throws(TemplateError) -> String {
        try enter()
        defer { leave() }
        switch value {
        case .dictionary(let dictionary):
            var parts: [String] = []
            for entry in try sortedEntries(dictionary) {
                parts.append(try flat(entry.key) + ": " + (try flat(entry.value)))
            }
            return "{" + parts.joined(separator: ", ") + "}"
        case .list(let list), .tuple(let list):
            var parts: [String] = []
            for element in list.elements { parts.append(try flat(element)) }
            let text = parts.joined(separator: ", ")
            if case .list = value { return "[" + text + "]" }
            return parts.count == 1 ? "(" + text + ",)" : "(" + text + ")"
        default: return try repr(value).string
        }
    }

    /// In order of the keys; of keys without an order, by the names of their types.
    private func sortedEntries(_ dictionary: JinjaDictionary) throws(TemplateError) -> [(
        key: JinjaValue, value: JinjaValue
    )] {
        let entries = dictionary.entries
        let keys = entries.map(\.key)
        let comparable = keys.allSatisfy { $0.text != nil } || keys.allSatisfy(\.isNumber)
        let order =
            comparable
            ? try sortedIndices(keys, isReversed: false)
            : entries.indices.sorted { (keys[$0].typeName, $0) < (keys[$1].typeName, $1) }
        return order.map { entries[$0] }
    }
}
