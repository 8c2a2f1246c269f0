/// Reads interpolations by OmegaConf's grammar.
struct InterpolationParser {
    /// Why and where text is not a template.
    struct Failure: Error {
        let reason: String
        let offset: Int
    }

    private let text: [Character]
    private var index = 0
    private var depth = 0
    private static let maximumDepth = 64

    private init(_ text: String) { self.text = Array(text) }

    /// Returns the parts of `text`.
    static func parts(_ text: String) throws(Failure) -> [InterpolationTemplate.Part] {
        var parser = InterpolationParser(text)
        return try parser.text(until: nil)
    }

    /// Returns the single element that `text` is, as `oc.decode` reads it.
    static func element(_ text: String) throws(Failure) -> InterpolationTemplate.Argument {
        var parser = InterpolationParser(text)
        parser.skipSpace()
        let element = try parser.element()
        parser.skipSpace()
        guard parser.index == parser.text.count else { throw parser.failure("cannot stand here") }
        return element
    }

    private func failure(_ reason: String) -> Failure {
        let what = index < text.count ? "'\(text[index])' " : "the end "
        return Failure(reason: what + reason, offset: index)
    }

    private var current: Character? { index < text.count ? text[index] : nil }

    private func starts(with prefix: String) -> Bool { text[index...].starts(with: prefix) }

    private mutating func skipSpace() {
        while current == " " || current == "\t" { index += 1 }
    }

    private mutating func expect(_ character: Character) throws(Failure) {
        skipSpace()
        guard current == character else { throw failure("where '\(character)' is expected") }
        index += 1
    }

    // MARK: Text

    /// Reads text up to `quote`, or to the end. A backslash before `${` makes it text; pairs of them before an interpolation
    /// are one; all others stay.
    private mutating func text(until quote: Character?) throws(Failure) -> [InterpolationTemplate.Part] {
        var parts: [InterpolationTemplate.Part] = []
        var literal = ""
        func flush() {
            if !literal.isEmpty { parts.append(.text(literal)) }
            literal = ""
        }
        while let character = current {
            if character == "\\" {
                let start = index
                while current == "\\" { index += 1 }
                let count = index - start
                if starts(with: "${") {
                    literal += String(repeating: "\\", count: count / 2)
                    if !count.isMultiple(of: 2) {
                        literal += "${"
                        index += 2
                    }
                } else if let quote, current == quote {
                    literal += String(repeating: "\\", count: count / 2)
                    if !count.isMultiple(of: 2) {
                        literal.append(quote)
                        index += 1
                    }
                } else {
                    literal += String(repeating: "\\", count: count)
                }
            } else if starts(with: "${") {
                flush()
                parts.append(try interpolation())
            } else if character == quote {
                index += 1
                flush()
                return parts
            } else {
                literal.append(character)
                index += 1
            }
        }
        guard quote == nil else { throw failure("where a quote is expected") }
        flush()
        return parts
    }

    // MARK: Expressions

    private mutating func interpolation() throws(Failure) -> InterpolationTemplate.Part {
        let start = index
        let expression = try expression()
        return .interpolation(expression, String(text[start..<index]))
    }

