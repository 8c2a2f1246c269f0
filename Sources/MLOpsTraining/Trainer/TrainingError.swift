public import MLOpsCore

/// Why training could not begin or go on.
public struct TrainingError: ReportableError, Hashable {
    /// Kinds of failure, by what the caller can do about them.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// A value of the configuration is out of its range.
        case invalidConfiguration
        /// Rows cannot be learned from.
        case invalidData
        /// The run to be continued was made with something else.
        case changed
        /// The run to be continued is complete.
        case finished
        /// A checkpoint cannot be used.
        case unusableCheckpoint
        /// What was written does not read back as what is in memory.
        case storageFailed
        /// The finished model is of no use: numbers that are not finite, or an adapter without effect.
        case unusableModel
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, where, and what to do next.
    public let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// 78 for the configuration, 65 for data and for a finished model that is of no use, 64 for a run that is complete, 74 for storage.
    public var exitStatus: ExitStatus {
        switch code {
        case .invalidConfiguration, .changed: .configuration
        case .invalidData, .unusableCheckpoint, .unusableModel: .invalidData
        case .finished: .usage
        case .storageFailed: .inputOutput
        }
    }
}
