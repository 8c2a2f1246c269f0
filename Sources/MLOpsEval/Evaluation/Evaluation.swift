public import MLOpsCore
internal import OrderedCollections

/// A test of anything that answers prompts: ask every row, compare every answer.
///
/// ```swift
/// let evaluation = Evaluation(metrics: [.exactMatch, .rouge1])
/// let report = try await evaluation.report(on: dataset.conversations, of: model)
/// print(report["exact_match"] ?? 0)
/// ```
public struct Evaluation: Sendable {
    /// What is measured of the answers.
    public var metrics: MetricSet
    /// How answers are drawn.
    public var options: GenerationOptions
    /// How many prompts the generator is given at a time.
    public var batchSize: Int
    /// Whether to measure how likely the model finds the expected answers (`perplexity`), if it can tell.
    public var measuresPerplexity: Bool
    /// Whether to report the mean seconds an answer took (`generation_time`).
    public var measuresTime: Bool
    private let time: TimeSource

    /// Creates an evaluation.
    ///
    /// - Parameter time: measures a generator that does not say how long it took.
    public init(
        metrics: MetricSet, options: GenerationOptions = GenerationOptions(), batchSize: Int = 8,
        measuresPerplexity: Bool = true, measuresTime: Bool = true, time: TimeSource = .system
    ) {
        precondition(batchSize > 0, "a batch holds at least one prompt, not \(batchSize)")
        self.metrics = metrics
        self.options = options
        self.batchSize = batchSize
        self.measuresPerplexity = measuresPerplexity
        self.measuresTime = measuresTime
        self.time = time
    }

    /// Creates an evaluation with metrics of single answers, built in or your own, and BLEU of all answers.
    public init(
        metrics: [any Metric], corpusMetrics: [any CorpusMetric] = [.bleu],
        options: GenerationOptions = GenerationOptions(), batchSize: Int = 8
    ) {
        self.init(metrics: MetricSet(metrics, corpus: corpusMetrics), options: options, batchSize: batchSize)
    }

    /// Asks `generator` for the last assistant turn of every conversation and scores the answers.
    ///
    /// - Parameter progress: called after every batch with the answers so far and the number of rows.
    /// - Throws: ``EvaluationError`` when a row or the generator's results cannot be used, `CancellationError` between
    ///   batches, and what the generator throws.
    public func report(
        on conversations: [Conversation], of generator: some TextGenerating,
        progress: (_ answered: Int, _ count: Int) -> Void = { _, _ in }
    ) async throws -> EvaluationReport {
        var rows: [EvaluationRow] = []
        for conversation in conversations { rows.append(try EvaluationRow(conversation)) }
        return try await report(on: rows, of: generator, progress: progress)
    }

    /// Asks `generator` every row and scores the answers.
    ///
    /// - Parameter progress: called after every batch with the answers so far and the number of rows.
    /// - Throws: ``EvaluationError`` when there are no rows or the generator's results cannot be used,
    ///   `CancellationError` between batches, and what the generator throws.
    public func report(
        on rows: [EvaluationRow], of generator: some TextGenerating,
        progress: (_ answered: Int, _ count: Int) -> Void = { _, _ in }
    ) async throws -> EvaluationReport {
        guard !rows.isEmpty else {
            throw EvaluationError(.noRows, "There are no rows to evaluate on. Name a data set with at least one row.")
        }
        if let row = rows.first(where: \.references.isEmpty) {
            throw EvaluationError(.unusableRow, "\(row.origin): the row has no reference to compare an answer with.")
        }
        let scorer = measuresPerplexity ? generator as? any TokenScoring : nil
        var examples: [EvaluationReport.Example] = []
        examples.reserveCapacity(rows.count)
        for start in stride(from: 0, to: rows.count, by: batchSize) {
            try Task.checkCancellation()
            let batch = Array(rows[start..<min(start + batchSize, rows.count)])
            let completions = try await answers(to: batch, from: start, of: generator)
            var scores: [TokenScore?]?
            if let scorer { scores = try await tokenScores(of: batch, by: scorer) }
            for (index, (row, completion)) in zip(batch, completions).enumerated() {
                var values = metrics.scores(of: completion.text, expected: row.references)
                if measuresTime { values[Self.time] = completion.seconds }
                examples.append(.init(row: row, completion: completion, metrics: values, score: scores?[index]))
            }
            progress(examples.count, rows.count)
        }
        return report(of: examples)
    }

    /// Asks for the answers to `batch`, whose first row is number `first` of all.
    private func answers(
        to batch: [EvaluationRow], from first: Int, of generator: some TextGenerating
    ) async throws -> [Completion] {
        let start = time.seconds()
        // Drawn answers of different batches must not repeat each other's draws.
        var options = options
        options.seed &+= UInt64(first)
        var completions = try await generator.completions(of: batch.map(\.prompt), options: options)
        let seconds = time.seconds() - start
        guard completions.count == batch.count else {
            throw EvaluationError(
                .brokenGenerator,
                "The generator returned \(completions.count) answers to \(batch.count) prompts. It must return one for each, in order."
            )
        }
        if completions.allSatisfy({ $0.seconds == 0 }) {
            for index in completions.indices { completions[index].seconds = seconds / Double(batch.count) }
        }
        return completions
    }

    /// The score of each row's conversation; nil for a row that has none.
    private func tokenScores(of batch: [EvaluationRow], by scorer: any TokenScoring) async throws -> [TokenScore?] {
        let scored = batch.compactMap { row in row.conversation.map { lastTurn(of: $0) } }
        let scores = try await scorer.scores(of: scored)
        guard scores.count == scored.count else {
            throw EvaluationError(
                .brokenGenerator,
                "The model returned \(scores.count) scores of \(scored.count) conversations. It must return one for each, in order."
            )
        }
        var remaining = scores.makeIterator()
        return batch.map { row in row.conversation == nil ? nil : remaining.next() }
    }

    /// The conversation up to the answer asked for; turns after it are none of this row's business.
    private func lastTurn(of conversation: Conversation) -> Conversation {
        guard let last = conversation.messages.lastIndex(where: { $0.role == "assistant" }) else { return conversation }
        return Conversation(
            messages: Array(conversation.messages[...last]), kind: conversation.kind, origin: conversation.origin)
    }

    private func report(of examples: [EvaluationReport.Example]) -> EvaluationReport {
        var summary = metrics.summary(
            examples.map(\.completion.text), expected: examples.map(\.row.references), scores: examples.map(\.metrics))
        var directions = metrics.directions
        if measuresTime {
            summary[Self.time] = examples.reduce(0) { $0 + $1.completion.seconds } / Double(examples.count)
            directions[Self.time] = .lowerIsBetter
        }
        if let perplexity = Self.perplexity(of: examples.compactMap(\.score)) {
            summary[Self.perplexity] = perplexity
            directions[Self.perplexity] = .lowerIsBetter
        }
        return EvaluationReport(metrics: summary, directions: directions, examples: examples)
    }

    /// The key of the mean seconds an answer took.
    static let time = "generation_time"
    /// The key of the perplexity.
    static let perplexity = "perplexity"
}
