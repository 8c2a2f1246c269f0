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
    /// The group of a number, counted from 1; what it matched last can be referred to.
    case group(PatternNode, number: Int)
    /// What a group matched last, once more: `\1`, `\k<name>`.
    case reference(number: Int, ignoresCase: Bool)
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
        case .atomic(let node), .group(let node, _): node.isOptional
        case .sequence(let nodes): nodes.allSatisfy(\.isOptional)
        case .alternatives(let nodes): nodes.contains(where: \.isOptional)
        case .repetition(let node, let minimum, _, _): minimum == 0 || node.isOptional
        case .reference, .lookahead, .lookbehind, .boundary, .end, .start, .lineEnd, .lineStart: true
        }
    }

    /// How many characters it matches, if that is always the same.
    var length: Int? {
        switch self {
        case .one: 1
        case .reference: nil
        case .atomic(let node), .group(let node, _): node.length
        case .sequence(let nodes):
            nodes.reduce(0) { sum, node in sum.flatMap { sum in node.length.map { sum + $0 } } }
        case .alternatives(let nodes): nodes.allSatisfy { $0.length == nodes.first?.length } ? nodes.first?.length : nil
        case .repetition(let node, let minimum, let maximum, _):
            minimum == maximum ? node.length.map { $0 * minimum } : nil
        case .lookahead, .lookbehind, .boundary, .end, .start, .lineEnd, .lineStart: 0
        }
    }
    /// The same without the groups that nothing refers to.
    func keeping(groups: Set<Int>) -> PatternNode {
        switch self {
        case .group(let node, let number):
            let inner = node.keeping(groups: groups)
            return groups.contains(number) ? .group(inner, number: number) : inner
        case .sequence(let nodes): return .sequence(nodes.map { $0.keeping(groups: groups) })
        case .alternatives(let nodes): return .alternatives(nodes.map { $0.keeping(groups: groups) })
        case .repetition(let node, let minimum, let maximum, let greed):
            return .repetition(node.keeping(groups: groups), minimum: minimum, maximum: maximum, greed)
        case .atomic(let node): return .atomic(node.keeping(groups: groups))
        case .lookahead(let node, let negative): return .lookahead(node.keeping(groups: groups), negative: negative)
        case .lookbehind(let node, let negative): return .lookbehind(node.keeping(groups: groups), negative: negative)
        case .one, .reference, .boundary, .end, .start, .lineEnd, .lineStart: return self
        }
    }
}
