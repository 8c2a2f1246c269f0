/// A tokenizer that cannot be made from its files, or a text it cannot express.
public struct TokenizerError: ReportableError, Hashable {
    /// Kinds of failure.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// A part of the tokenizer is of a kind this package does not implement.
        case unsupported
        /// The description contradicts itself or lacks something.
        case malformed
        /// The text holds something the vocabulary cannot express.
        case inexpressible
        /// The model has no tokenizer files.
        case missing
    }

    /// The kind of failure.
    public let code: Code
    /// What happened and where.
    public let message: String

    /// Creates an error from its parts.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// 66 when there is no tokenizer, else 65: the data is wrong.
    public var exitStatus: ExitStatus { code == .missing ? .inputMissing : .invalidData }
}
