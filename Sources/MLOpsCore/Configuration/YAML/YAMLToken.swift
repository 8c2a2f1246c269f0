/// A place in YAML text: lines and columns from 0, columns in Unicode scalars.
struct YAMLMark: Sendable, Hashable {
    var index = 0
    var line = 0
    var column = 0

    /// The line around this place in `text`, at most 75 characters of it, and a caret below the place.
    func excerpt(of text: [Unicode.Scalar]) -> String {
        let breaks: Set<Unicode.Scalar> = ["\0", "\r", "\n", "\u{85}", "\u{2028}", "\u{2029}"]
        let place = min(index, text.count)
        var (start, head) = (place, "")
        while start > 0, !breaks.contains(text[start - 1]) {
            start -= 1
            if place - start > 36 {
                (start, head) = (start + 5, " ... ")
                break
            }
        }
        var (end, tail) = (place, "")
        while end < text.count, !breaks.contains(text[end]) {
            end += 1
            if end - place > 36 {
                (end, tail) = (end - 5, " ... ")
                break
            }
        }
        var line = String.UnicodeScalarView()
        line.append(contentsOf: text[start..<end])
        let indent = String(repeating: " ", count: 4 + place - start + head.count)
        return "    \(head)\(String(line))\(tail)\n\(indent)^"
    }
}

/// A piece of YAML text, such as an indicator, a scalar, or the start of an indented block.
struct YAMLToken: Sendable {
    /// The kinds of tokens.
    enum Kind: Sendable, Hashable {
        case directive(name: String, YAMLDirective?)
        case documentStart, documentEnd, streamEnd
        case blockSequenceStart, blockMappingStart, blockEnd
        case flowSequenceStart, flowMappingStart, flowSequenceEnd, flowMappingEnd
        case key, value, blockEntry, flowEntry
        case alias(String)
        case anchor(String)
        case tag(handle: String?, suffix: String)
        case scalar(String, isPlain: Bool)
    }

    let kind: Kind
    let start: YAMLMark
    let end: YAMLMark

    /// What a message calls it.
    var name: String {
        switch kind {
        case .directive: "<directive>"
        case .documentStart: "<document start>"
        case .documentEnd: "<document end>"
        case .streamEnd: "<stream end>"
        case .blockSequenceStart: "<block sequence start>"
        case .blockMappingStart: "<block mapping start>"
        case .blockEnd: "<block end>"
        case .flowSequenceStart: "["
        case .flowMappingStart: "{"
        case .flowSequenceEnd: "]"
        case .flowMappingEnd: "}"
        case .key: "?"
        case .value: ":"
        case .blockEntry: "-"
        case .flowEntry: ","
        case .alias: "<alias>"
        case .anchor: "<anchor>"
        case .tag: "<tag>"
        case .scalar: "<scalar>"
        }
    }
}

/// What a directive says.
enum YAMLDirective: Sendable, Hashable {
    /// `%YAML 1.1`
    case version(major: Int)
    /// `%TAG ! tag:…`
    case tag(handle: String, prefix: String)
}

/// Why text is no YAML: PyYAML's words, and the two places they are about.
struct YAMLSyntaxError: Error {
    var context: String?
    var contextMark: YAMLMark?
    var problem: String
    var problemMark: YAMLMark?

    init(_ problem: String, at problemMark: YAMLMark?, context: String? = nil, from contextMark: YAMLMark? = nil) {
        self.context = context
        self.contextMark = contextMark
        self.problem = problem
        self.problemMark = problemMark
    }

    /// PyYAML's class of the error that says `words`.
    static func className(of words: String) -> String {
        let line = words.prefix { !$0.isNewline }
        func begins(_ starts: String...) -> Bool { starts.contains(where: line.hasPrefix) }
        if begins("unacceptable character") { return "ReaderError" }
        if begins("while constructing", "could not determine a constructor") { return "ConstructorError" }
        if begins("expected a single document", "found undefined alias", "found duplicate anchor") {
            return "ComposerError"
        }
        let isParser = begins("while parsing", "expected '<document start>'", "found duplicate", "found incompatible")
        return isParser ? "ParserError" : "ScannerError"
    }

    /// The lines that PyYAML prints, of a file called `name`.
    ///
    /// - Parameter text: what was read, if it was no file: PyYAML then shows the lines it means.
    func text(of name: String, showing text: [Unicode.Scalar]? = nil) -> String {
        func place(_ mark: YAMLMark) -> String {
            "  in \"\(name)\", line \(mark.line + 1), column \(mark.column + 1)"
                + (text.map { ":\n" + mark.excerpt(of: $0) } ?? "")
        }
        var lines: [String] = []
        if let context { lines.append(context) }
        if let contextMark,
            problemMark.map({ ($0.line, $0.column) != (contextMark.line, contextMark.column) }) ?? true
        {
            lines.append(place(contextMark))
        }
        lines.append(problem)
        if let problemMark { lines.append(place(problemMark)) }
        return lines.joined(separator: "\n")
    }
}
