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
        var tally = TokenTally(maximumLength: maximumLength, overlength: overlength)
        var examples: [TokenizedExample] = []
        examples.reserveCapacity(rows.count)
        for row in rows {
            do {
                if let example = tally.add(try row.tokenized(encode)) { examples.append(example) }
            } catch {
                tally.add(error, at: row.origin)
            }
        }
        guard tally.findings.kinds.isEmpty else { throw DatasetError(invalidRows: tally.findings) }
        guard !examples.isEmpty || rows.isEmpty else {
            throw DatasetError(
                .unusable,
                "All \(rows.count) rows have more than \(maximumLength) tokens and were dropped. Raise max_length.")
        }
        var report = report
        tally.complete(&report)
        return TokenizedDataset(examples: examples, report: report)
    }
}

extension DatasetRow {
    /// Returns the row as tokens, made by `encode` unless it is tokens already.
    func tokenized(_ encode: (Conversation) throws -> TokenizedExample) throws -> TokenizedExample {
        switch self {
        case .tokens(let example): return example
        case .conversation(let conversation):
            var example = try encode(conversation)
            example.origin = conversation.origin
            return example
        }
    }
}
