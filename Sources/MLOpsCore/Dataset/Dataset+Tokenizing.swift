/// A data set as a model sees it.
public struct TokenizedDataset: Sendable {
    /// The rows, in the order of the data set.
    public let examples: [TokenizedExample]
    /// The report of the data set, with the lengths in tokens and what became of over-long rows.
    public let report: DatasetReport
}

extension Dataset {
    /// Returns the rows as tokens.
    ///
    /// Rows that are tokens already stay as they are.
    ///
    /// - Parameters:
    ///   - maximumLength: the most tokens a row may have.
    ///   - overlength: what becomes of rows with more.
    ///   - onInvalid: what becomes of the data set when rows cannot be tokenised or have nothing to learn.
    ///   - special: the tokens that begin a text and end an answer, to be counted.
    ///   - encode: makes tokens of a conversation; what it throws is an error of that row.
    /// - Throws: ``DatasetError`` naming the rows that are too long, or that have nothing to learn (also once cut).
    public func tokenized(
        maximumLength: Int = .max, overlength: OverlengthPolicy = .error, onInvalid: InvalidRowPolicy = .error,
        special: SpecialIDs = SpecialIDs(), encode: (Conversation) throws -> TokenizedExample
    ) throws(DatasetError) -> TokenizedDataset {
        var tally = TokenTally(maximumLength: maximumLength, overlength: overlength, special: special)
        var examples: [TokenizedExample] = []
        examples.reserveCapacity(rows.count)
        for row in rows {
            do {
                if let example = tally.add(try row.tokenized(encode)) { examples.append(example) }
            } catch {
                tally.add(error, at: row.origin)
            }
        }
        guard
            tally.findings.kinds.allSatisfy({ $0.severity == .warning || (onInvalid == .skip && $0.isSkippable) })
        else {
            throw DatasetError(invalidRows: tally.findings, onInvalid: onInvalid)
        }
        let skipped = tally.findings.count(of: DataFinding.Severity.error)
        guard !examples.isEmpty || rows.isEmpty else {
            throw DatasetError(
                .unusable,
                skipped == 0
                    ? "All \(rows.count) rows have more than \(maximumLength) tokens and were dropped. Raise max_length."
                    : "None of the \(rows.count) rows can be used: \(skipped) were skipped (on_invalid), "
                        + "\(rows.count - skipped) were dropped (overlength). `mlops data check --model` says why.",
                findings: tally.findings.listed)
        }
        var report = report
        tally.complete(&report)
        report.leaveOut(tally.findings)
        return TokenizedDataset(examples: examples, report: report)
    }
}

extension DatasetRow {
    /// Returns the row as tokens, made by `encode` unless it is tokens already.
    package func tokenized(_ encode: (Conversation) throws -> TokenizedExample) throws -> TokenizedExample {
        switch self {
        case .tokens(let example): return example
        case .conversation(let conversation):
            var example = try encode(conversation)
            example.origin = conversation.origin
            return example
        }
    }
}
