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
    /// `\z`: the end of the text.
    case end
    /// `\A`: the beginning of the text.
    case start
    /// `$`: the end of a line.
    case lineEnd
    /// `^`: the beginning of a line.
    case lineStart
}
