/// A run directory that could not be made, found or continued.
public struct RunError: ReportableError, Hashable {
    /// Kinds of failure, by what the caller can do about them.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// A run of that name exists already.
        case nameTaken
        /// There is no such run.
        case missing
        /// The path is not a run directory, or lacks what a run must have.
        case notARun
        /// Another process is writing to the run.
        case busy
        /// The run has ended; there is nothing to continue.
        case finished
        /// What the run was made from is not what it is to be continued with.
        case changed
        /// The file system failed; the message is the file's.
        case storage(ExitStatus)
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, where, and what to do next.
    public let message: String

    /// Creates an error from its parts.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Wraps a failure of the file system.
    package init(_ error: FileError) {
        self.init(.storage(error.exitStatus), error.message)
    }

    /// 66 for a missing run, 75 for one that another process writes, 65 for a directory that is none, 78 for a changed configuration, 74 or 77 for the file system.
    public var exitStatus: ExitStatus {
        switch code {
        case .missing: .inputMissing
        case .notARun: .invalidData
        case .nameTaken, .finished: .usage
        // Later, when the other process has ended, the same command goes on with the run.
        case .busy: .interrupted
        case .changed: .configuration
        case .storage(let status): status
        }
    }
}
