/// A regular expression as it was read.
indirect enum PatternNode: Sendable, Hashable {
    /// How a repetition chooses its count.
    enum Greed: Sendable, Hashable {
        case greedy, possessive
    }

    case one(ScalarClass)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    case repetition(PatternNode, minimum: Int, maximum: Int, Greed)
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

    /// How many characters it matches, if that is always the same.
    var length: Int? {
        switch self {
        case .one: 1
        case .sequence(let nodes):
            nodes.reduce(0) { sum, node in sum.flatMap { sum in node.length.map { sum + $0 } } }
        case .alternatives(let nodes): nodes.allSatisfy { $0.length == nodes.first?.length } ? nodes.first?.length : nil
        case .repetition(let node, let minimum, let maximum, _):
            minimum == maximum ? node.length.map { $0 * minimum } : nil
        case .lookahead, .lookbehind, .boundary, .end, .start, .lineEnd, .lineStart: 0
        }
    }
}
