internal import OrderedCollections

/// Writes a tree as YAML, byte for byte as `OmegaConf.to_yaml` does: block style, lists not indented, 80 columns.
struct YAMLWriter {
    private var out = ""
    /// The column after the last character written, counted in Unicode scalars.
    private var column = 0

    /// Returns the YAML of `node`, ending in a line break.
    static func text(of node: ConfigNode) -> String {
        var writer = YAMLWriter()
        switch node.content {
        case .map(let members) where !members.isEmpty:
            writer.writeMembers(members.map { ($0.key, $0.value) }, indent: 0)
        case .list(let elements) where !elements.isEmpty: writer.writeElements(elements, indent: 0)
        default:
            writer.writeScalar(node, indent: 0)
            writer.newLine()
        }
        return writer.out
    }

    // MARK: Layout

    private mutating func writeMembers(
        _ members: [(ConfigNode.Key, ConfigNode)], indent: Int, isFirstInPlace: Bool = false
    ) {
        for (index, member) in members.enumerated() {
            if index > 0 || !isFirstInPlace { pad(indent) }
            guard isSimple(member.0) else {
                write("? ")
                if case .string(let text) = member.0 { writeText(text, indent: indent + 2, isKey: false) }
                if case .bytes(let bytes) = member.0 { writeBytes(bytes, indent: indent + 2) }
                newLine()
                pad(indent)
                writeElement(member.1, indicator: ":", indent: indent)
                continue
            }
            writeKey(member.0, indent: indent)
            write(":")
            writeValue(member.1, indent: indent, listIndent: indent)
        }
    }

    private mutating func writeElements(_ elements: [ConfigNode], indent: Int, isFirstInPlace: Bool = false) {
        for (index, element) in elements.enumerated() {
            if index > 0 || !isFirstInPlace { pad(indent) }
            writeElement(element, indicator: "-", indent: indent)
        }
    }

    /// Writes what stands in one place with its indicator.
    private mutating func writeElement(_ element: ConfigNode, indicator: String, indent: Int) {
        write(indicator)
        write(" ")
        switch element.content {
        case .map(let members) where !members.isEmpty:
            writeMembers(members.map { ($0.key, $0.value) }, indent: indent + 2, isFirstInPlace: true)
        case .list(let inner) where !inner.isEmpty:
            writeElements(inner, indent: indent + 2, isFirstInPlace: true)
        default:
            writeScalar(element, indent: indent + 2)
            newLine()
        }
    }

    /// Whether a key can stand before its colon: it is not empty, has one line, and with the tag that PyYAML counts,
    /// `!!str`, fewer than 128 characters.
    private func isSimple(_ key: ConfigNode.Key) -> Bool {
        if case .bytes = key { return false }
        guard case .string(let text) = key else { return true }
        return !text.isEmpty && HalfCharacters.codes(of: text).count < 123
            && !text.unicodeScalars.contains(where: YAMLTextShape.isBreak)
    }

    /// Writes what follows a colon.
    private mutating func writeValue(_ node: ConfigNode, indent: Int, listIndent: Int) {
        switch node.content {
        case .map(let members) where !members.isEmpty:
            newLine()
            writeMembers(members.map { ($0.key, $0.value) }, indent: indent + 2)
        case .list(let elements) where !elements.isEmpty:
            newLine()
            writeElements(elements, indent: listIndent)
        default:
            write(" ")
            writeScalar(node, indent: indent + 2)
            newLine()
        }
    }

    private mutating func write(_ text: String) {
        out += text
        column += text.unicodeScalars.count
    }

    private mutating func newLine() {
        out += "\n"
        column = 0
    }

    private mutating func pad(_ indent: Int) {
        if column < indent { write(String(repeating: " ", count: indent - column)) }
    }

    private mutating func breakLine(indent: Int) {
        newLine()
        pad(indent)
    }

    // MARK: Scalars

    private mutating func writeKey(_ key: ConfigNode.Key, indent: Int) {
        switch key {
        case .string(let text): writeText(text, indent: indent, isKey: true)
        case .number(let value): write(Self.float(value))
        default: write(key.text)
        }
    }

