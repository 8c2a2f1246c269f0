/// The words of text with interpolations, by OmegaConf's lexer, whose kinds of words depend on where it is.
struct InterpolationLexer {
    private typealias Kind = InterpolationGrammar.Kind

    /// Where in a text the lexer is.
    private enum Mode { case text, value, key, quoted(Character) }

    private let characters: [Character]
    private var index = 0
    private var mode: Mode
    private var outer: [Mode] = []

    init(_ text: String, isElement: Bool) {
        characters = Array(text)
        mode = isElement ? .value : .text
    }

    /// Returns all words.
    mutating func tokens() -> GrammarTokens {
        var tokens = GrammarTokens()
        while index < characters.count {
            let rest = characters[index...]
            let found =
                switch mode {
                case .text: text(rest, quote: nil)
                case .quoted(let quote): text(rest, quote: quote)
                case .value: value(rest)
                case .key: key(rest)
                }
            guard let (kind, length) = found else {
                // What was read before it failed is told with the character that failed.
                let spaces = Self.spaces(rest)
                tokens.failure = "token recognition error at: '\(Self.shown(rest.prefix(spaces + 1)))'"
                return tokens
            }
            guard change(for: kind, rest[index]) else {
                tokens.failure = "Empty Stack"
                return tokens
            }
            tokens.words.append(GrammarToken(kind: kind.rawValue, text: String(rest.prefix(length))))
            index += length
        }
        return tokens
    }

    private static func shown(_ text: ArraySlice<Character>) -> String {
        String(text).replacing("\n", with: "\\n").replacing("\t", with: "\\t").replacing("\r", with: "\\r")
    }

    private static func spaces(_ text: ArraySlice<Character>) -> Int { text.prefix { $0 == " " || $0 == "\t" }.count }

    /// Goes to where a word leads; false when it leads out of the whole.
    private mutating func change(for kind: Kind, _ first: Character) -> Bool {
        func enter(_ next: Mode) {
            outer.append(mode)
            mode = next
        }
        switch (kind, mode) {
        case (.open, _): enter(.key)
        case (.braceOpen, _): enter(.value)
        case (.singleQuote, _), (.doubleQuote, _): enter(.quoted(first))
        case (.colon, .key): mode = .value
        case (.braceClose, _), (.close, _), (.quoteClose, _):
            guard let last = outer.popLast() else { return false }
            mode = last
        default: break
        }
        return true
    }

    /// The length of `${` and the spaces after it.
    private func opening(_ text: ArraySlice<Character>) -> Int? {
        text.starts(with: "${") ? 2 + Self.spaces(text.dropFirst(2)) : nil
    }

    private func text(_ text: ArraySlice<Character>, quote: Character?) -> (Kind, Int)? {
        if let length = opening(text) { return (.open, length) }
        if let quote, text.first == quote { return (.quoteClose, 1) }
        let backslashes = text.prefix { $0 == "\\" }.count
        let rest = text.dropFirst(backslashes)
        if !backslashes.isMultiple(of: 2) {
            if rest.starts(with: "${") { return (.escapedOpen, backslashes + 2) }
            if let quote, rest.first == quote { return (.escape, backslashes + 1) }
        }
        // Plain text ends before a backslash that ends it.
        let plain = text.prefix { $0 != "$" && $0 != quote }
        if let last = plain.lastIndex(where: { $0 != "\\" }) { return (.anyText, last + 1 - text.startIndex) }
        guard backslashes > 0 else { return (.anyText, 1) }
        guard backslashes.isMultiple(of: 2) else { return (.anyText, backslashes) }
        return (quote == nil ? .topEscape : .quotedEscape, backslashes)
    }

    private func key(_ text: ArraySlice<Character>) -> (Kind, Int)? {
        if let length = opening(text) { return (.open, length) }
        let spaces = Self.spaces(text)
        switch text.dropFirst(spaces).first {
        case ":": return (.colon, spaces + 1 + Self.spaces(text.dropFirst(spaces + 1)))
        case "}": return (.close, spaces + 1)
        default: break
        }
        switch text.first {
        case ".": return (.dot, 1)
        case "[": return (.bracketOpen, 1)
        case "]": return (.bracketClose, 1)
        default: break
        }
        let length = text.prefix { !"\\{}()[]:. \t'\"".contains($0) }.count
        if let token = OverrideLexer.first(text), [.identifier, .null, .bool].contains(token.kind),
            token.text.count == length
        {
            return (.identifier, length)
        }
        return length > 0 ? (.key, length) : nil
    }

    private func value(_ text: ArraySlice<Character>) -> (Kind, Int)? {
        if let length = opening(text) { return (.open, length) }
        if text.first == "'" { return (.singleQuote, 1) }
        if text.first == "\"" { return (.doubleQuote, 1) }
        guard let token = OverrideLexer.first(text) else { return nil }
        let length = token.text.count
        switch token.kind {
        case .comma: return (.comma, length)
        case .bracketOpen: return (.bracketOpen, length)
        case .bracketClose: return (.bracketClose, length)
        case .braceOpen: return (.braceOpen, length)
        case .braceClose: return (.braceClose, length)
        case .colon: return (.colon, length)
        case .float: return (.float, length)
        case .integer: return (.int, length)
        case .bool: return (.bool, length)
        case .null: return (.null, length)
        case .other: return (.unquotedChar, length)
        case .identifier: return (.identifier, length)
        case .escape: return (.escape, length)
        case .space: return (.space, length)
        case .open, .close, .equal:
            let spaces = Self.spaces(text)
            return spaces > 0 ? (.space, spaces) : nil
        case .quoted, .interpolation: return nil
        }
    }
}
