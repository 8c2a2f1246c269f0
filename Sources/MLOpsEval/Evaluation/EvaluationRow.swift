public import MLOpsCore

/// One question of an evaluation: what the model sees, and what it should answer.
public struct EvaluationRow: Sendable, Hashable {
    /// What the model continues.
    public var prompt: Prompt
    /// Right answers, at least one.
    public var references: [String]
    /// The whole conversation with its answer, whose likelihood gives the perplexity; nil leaves that out.
    public var conversation: Conversation?
    /// Where the row came from, for messages.
    public var origin: RowOrigin

    /// Creates a row.
    public init(
        prompt: Prompt, references: [String], conversation: Conversation? = nil,
        origin: RowOrigin = RowOrigin(file: "", line: 0)
    ) {
        self.prompt = prompt
        self.references = references
        self.conversation = conversation
        self.origin = origin
    }

    /// Asks for the last assistant turn of `conversation`, given all turns before it.
    ///
    /// - Throws: ``EvaluationError``, `unusableRow` when there is no such turn or nothing before it.
    public init(_ conversation: Conversation) throws(EvaluationError) {
        guard let last = conversation.messages.lastIndex(where: { $0.role == "assistant" }), last > 0 else {
            throw EvaluationError(
                .unusableRow,
                "\(conversation.origin): the row has no assistant turn after a question, so there is nothing to compare an answer with. Add the expected answer, or leave the row out."
            )
        }
        let turns = conversation.messages
        self.init(
            prompt: .messages(Array(turns[..<last])), references: [turns[last].content], conversation: conversation,
            origin: conversation.origin)
    }
}
