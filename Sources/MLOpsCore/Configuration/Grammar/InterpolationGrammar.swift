/// OmegaConf's grammar of interpolations, for the words of its syntax errors; ``InterpolationParser`` reads what is right.
enum InterpolationGrammar {
    /// The kinds of words, numbered as in OmegaConf, since messages list them in that order.
    enum Kind: Int {
        case anyText = 1
        case escapedOpen, topEscape, open, braceOpen, braceClose, singleQuote, doubleQuote, comma, bracketOpen
        case bracketClose, colon, float, int, bool, null, unquotedChar, identifier, escape, space, close, dot, key,
            quoteClose
        case quotedEscape
    }

    private static let names = [
        "ANY_STR", "ESC_INTER", "TOP_ESC", "INTER_OPEN", "BRACE_OPEN", "BRACE_CLOSE", "QUOTE_OPEN_SINGLE",
        "QUOTE_OPEN_DOUBLE", "COMMA", "BRACKET_OPEN", "BRACKET_CLOSE", "COLON", "FLOAT", "INT", "BOOL", "NULL",
        "UNQUOTED_CHAR", "ID", "ESC", "WS", "INTER_CLOSE", "'.'", "INTER_KEY", "MATCHING_QUOTE_CLOSE", "QUOTED_ESC",
    ]

    private enum Rule: Int {
        case configValue, singleElement, text, element, listContainer, dictContainer, dictKeyValuePair, sequence
        case interpolation, interpolationNode, interpolationResolver, configKey, resolverName, quotedValue, primitive
        case dictKey
    }

    private static let grammar: Grammar = {
        func word(_ kind: Kind) -> GrammarForm { .token(kind.rawValue) }
        func words(_ kinds: [Kind]) -> GrammarForm { .word(Set(kinds.map(\.rawValue))) }
        func rule(_ rule: Rule) -> GrammarForm { .rule(rule.rawValue) }
        let end = GrammarForm.token(GrammarToken.end)
        let more: GrammarForm = .sequence([word(.comma), .optional(rule(.element))])
        let bracketed: GrammarForm = .sequence([word(.bracketOpen), rule(.configKey), word(.bracketClose)])
        let namePart: GrammarForm = .choice([rule(.interpolation), word(.identifier)])
        let keyWords: [Kind] = [.identifier, .null, .int, .float, .bool, .unquotedChar, .escape, .space]
        let pair = rule(.dictKeyValuePair)
        let rules: [(Rule, GrammarForm)] = [
            (.configValue, .sequence([rule(.text), end])),
            (.singleElement, .sequence([rule(.element), end])),
            (
                .text,
                .plus(
                    .choice([
                        rule(.interpolation), word(.anyText), word(.escape), word(.escapedOpen), word(.topEscape),
                        word(.quotedEscape),
                    ]))
            ),
            (.element, .choice([rule(.primitive), rule(.quotedValue), rule(.listContainer), rule(.dictContainer)])),
            (.listContainer, .sequence([word(.bracketOpen), .optional(rule(.sequence)), word(.bracketClose)])),
            (
                .dictContainer,
                .sequence([
                    word(.braceOpen), .optional(.sequence([pair, .star(.sequence([word(.comma), pair]))])),
                    word(.braceClose),
                ])
            ),
            (.dictKeyValuePair, .sequence([rule(.dictKey), word(.colon), rule(.element)])),
            (.sequence, .choice([.sequence([rule(.element), .star(more)]), .plus(more)])),
            (.interpolation, .choice([rule(.interpolationNode), rule(.interpolationResolver)])),
            (
                .interpolationNode,
                .sequence([
                    word(.open), .star(word(.dot)), .choice([rule(.configKey), bracketed]),
                    .star(.choice([.sequence([word(.dot), rule(.configKey)]), bracketed])), word(.close),
                ])
            ),
            (
                .interpolationResolver,
                .sequence([
                    word(.open), rule(.resolverName), word(.colon), .optional(rule(.sequence)), word(.braceClose),
                ])
            ),
            (.configKey, .choice([rule(.interpolation), word(.identifier), word(.key)])),
            (.resolverName, .sequence([namePart, .star(.sequence([word(.dot), namePart]))])),
            (
                .quotedValue,
                .sequence([words([.singleQuote, .doubleQuote]), .optional(rule(.text)), word(.quoteClose)])
            ),
            (.primitive, .plus(.choice((keyWords + [.colon]).map(word) + [rule(.interpolation)]))),
            (.dictKey, .plus(words(keyWords))),
        ]
        return Grammar(rules: rules.map(\.1), names: names)
    }()

    /// Returns what OmegaConf says of a text that is no template; nil when it is one, or is nested too deeply to look.
    ///
    /// - Parameter isElement: whether the text is a single value, as `oc.decode` reads it.
    static func message(for text: String, isElement: Bool = false) -> String? {
        guard text.utf8.count(where: { "[{".utf8.contains($0) }) <= 200, text.utf8.count <= 1 << 16 else { return nil }
        var lexer = InterpolationLexer(text, isElement: isElement)
        let rule: Rule = isElement ? .singleElement : .configValue
        return GrammarDiagnosis.finding(in: lexer.tokens(), of: grammar, rule: rule.rawValue)?.message
    }
}
