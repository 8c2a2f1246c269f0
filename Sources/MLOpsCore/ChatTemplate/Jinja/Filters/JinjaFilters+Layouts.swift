internal import Foundation

extension JinjaFilters {
    /// Filters that lay text out for readers.
    static var layouts: [String: JinjaFilter] {
        ["filesizeformat": fileSize, "indent": indent, "wordwrap": wordWrap, "xmlattr": xmlAttributes]
    }

    private static let fileSize: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let isBinary = try rendering.bind(arguments, to: ["binary"], of: "filesizeformat")[0]?.isTrue ?? false
        let text = value.text.flatMap(number)
        guard let bytes = text ?? value.number else {
            if case .text(let text) = value {
                let quoted = try rendering.repr(.text(text)).string
                throw rendering.failure("could not convert string to float: \(quoted)")
            }
            if case .undefined(let undefined) = value { throw rendering.failure(undefined.message) }
            throw rendering.failure("float() argument must be a string or a real number, not '\(value.typeName)'")
        }
        let base: Double = isBinary ? 1024 : 1000
        if bytes == 1 { return .string("1 Byte") }
        if bytes < base {
            guard let whole = Int(exactly: bytes.rounded(.towardZero)) else {
                throw rendering.failure("filesizeformat needs a number")
            }
            return .string("\(whole) Bytes")
        }
        let prefixes =
            isBinary ? ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"] : ["k", "M", "G", "T", "P", "E", "Z", "Y"]
        var unit = base
        for prefix in prefixes {
            unit *= base
            if bytes < unit || prefix.hasPrefix("Y") {
                return .string(JinjaNumberLayout.fixed(base * bytes / unit, 1) + " \(prefix)B")
            }
        }
        return .none
    }

    private static let indent: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["width", "first", "blank"], of: "indent")
        guard case .text(let text) = value else {
            if case .undefined(let undefined) = value { throw rendering.failure(undefined.message) }
            if case .list = value { throw rendering.failure("'list' object has no attribute 'splitlines'") }
            throw rendering.failure("unsupported operand type(s) for +=: '\(value.typeName)' and 'str'")
        }
        var indention = JinjaText("    ")
        switch given[0] {
        case nil: break
        case .text(let text)?: indention = text
        case let width?:
            indention = try rendering.padding(
                try index(width, 4, "indent", rendering), of: JinjaText(" "))
        }
        let lines = try rendering.lines(of: text)
        var out = given[1]?.isTrue == true ? indention : JinjaText()
        // An end of line at the text's end makes an empty last line, as in Jinja.
        let endsLine = try rendering.lines(of: text.lastCharacter).first?.isEmpty == true
        let isBlankToo = given[2]?.isTrue == true
        for (number, line) in (lines + (endsLine || text.isEmpty ? [JinjaText()] : [])).enumerated() {
            try rendering.reserve(bytes: line.bytes.count + indention.bytes.count + 1)
            if number > 0 {
                out.append("\n")
                if isBlankToo || !line.isEmpty { out.append(indention) }
            }
            out.append(line)
        }
        out.isSafe = text.isSafe
        return .text(out)
    }

    private static let xmlAttributes: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let hasSpace = try rendering.bind(arguments, to: ["autospace"], of: "xmlattr")[0]?.isTrue ?? true
        guard case .dictionary(let dictionary) = value else {
            throw rendering.failure("'\(value.typeName)' object has no attribute 'items'")
        }
        var parts: [JinjaText] = []
        for (key, value) in dictionary.entries where !value.isNone && !value.isUndefined {
            guard case .text(let name) = key,
                !name.bytes.contains(where: { [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x2F, 0x3E, 0x3D].contains($0) })
            else { throw rendering.failure("Invalid character in attribute name") }
            var part = try rendering.escaped(name)
            part.append("=\"")
            part.append(try rendering.escaped(try rendering.str(value)))
            part.append("\"")
            part.isSafe = false
            parts.append(part)
        }
        var text = try rendering.join(parts, with: JinjaText(" "))
        if hasSpace, !text.isEmpty { text = try rendering.join([JinjaText(" "), text], with: JinjaText()) }
        return .text(text)
    }

    private static let wordWrap: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(
            arguments, to: ["width", "break_long_words", "wrapstring", "break_on_hyphens"], of: "wordwrap")
        let width = try index(given[0], 79, "wordwrap", rendering)
        guard width > 0 else { throw rendering.failure("invalid width \(width) (must be > 0)") }
        guard case .text(let text) = value else {
            throw rendering.failure("'\(value.typeName)' object has no attribute 'splitlines'")
        }
        let end =
            try given[2].flatMap { $0.isNone ? nil : $0 }.map { value throws(TemplateError) in
                try rendering.str(value)
            } ?? JinjaText("\n")
        var paragraphs: [JinjaText] = []
        for line in try rendering.lines(of: text) {
            let wrapper = JinjaWrapping(
                width: width, breaksLongWords: given[1]?.isTrue ?? true, breaksHyphens: given[3]?.isTrue ?? true)
            paragraphs.append(try rendering.join(try wrapper.lines(of: line, rendering), with: end))
        }
        return .text(try rendering.join(paragraphs, with: end))
    }
}

