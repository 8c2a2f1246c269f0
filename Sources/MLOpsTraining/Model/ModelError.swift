public import MLOpsCore

/// Why a model could not be loaded or used.
public struct ModelError: ReportableError, Hashable {
    /// What kind of failure it is.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// The model uses something this engine does not have.
        case unsupported
        /// Token ids or rows are not ones this model can take.
        case invalidInput
        /// What the model computes is not a finite number.
        case notFinite
        /// The model has no tokenizer or template, and the work needs one.
        case noText
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened, where, and what to do next.
    public let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What a command that cannot go on because of this error exits with.
    public var exitStatus: ExitStatus { .invalidData }
}
