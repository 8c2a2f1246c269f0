/// Which tokens of a conversation are learned.
public enum TrainOn: String, Sendable, Hashable, Codable, CaseIterable {
    /// The assistant's answers, each with the token that ends it.
    case completion
    /// Every token.
    case all
}
