/// The lengths of rows in tokens, and what becomes of those that are too long or have nothing to learn.
struct TokenTally {
    private let maximumLength: Int
    private let overlength: OverlengthPolicy
    private let special: SpecialIDs
    private var specialCounts = SpecialCounts()
    private var tokens = LengthDistribution()
    private var supervised = LengthDistribution()
    private var dropped = 0
    private var truncated = 0
    /// The rows that cannot be used.
    private(set) var findings: FindingLog

    init(
        maximumLength: Int, overlength: OverlengthPolicy, findingLimit: Int = 100, special: SpecialIDs = SpecialIDs()
    ) {
        self.special = special
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
        count(example)
        tokens.add(example.ids.count)
        supervised.add(example.supervisedCount)
        return example
    }

    /// Counts the tokens that begin and end, and notes what makes a model begin twice or never end.
    private mutating func count(_ example: TokenizedExample) {
        if let beginning = special.beginning {
            specialCounts.beginnings += example.ids.count { $0 == beginning }
            if example.ids.first == beginning {
                specialCounts.rowsWithBeginning += 1
                if example.ids.dropFirst().first == beginning {
                    findings.add(
                        DataFinding(
                            .doubledBOS, at: example.origin, "The row begins with two BOS tokens (\(beginning)).",
                            fix: "Remove one: the text already held what the tokenizer adds."))
                }
            }
        }
        guard !special.ends.isEmpty else { return }
        specialCounts.ends += example.ids.count { special.ends.contains($0) }
        if zip(example.ids, example.isSupervised).contains(where: { $1 && special.ends.contains($0) }) {
            specialCounts.rowsWithEnd += 1
        } else {
            findings.add(
                DataFinding(
                    .noEndOfAnswer, at: example.origin, "No token that ends an answer is learned.",
                    fix: "End the row with the model's EOS or end of turn, labelled, or the model never learns to stop."
                ))
        }
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
        if special != SpecialIDs() { report.specialTokens = specialCounts }
        report.droppedRowCount += dropped
        report.truncatedRowCount += truncated
    }
}
