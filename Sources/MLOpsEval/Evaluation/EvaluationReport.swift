public import MLOpsCore
public import OrderedCollections

/// How a generator did: a figure for every metric, and what every example was.
public struct EvaluationReport: Sendable, Hashable {
    /// One row, its answer, and what the metrics made of it.
    public struct Example: Sendable, Hashable {
        /// The question.
        public var row: EvaluationRow
        /// The answer.
        public var completion: Completion
        /// The score of every metric of single answers, and `generation_time`.
        public var metrics: OrderedDictionary<String, Double>
        /// How likely the model finds the expected answer; nil when that was not measured.
        public var score: TokenScore?

        /// Creates an example.
        public init(
            row: EvaluationRow, completion: Completion, metrics: OrderedDictionary<String, Double>,
            score: TokenScore? = nil
        ) {
            self.row = row
            self.completion = completion
            self.metrics = metrics
            self.score = score
        }

        /// The score of the metric called `name`; nil when it has none for a single answer.
        public subscript(name: String) -> Double? { metrics[name] }
    }

    /// The figure of every metric, in the order of the report.
    public let metrics: OrderedDictionary<String, Double>
    /// Which way each metric is better.
    public let directions: OrderedDictionary<String, MetricDirection>
    /// The rows with their answers, in order.
    public let examples: [Example]

    /// Creates a report from its parts.
    public init(
        metrics: OrderedDictionary<String, Double>, directions: OrderedDictionary<String, MetricDirection>,
        examples: [Example]
    ) {
        self.metrics = metrics
        self.directions = directions
        self.examples = examples
    }

    /// The figure of the metric called `name`; nil when it was not measured.
    public subscript(name: String) -> Double? { metrics[name] }

    /// How many rows and tokens the figures rest on.
    public var counts: OrderedDictionary<String, Int> {
        var counts: OrderedDictionary<String, Int> = [
            "examples": examples.count,
            "prompt_tokens": examples.reduce(0) { $0 + $1.completion.promptTokenCount },
            "generated_tokens": examples.reduce(0) { $0 + $1.completion.tokenCount },
            "cut_off": examples.count { $0.completion.finishReason == .length },
        ]
        if metrics["perplexity"] != nil {
            counts["scored_tokens"] = examples.reduce(0) { $0 + ($1.score?.tokenCount ?? 0) }
        }
        return counts
    }
}
