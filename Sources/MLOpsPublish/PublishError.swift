public import MLOpsCore

/// Why a model could not be merged, exported or released.
public struct PublishError: ReportableError, Hashable {
    /// Kinds of failure.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// The adapter does not fit the base model.
        case adapterMismatch
        /// The result cannot be expressed in the format or type asked for.
        case notExpressible
        /// The place to write to holds something that would be mixed up with the result.
        case outputInTheWay
        /// What was asked for is not a thing this can do.
        case usage
        /// The run has no passed gate.
        case notApproved(Verdict?)
        /// A file of the run is missing.
        case missing
        /// A file of the run is not what it should be.
        case damaged
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, where, and what to do next.
    public let message: String

    /// Creates an error from its parts.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// 65 for data, 64 for usage (a place in the way included), 66 for what is missing, 2 for a closed gate, 3 for one that could not
    /// decide.
    public var exitStatus: ExitStatus {
        switch code {
        case .adapterMismatch, .notExpressible, .damaged: .invalidData
        case .outputInTheWay, .usage: .usage
        case .notApproved(.inconclusive): .gateInconclusive
        case .notApproved: .gateFailed
        case .missing: .inputMissing
        }
    }
}