    private mutating func writeScalar(_ node: ConfigNode, indent: Int) {
        switch node.content {
        case .null: write("null")
        case .bool(let value): write(value ? "true" : "false")
        case .integer(let value): write(String(value))
        case .bigInteger(let digits): write(digits)
        case .number(let value): write(Self.float(value))
        case .string(let text): writeText(text, indent: indent, isKey: false)
        case .bytes(let bytes): writeBytes(bytes, indent: indent)
        case .list: write("[]")
        case .map: write("{}")
        }
    }

    private mutating func writeBytes(_ bytes: [UInt8], indent: Int) {
        write(bytes.isEmpty ? "!!binary \"\"" : "!!binary |")
        for line in YAMLBinary.lines(of: bytes) {
            breakLine(indent: indent)
            write(line)
        }
    }

    /// A number that YAML 1.1 readers take for one: with a point before the exponent.
    private static func float(_ value: Double) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
        let text = PythonText.float(value)
        guard !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    private mutating func writeText(_ text: String, indent: Int, isKey: Bool) {
        let shape = YAMLTextShape(text)
        if shape.allowsPlain, !(isKey && shape.isMultiline), YAMLTextShape.isTextWhenPlain(text) {
            writePlain(text, indent: indent, splits: !isKey)
        } else if shape.allowsSingleQuotes, !(isKey && shape.isMultiline) {
            writeSingleQuoted(text, indent: indent, splits: !isKey)
        } else {
            writeDoubleQuoted(text, indent: indent, splits: !isKey)
        }
    }

    /// A single space after column 80 becomes a line break, which a reader folds back.
    private static let width = 80

    private mutating func writePlain(_ text: String, indent: Int, splits: Bool) {
        let scalars = Array(text.unicodeScalars)
        var index = 0
        while index < scalars.count {
            let end = scalars[index...].firstIndex { ($0 == " ") != (scalars[index] == " ") } ?? scalars.count
            if scalars[index] == " ", end == index + 1, column > Self.width, splits {
                breakLine(indent: indent)
            } else {
                write(Self.string(scalars[index..<end]))
            }
            index = end
        }
    }

    private mutating func writeSingleQuoted(_ text: String, indent: Int, splits: Bool) {
        enum Kind { case spaces, breaks, words }
        func kind(_ scalar: Unicode.Scalar) -> Kind {
            scalar == " " ? .spaces : YAMLTextShape.isBreak(scalar) ? .breaks : .words
        }
        let scalars = Array(text.unicodeScalars)
        write("'")
        var index = 0
        while index < scalars.count {
            let current = kind(scalars[index])
            let end = scalars[index...].firstIndex { kind($0) != current } ?? scalars.count
            let run = scalars[index..<end]
            switch current {
            case .spaces where end == index + 1 && column > Self.width && splits && index != 0 && end != scalars.count:
                breakLine(indent: indent)
            case .breaks:
                // A single break inside quotes is folded to a space, so it is written twice.
                if run.first == "\n" { out += "\n" }
                for scalar in run { out.unicodeScalars.append(scalar == "\n" ? "\n" : scalar) }
                column = 0
                pad(indent)
            default:
                write(Self.string(run).split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))
            }
            index = end
        }
        write("'")
    }

    private mutating func writeDoubleQuoted(_ text: String, indent: Int, splits: Bool) {
        let codes = HalfCharacters.codes(of: text)
        func part(_ range: Range<Int>) -> String {
            codes[range].reduce(into: "") { text, code in Unicode.Scalar(code).map { text.unicodeScalars.append($0) } }
        }
        let space: UInt32 = 0x20
        write("\"")
        var start = 0
        for end in 0...codes.count {
            let code = end < codes.count ? codes[end] : nil
            let escape = code.flatMap(YAMLTextShape.escape)
            if code == nil || escape != nil {
                if start < end {
                    write(part(start..<end))
                    start = end
                }
                if let escape {
                    write(escape)
                    start = end + 1
                }
            }
            if end > 0, end < codes.count - 1, code == space || start >= end, column + (end - start) > Self.width,
                splits
            {
                write((start < end ? part(start..<end) : "") + "\\")
                if start < end { start = end }
                breakLine(indent: indent)
                if codes[start] == space { write("\\") }
            }
        }
        write("\"")
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
