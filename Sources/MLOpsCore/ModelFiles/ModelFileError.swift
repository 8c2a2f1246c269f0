/// A model on disk that cannot be used, and why.
public struct ModelFileError: ReportableError, Hashable {
    /// Kinds of defect.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// The path, or a file the model needs, does not exist.
        case missing
        /// A file could not be read.
        case unreadable
        /// A file's content is wrong or does not fit the others.
        case invalid
        /// The model is of a kind, or uses a feature, that is not supported.
        case unsupported
    }

    /// The kind of defect.
    public let code: Code
    /// What is wrong, in which file, and what to do.
    public let message: String
    /// What a command ends with.
    public let exitStatus: ExitStatus

    /// Creates an error from its parts.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
        exitStatus =
            switch code {
            case .missing: .inputMissing
            case .unreadable: .inputOutput
            case .invalid, .unsupported: .invalidData
            }
    }

    /// Passes on an error about one file, with its exit status.
    package init(_ error: some ReportableError) {
        message = error.message
        exitStatus = error.exitStatus
        code =
            switch error.exitStatus {
            case .inputMissing: .missing
            case .invalidData: .invalid
            default: .unreadable
            }
    }
}
