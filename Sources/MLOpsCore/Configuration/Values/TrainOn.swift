/// Which tokens of a conversation a model is asked to learn.
public enum TrainOn: String, Sendable, Hashable, Codable, CaseIterable {
    /// The assistant's words and the token that ends its turn.
    case completion
    /// Every token but the first.
    case all
}
