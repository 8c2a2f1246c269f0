/// Whose regular expressions a pattern is one of, where they differ.
enum PatternDialect: Sendable, Hashable {
    /// Oniguruma's, which Hugging Face's tokenizers use: `{1,3}+` repeats once more, `[[:alpha:]]` is a class, groups may have
    /// names, and `(?i)` takes the alternatives behind it into a group.
    case oniguruma
    /// Perl's, as Python, Rust and llama.cpp have them: `{1,3}+` is possessive.
    case perl
}

/// A regular expression as it was read.
indirect enum PatternNode: Sendable, Hashable {
    /// How a repetition chooses its count.
    enum Greed: Sendable, Hashable {
        case greedy, lazy, possessive
    }

    case one(ScalarClass)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    case repetition(PatternNode, minimum: Int, maximum: Int, Greed)
    /// The first way it matches, and no other.
    case atomic(PatternNode)
    case lookahead(PatternNode, negative: Bool)
    case lookbehind(PatternNode, negative: Bool)
    /// `\b`: a word begins or ends; negative: neither.
    case boundary(negative: Bool)
    /// `\z`: the end of the text.
    case end
    /// `\A`: the beginning of the text.
    case start
    /// `$`: the end of a line.
    case lineEnd
    /// `^`: the beginning of a line.
    case lineStart

    /// Whether it may match nothing.
    var isOptional: Bool {
        switch self {
        case .one: false
        case .atomic(let node): node.isOptional
        case .sequence(let nodes): nodes.allSatisfy(\.isOptional)
        case .alternatives(let nodes): nodes.contains(where: \.isOptional)
        case .repetition(let node, let minimum, _, _): minimum == 0 || node.isOptional
        case .lookahead, .lookbehind, .boundary, .end, .start, .lineEnd, .lineStart: true
        }
    }

    /// How many characters it matches, if that is always the same.
    var length: Int? {
        switch self {
        case .one: 1
        case .atomic(let node): node.length
        case .sequence(let nodes):
            nodes.reduce(0) { sum, node in sum.flatMap { sum in node.length.map { sum + $0 } } }
        case .alternatives(let nodes): nodes.allSatisfy { $0.length == nodes.first?.length } ? nodes.first?.length : nil
        case .repetition(let node, let minimum, let maximum, _):
            minimum == maximum ? node.length.map { $0 * minimum } : nil
        case .lookahead, .lookbehind, .boundary, .end, .start, .lineEnd, .lineStart: 0
        }
    }
}
