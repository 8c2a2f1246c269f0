/// A conversation that a model cannot be given.
public struct ConversationError: ReportableError, Hashable {
    /// Kinds of failure, by what the caller can do about them.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// The model has no tokenizer: it knows tokens only.
        case noTokenizer
        /// The model has no chat template, and the conversation is more than a prompt and its completion.
        case noTemplate
        /// What the template writes before an answer is not what it writes when asked for that answer.
        case changedPrefix
    }

    /// The kind of failure.
    public let code: Code
    /// What happened and what to do next.
    public let message: String
    /// 66 when the tokenizer is missing, else 65.
    public var exitStatus: ExitStatus { code == .noTokenizer ? .inputMissing : .invalidData }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
