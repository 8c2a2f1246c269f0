public import MLOpsCore

/// Why an adapter could not be made, read or written.
public struct AdapterError: ReportableError, Hashable {
    /// What kind of failure it is.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// A value is out of its range, or names a module that does not exist.
        case invalidConfiguration
        /// The file asks for a method this engine does not have.
        case unsupported
        /// A file's content is not an adapter of this model.
        case invalidFile
        /// A file is missing.
        case missingFile
        /// Reading or writing failed.
        case storage(ExitStatus)
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
    public var exitStatus: ExitStatus {
        switch code {
        case .invalidConfiguration, .unsupported: .configuration
        case .invalidFile: .invalidData
        case .missingFile: .inputMissing
        case .storage(let status): status
        }
    }
}
