/// One rule of a grammar, or a piece of one, as a grammar for ANTLR writes it.
indirect enum GrammarForm: Sendable {
    /// One of several kinds of words; in a grammar a single one, or a set in parentheses.
    case word(Set<Int>)
    /// Another rule, by its index.
    case rule(Int)
    /// One after another; the empty list is nothing.
    case sequence([GrammarForm])
    /// One of several.
    case choice([GrammarForm])
    /// `(…)?`
    case optional(GrammarForm)
    /// `(…)*`
    case star(GrammarForm)
    /// `(…)+`
    case plus(GrammarForm)

    /// A single kind of word.
    static func token(_ kind: Int) -> GrammarForm { .word([kind]) }
}

/// A word of a text, of one of the grammar's kinds.
struct GrammarToken: Sendable, Hashable {
    /// The kind of the end of a text.
    static let end = -1

    let kind: Int
    let text: String
}

/// The words of a text, as far as it consists of words.
struct GrammarTokens: Sendable {
    var words: [GrammarToken] = []
    /// What is wrong with what follows the words; nil: they are all.
    var failure: String?
}

/// A grammar: rules, and the names that messages have for kinds of words.
struct Grammar: Sendable {
    /// The rules; the first is the whole.
    let rules: [GrammarForm]
    /// The names of the kinds, from 1.
    let names: [String]

    func name(_ kind: Int) -> String {
        if kind == GrammarToken.end { return "<EOF>" }
        return names.indices.contains(kind - 1) ? names[kind - 1] : "<UNKNOWN>"
    }
}
