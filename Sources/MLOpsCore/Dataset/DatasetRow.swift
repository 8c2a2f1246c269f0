/// One row of a data set, as text or as tokens.
public enum DatasetRow: Sendable, Hashable {
    /// A conversation, to be tokenised with the model's own tokenizer and template.
    case conversation(Conversation)
    /// Tokens that were made elsewhere.
    case tokens(TokenizedExample)

    /// Where the row came from.
    public var origin: RowOrigin {
        switch self {
        case .conversation(let conversation): conversation.origin
        case .tokens(let example): example.origin
        }
    }

    /// The conversation, if the row is text.
    public var conversation: Conversation? {
        guard case .conversation(let conversation) = self else { return nil }
        return conversation
    }
}
