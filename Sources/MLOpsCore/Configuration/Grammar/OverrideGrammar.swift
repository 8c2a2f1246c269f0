/// Hydra's grammar of overrides, for the words of its syntax errors; ``OverrideParser`` reads what is right.
enum OverrideGrammar {
    /// The kinds of words, numbered as in Hydra, since messages list them in that order.
    private enum Kind: Int, CaseIterable {
        case equal = 1
        case tilde, plus, at, colon, slash, keySpecial, dotPath, open, comma, close, bracketOpen
        case bracketClose, braceOpen, braceClose, float, int, bool, null, unquotedChar, identifier, escape, space,
            quoted, interpolation
    }

    private static let names = [
        "EQUAL", "'~'", "'+'", "'@'", "':'", "'/'", "KEY_SPECIAL", "DOT_PATH", "POPEN", "COMMA", "PCLOSE",
        "BRACKET_OPEN", "BRACKET_CLOSE", "BRACE_OPEN", "BRACE_CLOSE", "FLOAT", "INT", "BOOL", "NULL", "UNQUOTED_CHAR",
        "ID", "ESC", "WS", "QUOTED_VALUE", "INTERPOLATION",
    ]

    private enum Rule: Int {
        case override, key, packageOrGroup, package, value, element, simpleChoiceSweep, argName, function, listContainer
        case dictContainer, dictKeyValuePair, primitive, dictKey
    }

    private static let grammar: Grammar = {
        func word(_ kind: Kind) -> GrammarForm { .token(kind.rawValue) }
        func rule(_ rule: Rule) -> GrammarForm { .rule(rule.rawValue) }
        let assigned: [GrammarForm] = [word(.equal), .optional(rule(.value))]
        let keyWords: Set<Kind> = [.identifier, .null, .int, .float, .bool, .unquotedChar, .escape, .space]
        let argument: GrammarForm = .sequence([.optional(rule(.argName)), rule(.element)])
        func separated(_ form: GrammarForm) -> GrammarForm {
            .optional(.sequence([form, .star(.sequence([word(.comma), form]))]))
        }
        let rules: [(Rule, GrammarForm)] = [
            (
                .override,
                .sequence([
                    .choice([
                        .sequence([rule(.key)] + assigned),
                        .sequence([word(.tilde), rule(.key), .optional(.sequence(assigned))]),
                        .sequence([word(.plus), .optional(word(.plus)), rule(.key)] + assigned),
                    ]), .token(GrammarToken.end),
                ])
            ),
            (.key, .sequence([rule(.packageOrGroup), .optional(.sequence([word(.at), rule(.package)]))])),
            (
                .packageOrGroup,
                .choice([
                    rule(.package),
                    .sequence([word(.identifier), .plus(.sequence([word(.slash), word(.identifier)]))]),
                ])
            ),
            (.package, .choice([.sequence([]), word(.identifier), word(.keySpecial), word(.dotPath)])),
            (.value, .choice([rule(.element), rule(.simpleChoiceSweep)])),
            (.element, .choice([rule(.primitive), rule(.listContainer), rule(.dictContainer), rule(.function)])),
            (.simpleChoiceSweep, .sequence([rule(.element), .plus(.sequence([word(.comma), rule(.element)]))])),
            (.argName, .sequence([word(.identifier), word(.equal)])),
            (.function, .sequence([word(.identifier), word(.open), separated(argument), word(.close)])),
            (.listContainer, .sequence([word(.bracketOpen), separated(rule(.element)), word(.bracketClose)])),
            (.dictContainer, .sequence([word(.braceOpen), separated(rule(.dictKeyValuePair)), word(.braceClose)])),
            (.dictKeyValuePair, .sequence([rule(.dictKey), word(.colon), rule(.element)])),
            (
                .primitive,
                .choice([
                    word(.quoted), .plus(.word(Set(keyWords.union([.colon, .interpolation]).map(\.rawValue)))),
                ])
            ),
            (.dictKey, .plus(.word(Set(keyWords.map(\.rawValue))))),
        ]
        return Grammar(rules: rules.map(\.1), names: names)
    }()

    /// Returns what is wrong with the syntax of an override; nil when nothing is, or it is nested too deeply to look.
    static func finding(in text: String) -> GrammarDiagnosis.Finding? {
        guard text.utf8.count(where: { "([{".utf8.contains($0) }) <= 200 else { return nil }
        return GrammarDiagnosis.finding(in: tokens(text), of: grammar)
    }

    // MARK: Words

    private static func tokens(_ text: String) -> GrammarTokens {
        let characters = Array(text)
        var tokens = GrammarTokens()
        var index = 0
        var isKey = true
        while index < characters.count {
            let rest = characters[index...]
            guard let (kind, length) = isKey ? keyWord(rest) : valueWord(rest) else {
                // Hydra writes the line, and points at the place below it.
                let prefix = "LexerNoViableAltException: "
                tokens.failure = "\(prefix)\(text)\n\(String(repeating: " ", count: prefix.count + index))^"
                return tokens
            }
            tokens.words.append(GrammarToken(kind: kind.rawValue, text: String(rest.prefix(length))))
            index += length
            if kind == .equal { isKey = false }
        }
        return tokens
    }

    private static func keyWord(_ text: ArraySlice<Character>) -> (Kind, Int)? {
        switch text.first {
        case "=": return (.equal, 1 + text.dropFirst().prefix { $0 == " " || $0 == "\t" }.count)
        case "~": return (.tilde, 1)
        case "+": return (.plus, 1)
        case "@": return (.at, 1)
        case ":": return (.colon, 1)
        case "/": return (.slash, 1)
        default: break
        }
        func isLetter(_ character: Character) -> Bool { character.isASCII && (character.isLetter || character == "_") }
        func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
        func name(_ text: ArraySlice<Character>, allowsDollar: Bool) -> Int {
            guard let first = text.first, isLetter(first) || allowsDollar && first == "$" else { return 0 }
            return text.prefix { isLetter($0) || isDigit($0) || $0 == "-" || allowsDollar && $0 == "$" }.count
        }
        func part(_ text: ArraySlice<Character>) -> Int {
            let length = name(text, allowsDollar: true)
            return length > 0 ? length : GrammarNumber.unsigned(text)
        }
        var dotted = part(text)
        var hasDot = false
        while dotted > 0, text.dropFirst(dotted).first == "." {
            let next = part(text.dropFirst(dotted + 1))
            guard next > 0 else { break }
            dotted += 1 + next
            hasDot = true
        }
        if hasDot { return (.dotPath, dotted) }
        let plain = name(text, allowsDollar: false)
        let special = name(text, allowsDollar: true)
        if special > plain { return (.keySpecial, special) }
        return plain > 0 ? (.identifier, plain) : nil
    }

    private static func valueWord(_ text: ArraySlice<Character>) -> (Kind, Int)? {
        guard let token = OverrideLexer.first(text) else { return nil }
        let kind: Kind =
            switch token.kind {
            case .open: .open
            case .close: .close
            case .comma: .comma
            case .bracketOpen: .bracketOpen
            case .bracketClose: .bracketClose
            case .braceOpen: .braceOpen
            case .braceClose: .braceClose
            case .colon: .colon
            case .equal: .equal
            case .float: .float
            case .integer: .int
            case .bool: .bool
            case .null: .null
            case .other: .unquotedChar
            case .identifier: .identifier
            case .escape: .escape
            case .space: .space
            case .quoted: .quoted
            case .interpolation: .interpolation
            }
        return (kind, token.text.count)
    }
}
