/// The words of a value in the override grammar, the longest that fits at each place.
struct OverrideLexer {
    /// The kinds of words.
    enum Kind: Sendable, Hashable {
        case open, close, comma, bracketOpen, bracketClose, braceOpen, braceClose, colon, equal
        case float, integer, bool, null, other, identifier, escape, space, quoted, interpolation
    }

    /// A word and what is written.
    struct Token: Sendable, Hashable {
        let kind: Kind
        let text: String
        /// The place of its first character, from 0.
        let offset: Int
    }

    /// Returns the words of `text`; nil and the place of the first character that starts none.
    static func tokens(_ text: [Character], from start: Int) -> (tokens: [Token], failure: Int?) {
        var tokens: [Token] = []
        var index = start
        while index < text.count {
            guard let (kind, length) = longest(text[index...]) else { return (tokens, index) }
            tokens.append(Token(kind: kind, text: String(text[index..<index + length]), offset: index))
            index += length
        }
        return (tokens, nil)
    }

    /// Returns the word that `text` starts with.
    static func first(_ text: ArraySlice<Character>) -> Token? {
        longest(text).map { Token(kind: $0.0, text: String(text.prefix($0.1)), offset: text.startIndex) }
    }

    private static func longest(_ text: ArraySlice<Character>) -> (Kind, Int)? {
        var best: (Kind, Int)?
        func offer(_ kind: Kind, _ length: Int?) {
            guard let length, length > (best?.1 ?? 0) else { return }
            best = (kind, length)
        }
        // In the grammar's order: of two equally long words the first is taken.
        offer(.open, symbol("(", in: text, spaceBefore: true, spaceAfter: true))
        offer(.comma, symbol(",", in: text, spaceBefore: true, spaceAfter: true))
        offer(.close, symbol(")", in: text, spaceBefore: true, spaceAfter: false))
        offer(.bracketOpen, symbol("[", in: text, spaceBefore: false, spaceAfter: true))
        offer(.bracketClose, symbol("]", in: text, spaceBefore: true, spaceAfter: false))
        offer(.braceOpen, symbol("{", in: text, spaceBefore: false, spaceAfter: true))
        offer(.braceClose, symbol("}", in: text, spaceBefore: true, spaceAfter: false))
        offer(.colon, symbol(":", in: text, spaceBefore: true, spaceAfter: true))
        offer(.equal, symbol("=", in: text, spaceBefore: true, spaceAfter: true))
        let number = GrammarNumber.longest(text)
        offer(.float, number.float)
        offer(.integer, number.integer)
        offer(.bool, word(["true", "false"], in: text))
        offer(.null, word(["null"], in: text))
        if let first = text.first, "/-\\+.$%*@?|".contains(first) { offer(.other, 1) }
        offer(.identifier, identifier(text))
        offer(.escape, escape(text))
        offer(.space, length(of: text, while: { $0 == " " || $0 == "\t" }))
        offer(.quoted, quoted(text))
        offer(.interpolation, interpolation(text))
        return best
    }

    private static func length(of text: ArraySlice<Character>, while condition: (Character) -> Bool) -> Int? {
        let count = text.prefix(while: condition).count
        return count == 0 ? nil : count
    }

    private static func symbol(_ symbol: Character, in text: ArraySlice<Character>, spaceBefore: Bool, spaceAfter: Bool)
        -> Int?
    {
        var rest = text
        if spaceBefore { rest = rest.drop { $0 == " " || $0 == "\t" } }
        guard rest.first == symbol else { return nil }
        rest.removeFirst()
        if spaceAfter { rest = rest.drop { $0 == " " || $0 == "\t" } }
        return text.count - rest.count
    }

    private static func word(_ words: [String], in text: ArraySlice<Character>) -> Int? {
        for word in words where String(text.prefix(word.count)).lowercased() == word { return word.count }
        return nil
    }

    private static func identifier(_ text: ArraySlice<Character>) -> Int? {
        guard let first = text.first, first.isASCII, first.isLetter || first == "_" else { return nil }
        return length(of: text) { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    }

    private static func escape(_ text: ArraySlice<Character>) -> Int? {
        var rest = text
        while rest.first == "\\", let next = rest.dropFirst().first, "\\()[]{}:=, \t".contains(next) {
            rest.removeFirst(2)
        }
        return rest.count == text.count ? nil : text.count - rest.count
    }

    private static func quoted(_ text: ArraySlice<Character>) -> Int? {
        guard let quote = text.first, quote == "'" || quote == "\"" else { return nil }
        var backslashes = 0
        for (offset, character) in text.enumerated().dropFirst() {
            if character == quote, backslashes.isMultiple(of: 2) { return offset + 1 }
            backslashes = character == "\\" ? backslashes + 1 : 0
        }
        return nil
    }

    private static func interpolation(_ text: ArraySlice<Character>) -> Int? {
        guard text.starts(with: "${"), let end = text.firstIndex(of: "}"), end > text.startIndex + 2 else { return nil }
        return end - text.startIndex + 1
    }
}
