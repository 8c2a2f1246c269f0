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
    ///   - encode: makes tokens of a conversation; what it throws is an error of that row.
    /// - Throws: ``DatasetError`` naming the rows that are too long, or that have nothing to learn (also once cut).
    public func tokenized(
        maximumLength: Int = .max, overlength: OverlengthPolicy = .error,
        encode: (Conversation) throws -> TokenizedExample
    ) throws(DatasetError) -> TokenizedDataset {
        var report = report
        var problems = FindingLog()
        var lengths = LengthDistribution()
        var supervised = LengthDistribution()
        var examples: [TokenizedExample] = []
        examples.reserveCapacity(rows.count)
        for row in rows {
            var example: TokenizedExample
            switch row {
            case .tokens(let tokens): example = tokens
            case .conversation(let conversation):
                do {
                    example = try encode(conversation)
                } catch {
                    let text = (error as? any ReportableError)?.message ?? "\(error)"
                    throw DatasetError(.invalidRows, "\(row.origin): The row cannot be tokenised: \(text)")
                }
            }
            if example.ids.count > maximumLength {
                switch overlength {
                case .error:
                    problems.add(
                        DataFinding(
                            .overLong, at: row.origin,
                            "The row has \(example.ids.count) tokens; max_length is \(maximumLength).",
                            fix: "Raise max_length, shorten the row, or set overlength to drop or truncate."))
                    continue
                case .drop:
                    report.droppedRowCount += 1
                    continue
                case .truncate:
                    report.truncatedRowCount += 1
                    example = TokenizedExample(
                        ids: Array(example.ids.prefix(maximumLength)),
                        isSupervised: Array(example.isSupervised.prefix(maximumLength)), origin: example.origin)
                }
            }
            if example.supervisedCount == 0 {
                problems.add(
                    DataFinding(
                        .noSupervisedToken, at: row.origin,
                        example.ids.count == maximumLength
                            ? "No token that is learned lies within max_length (\(maximumLength))."
                            : "No token of the row is learned.",
                        fix: "Raise max_length, shorten the prompt, or remove the row."))
                continue
            }
            lengths.add(example.ids.count)
            supervised.add(example.supervisedCount)
            examples.append(example)
        }
        guard problems.kinds.isEmpty else { throw DatasetError(invalidRows: problems) }
        guard !examples.isEmpty else {
            throw DatasetError(
                .unusable,
                "All \(rows.count) rows have more than \(maximumLength) tokens and were dropped. Raise max_length.")
        }
        report.tokens = lengths
        report.supervisedTokens = supervised
        return TokenizedDataset(examples: examples, report: report)
    }
}
