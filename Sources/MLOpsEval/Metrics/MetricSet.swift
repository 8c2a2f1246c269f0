public import MLOpsCore
public import OrderedCollections

/// What an evaluation measures: metrics of single answers and of all answers together, in the order of the report.
public struct MetricSet: Sendable {
    private enum Entry: Sendable {
        case example(any Metric)
        case corpus(any CorpusMetric)

        var name: String {
            switch self {
            case .example(let metric): metric.name
            case .corpus(let metric): metric.name
            }
        }
        var direction: MetricDirection {
            switch self {
            case .example(let metric): metric.direction
            case .corpus(let metric): metric.direction
            }
        }
    }
    private var entries: [Entry]

    /// Measures `metrics`, and `corpusMetrics` after them.
    ///
    /// Of several with one name, the last counts, so that an own metric can take the place of a built-in one.
    public init(_ metrics: [any Metric], corpus corpusMetrics: [any CorpusMetric] = []) {
        self.init(metrics.map(Entry.example) + corpusMetrics.map(Entry.corpus))
    }

    private init(_ entries: [Entry]) {
        self.entries = Array(OrderedDictionary(entries.map { ($0.name, $0) }) { _, last in last }.values)
    }

    /// Measures what `names` name among the built-in metrics.
    ///
    /// - Parameter usesStemmer: whether ROUGE compares stems of words.
    /// - Throws: ``EvaluationError``, `unknownMetric` with the nearest known name.
    public init(named names: some Sequence<String>, usesStemmer: Bool = false) throws(EvaluationError) {
        var entries: [Entry] = []
        for name in names {
            guard let entry = Self.builtIn(usesStemmer: usesStemmer).first(where: { $0.name == name }) else {
                throw EvaluationError(unknownMetric: name, known: Self.builtInNames)
            }
            entries.append(entry)
        }
        self.init(entries)
    }

    /// All built-in metrics of texts, with or without stemming in ROUGE.
    public static func all(usesStemmer: Bool = false) -> MetricSet { MetricSet(builtIn(usesStemmer: usesStemmer)) }

    /// The names of the built-in metrics of texts.
    public static let builtInNames = builtIn(usesStemmer: false).map(\.name)

    private static func builtIn(usesStemmer: Bool) -> [Entry] {
        [
            .example(.exactMatch), .example(.jaccard), .example(Rouge(.runs(1), usesStemmer: usesStemmer)),
            .example(Rouge(.runs(2), usesStemmer: usesStemmer)),
            .example(Rouge(.longestSubsequence, usesStemmer: usesStemmer)),
            .example(Rouge(.sentenceUnion, usesStemmer: usesStemmer)), .corpus(.bleu), .example(.sentenceBLEU),
            .example(.chrF), .corpus(.chrF), .example(.tokenF1), .example(.responseLength),
        ]
    }

    /// The names, in the order of the report.
    public var names: [String] { entries.map(\.name) }

    /// Which way each metric is better.
    public var directions: OrderedDictionary<String, MetricDirection> {
        OrderedDictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.direction) })
    }

    /// Returns the scores of one answer, without those of whole corpora.
    public func scores(of answer: String, expected: [String]) -> OrderedDictionary<String, Double> {
        var scores: OrderedDictionary<String, Double> = [:]
        for case .example(let metric) in entries { scores[metric.name] = metric.score(answer, expected: expected) }
        return scores
    }

    /// Returns each metric's figure over all answers: the mean of the single scores, or the score of the whole.
    ///
    /// - Parameter scores: what ``scores(of:expected:)`` returned for each answer.
    /// - Precondition: there is at least one answer, and references and scores for each.
    public func summary(
        _ answers: [String], expected: [[String]], scores: [OrderedDictionary<String, Double>]
    ) -> OrderedDictionary<String, Double> {
        precondition(answers.count == expected.count && answers.count == scores.count && !answers.isEmpty)
        var summary: OrderedDictionary<String, Double> = [:]
        for entry in entries {
            switch entry {
            case .example(let metric):
                summary[metric.name] = scores.reduce(0) { $0 + ($1[metric.name] ?? .nan) } / Double(scores.count)
            case .corpus(let metric):
                summary[metric.name] = metric.score(answers, expected: expected)
            }
        }
        return summary
    }
}