extension JinjaText {
    /// The last character, or nothing.
    var lastCharacter: JinjaText {
        isEmpty ? self : slice(JinjaSpace.start(in: bytes, before: bytes.count)..<bytes.count)
    }
}

/// Wraps one line as Python's `textwrap.wrap` does without changing white space.
struct JinjaWrapping {
    let width: Int
    let breaksLongWords: Bool
    let breaksHyphens: Bool

    func lines(of text: JinjaText, _ rendering: JinjaRendering) throws(TemplateError) -> [JinjaText] {
        try rendering.spend(text.bytes.count)
        var lines: [JinjaText] = []
        var chunks: [JinjaText] = chunks(of: text).reversed()
        try rendering.reserve(bytes: text.bytes.count)
        while !chunks.isEmpty {
            try rendering.spend()
            var line: [JinjaText] = []
            var length = 0
            if !lines.isEmpty, let first = chunks.last, first.trimmed().isEmpty { chunks.removeLast() }
            while let next = chunks.last, length + next.count <= width {
                length += next.count
                line.append(chunks.removeLast())
            }
            if let next = chunks.last, next.count > width {
                let room = width - length
                if breaksLongWords {
                    var end = next.byteOffset(of: room)
                    if breaksHyphens, let hyphen = next.bytes[..<end].lastIndex(of: 0x2D), hyphen > 0,
                        next.bytes[..<hyphen].contains(where: { $0 != 0x2D })
                    {
                        end = hyphen + 1
                    }
                    // Even nothing of it: then what stands before is not the line's end, and keeps its white space.
                    line.append(next.slice(0..<end))
                    chunks[chunks.count - 1] = next.slice(end..<next.bytes.count)
                } else if line.isEmpty {
                    line.append(chunks.removeLast())
                }
            }
            if let last = line.last, last.trimmed().isEmpty { line.removeLast() }
            if !line.isEmpty { lines.append(try rendering.join(line, with: JinjaText())) }
        }
        return lines
    }

    /// Words and the white space between them; words with hyphens in their parts, and dashes by themselves.
    private func chunks(of text: JinjaText) -> [JinjaText] {
        let characters = text.characters
        var parts: [JinjaText] = []
        var start = 0
        while start < characters.count {
            var end = start + 1
            if Self.isSpace(characters[start]) {
                while end < characters.count, Self.isSpace(characters[end]) { end += 1 }
            } else if breaksHyphens, let dash = Self.dash(in: characters, at: start) {
                end = dash
            } else {
                while end < characters.count, !Self.isSpace(characters[end]) {
                    if breaksHyphens {
                        if Self.isHyphen(in: characters, at: end) {
                            end += 1
                            break
                        }
                        if Self.dash(in: characters, at: end) != nil { break }
                    }
                    end += 1
                }
            }
            var part = JinjaText()
            for character in characters[start..<end] { part.append(character) }
            parts.append(part)
            start = end
        }
        return parts
    }

    /// Python's module divides at the white space of ASCII only.
    private static func isSpace(_ character: JinjaText) -> Bool {
        character.bytes.count == 1 && [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D].contains(character.bytes[0])
    }

    private static func isLetter(_ characters: [JinjaText], _ index: Int) -> Bool {
        isWord(characters, index) && characters[index].scalars[0].properties.generalCategory != .decimalNumber
    }

    private static func isWord(_ characters: [JinjaText], _ index: Int) -> Bool {
        guard characters.indices.contains(index) else { return false }
        let scalar = characters[index].scalars[0]
        switch scalar.properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber: return true
        default: return scalar == "_" || JinjaText.isAlphabetic(scalar)
        }
    }

    private static func isHyphen(_ characters: [JinjaText], _ index: Int) -> Bool {
        characters.indices.contains(index) && characters[index].bytes == [0x2D]
    }

    /// Whether a word may be broken behind the character at `index`: a hyphen after and before two letters, or two with a
    /// hyphen between them.
    private static func isHyphen(in characters: [JinjaText], at index: Int) -> Bool {
        guard isHyphen(characters, index), isLetter(characters, index - 1), isLetter(characters, index + 1) else {
            return false
        }
        let follows =
            isLetter(characters, index - 2)
            || isHyphen(characters, index - 2) && isLetter(characters, index - 3)
        let precedes =
            isLetter(characters, index + 2)
            || isHyphen(characters, index + 2) && isLetter(characters, index + 3)
        return follows && precedes
    }

    /// The end of the dash (two hyphens or more between words) that begins at `index`; nil when none does.
    private static func dash(in characters: [JinjaText], at index: Int) -> Int? {
        guard isHyphen(characters, index), isHyphen(characters, index + 1), index > 0 else { return nil }
        let marks: [UInt8] = [0x21, 0x22, 0x26, 0x27, 0x2C, 0x2E, 0x3F]
        guard isWord(characters, index - 1) || marks.contains(characters[index - 1].bytes[0]) else { return nil }
        var end = index
        while isHyphen(characters, end) { end += 1 }
        return isWord(characters, end) ? end : nil
    }
}