    private mutating func expression() throws(Failure) -> InterpolationTemplate.Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw failure("is nested too deeply") }
        index += 2
        skipSpace()
        var dots = 0
        while current == "." {
            dots += 1
            index += 1
        }
        var key: [InterpolationTemplate.Part] = []
        var hasBrackets = false
        var expectsName = true
        while let character = current {
            switch character {
            case "}", " ", "\t":
                skipSpace()
                if current == ":" { continue }
                guard current == "}", !expectsName else { throw failure("cannot stand in a key") }
                index += 1
                return .reference(dots: dots, key: key)
            case ":":
                guard dots == 0, !hasBrackets, !expectsName, key.allSatisfy(Self.isInResolverName) else {
                    throw failure("cannot follow this resolver's name")
                }
                index += 1
                return .call(name: key, arguments: try arguments())
            case ".":
                guard !expectsName else { throw failure("where a name is expected") }
                key.append(.text("."))
                expectsName = true
                index += 1
            case "[":
                guard !expectsName || key.isEmpty else { throw failure("where a name is expected") }
                hasBrackets = true
                index += 1
                key.append(.text("["))
                key.append(try name())
                try expect("]")
                key.append(.text("]"))
                expectsName = false
            default:
                guard expectsName else { throw failure("cannot stand in a key") }
                key.append(try name())
                expectsName = false
            }
        }
        throw failure("where '}' is expected")
    }

    /// Whether a part of a key can be one of a resolver's name: a point, a word or an interpolation.
    private static func isInResolverName(_ part: InterpolationTemplate.Part) -> Bool {
        guard case .text(let text) = part, text != "." else { return true }
        guard let first = text.first, first.isASCII, first.isLetter || first == "_" else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    }

    private mutating func name() throws(Failure) -> InterpolationTemplate.Part {
        if starts(with: "${") { return try interpolation() }
        let start = index
        while let character = current, !"\\{}()[]:. \t'\"".contains(character) { index += 1 }
        guard index > start else { throw failure("where a name is expected") }
        return .text(String(text[start..<index]))
    }

    private mutating func arguments() throws(Failure) -> [InterpolationTemplate.Argument] {
        skipSpace()
        if current == "}" {
            index += 1
            return []
        }
        let values = try sequence(until: "}")
        try expect("}")
        return values
    }

    /// Reads elements up to, not past, `end`; nothing between two commas is empty text.
    private mutating func sequence(until end: Character) throws(Failure) -> [InterpolationTemplate.Argument] {
        var values: [InterpolationTemplate.Argument] = []
        while true {
            skipSpace()
            if current == "," || current == end {
                values.append(.value(.text("")))
            } else {
                values.append(try element())
            }
            skipSpace()
            guard current == "," else { return values }
            index += 1
        }
    }

    // MARK: Elements

    private mutating func element() throws(Failure) -> InterpolationTemplate.Argument {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw failure("is nested too deeply") }
        switch current {
        case "'", "\"":
            let quote = current
            index += 1
            let parts = try text(until: quote)
            // Quoted text is text even when it is nothing but an interpolation.
            return parts.count == 1 ? .parts(parts + [.text("")]) : .parts(parts)
        case "[":
            index += 1
            skipSpace()
            let values: [InterpolationTemplate.Argument] = current == "]" ? [] : try sequence(until: "]")
            try expect("]")
            return .list(values)
        case "{":
            return try map()
        default:
            return try primitive(isKey: false)
        }
    }

    private mutating func map() throws(Failure) -> InterpolationTemplate.Argument {
        index += 1
        skipSpace()
        var pairs: [(key: OverrideValue, value: InterpolationTemplate.Argument)] = []
        while current != "}" {
            if !pairs.isEmpty { try expect(",") }
            skipSpace()
            let key: OverrideValue
            switch try primitive(isKey: true) {
            case .value(let value): key = value
            case .parts(let parts):
                key = .text(parts.map { if case .text(let text) = $0 { text } else { "" } }.joined())
            default: throw failure("cannot stand in a key")
            }
            try expect(":")
            skipSpace()
            pairs.append((key, try element()))
            skipSpace()
        }
        index += 1
        return .map(pairs)
    }

    private mutating func primitive(isKey: Bool) throws(Failure) -> InterpolationTemplate.Argument {
        var parts: [InterpolationTemplate.Part] = []
        var words: [OverrideLexer.Token] = []
        var pendingSpace = ""
        loop: while index < text.count {
            if starts(with: "${"), !isKey {
                if !pendingSpace.isEmpty { parts.append(.text(pendingSpace)) }
                pendingSpace = ""
                parts.append(try interpolation())
                continue
            }
            guard let token = OverrideLexer.first(text[index...]) else { throw failure("cannot stand here") }
            switch token.kind {
            case .space:
                if !parts.isEmpty { pendingSpace = token.text }
            case .identifier, .null, .integer, .float, .bool, .other, .escape:
                words.append(token)
                let literal = token.kind == .escape ? OverrideParser.unescaped(token.text) : token.text
                parts.append(.text(pendingSpace + literal))
                pendingSpace = ""
            case .colon where !isKey:
                words.append(token)
                parts.append(.text(token.text))
            default: break loop
            }
            index += token.text.count
        }
        guard !parts.isEmpty else { throw failure("where a value is expected") }
        guard parts.count == 1, let word = words.first else { return .parts(parts) }
        return .value(OverrideParser.scalar(word) ?? .text(OverrideParser.unescaped(word.text)))
    }
}
