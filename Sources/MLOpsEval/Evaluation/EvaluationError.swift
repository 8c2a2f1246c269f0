public import MLOpsCore

/// An evaluation that cannot be made.
public struct EvaluationError: ReportableError, Hashable {
    /// Kinds of failure, by what the caller can do about them.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// There is nothing to evaluate.
        case noRows
        /// A row has no answer to compare with, or is not of the form expected.
        case unusableRow
        /// No metric has that name.
        case unknownMetric
        /// A generator or scorer returned fewer or more results than were asked for.
        case brokenGenerator
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, where, and what to do next.
    public let message: String
    /// 78 for an unknown metric, 65 for rows, 1 for a generator.
    public var exitStatus: ExitStatus {
        switch code {
        case .noRows, .unusableRow: .invalidData
        case .unknownMetric: .configuration
        case .brokenGenerator: .failure
        }
    }

    /// Creates an error from its parts.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(unknownMetric name: String, known: [String]) {
        let folded = name.lowercased().filter { $0.isLetter || $0.isNumber }
        let near = known.first { $0.lowercased().filter { $0.isLetter || $0.isNumber } == folded }
        self.init(
            .unknownMetric,
            "There is no metric '\(name)'. \(near.map { "Did you mean '\($0)'?" } ?? "Known: \(known.joined(separator: ", ")).")"
        )
    }
}
