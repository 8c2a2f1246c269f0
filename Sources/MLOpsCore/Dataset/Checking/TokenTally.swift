/// The lengths of rows in tokens, and what becomes of those that are too long or have nothing to learn.
struct TokenTally {
    private let maximumLength: Int
    private let overlength: OverlengthPolicy
    private var tokens = LengthDistribution()
    private var supervised = LengthDistribution()
    private var dropped = 0
    private var truncated = 0
    /// The rows that cannot be used.
    private(set) var findings: FindingLog

    init(maximumLength: Int, overlength: OverlengthPolicy, findingLimit: Int = 100) {
        self.maximumLength = maximumLength
        self.overlength = overlength
        findings = FindingLog(limit: findingLimit)
    }

    /// Counts a row, and returns it as it is to be used; nil when it is not.
    mutating func add(_ example: TokenizedExample) -> TokenizedExample? {
        var example = example
        if example.ids.count > maximumLength {
            switch overlength {
            case .error:
                findings.add(
                    DataFinding(
                        .overLong, at: example.origin,
                        "The row has \(example.ids.count) tokens; max_length is \(maximumLength).",
                        fix: "Raise max_length, shorten the row, or set overlength to drop or truncate."))
                return nil
            case .drop:
                dropped += 1
                return nil
            case .truncate:
                truncated += 1
                example.ids.removeLast(example.ids.count - maximumLength)
                example.isSupervised.removeLast(example.isSupervised.count - maximumLength)
            }
        }
        guard example.supervisedCount > 0 else {
            let isCut = example.ids.count == maximumLength
            findings.add(
                DataFinding(
                    .noSupervisedToken, at: example.origin,
                    isCut
                        ? "No token that is learned lies within max_length (\(maximumLength))."
                        : "No token of the row is learned.",
                    fix: isCut ? "Raise max_length, or shorten the prompt." : "Give the row an answer, or remove it."))
            return nil
        }
        tokens.add(example.ids.count)
        supervised.add(example.supervisedCount)
        return example
    }

    /// Notes that a row could not be tokenised.
    mutating func add(_ error: any Error, at origin: RowOrigin) {
        let reason = (error as? any ReportableError)?.message ?? "\(error)"
        findings.add(
            DataFinding(
                .notTokenizable, at: origin, "The row cannot be tokenised: \(reason)",
                fix: "Mend the row, or choose another model."))
    }

    /// Writes what was counted into `report`, but for the findings.
    func complete(_ report: inout DatasetReport) {
        report.tokens = tokens
        report.supervisedTokens = supervised
        report.droppedRowCount += dropped
        report.truncatedRowCount += truncated
    }
}
