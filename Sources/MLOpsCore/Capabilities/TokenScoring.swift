/// Anything that can say how likely it finds given answers, which is what perplexity needs.
public protocol TokenScoring: Sendable {
    /// Returns the score of each conversation's learned tokens (the assistant's turns), in order.
    ///
    /// - Throws: whatever the model's own work throws.
    func scores(of conversations: [Conversation]) async throws -> [TokenScore]
}

/// How likely a model finds a text.
public struct TokenScore: Sendable, Hashable {
    /// The sum of −ln p over the scored tokens.
    public var negativeLogLikelihood: Double
    /// How many tokens were scored.
    public var tokenCount: Int

    /// Creates a score.
    public init(negativeLogLikelihood: Double, tokenCount: Int) {
        self.negativeLogLikelihood = negativeLogLikelihood
        self.tokenCount = tokenCount
    }
}
