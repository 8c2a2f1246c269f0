/// The evaluation that follows training (group `eval`): the tuned model and its base, on the same rows.
public struct RunEvaluationConfiguration: Sendable, Hashable {
    /// The metrics of the default report.
    public static let defaultMetrics = [
        "exact_match", "jaccard", "rouge1", "rouge2", "rougeL", "rougeLsum", "bleu", "response_length",
        "generation_time",
    ]

    /// Whether there is an evaluation (key `eval.enabled`).
    public var isEnabled: Bool
    /// A file or directory of test rows; nil: the rows that `test_size` held out (key `eval.dataset_path`).
    public var datasetPath: String?
    /// Which files of a directory are read, as a glob (key `eval.dataset_pattern`).
    public var datasetPattern: String
    /// The most rows evaluated, the first ones; nil: all (key `eval.max_samples`).
    public var maximumSamples: Int?
    /// Prompts answered at a time (key `eval.batch_size`).
    public var batchSize: Int
    /// Names of the metrics (key `eval.metrics`).
    public var metrics: [String]
    /// Whether the perplexity of the expected answers is measured too (key `eval.perplexity`).
    public var measuresPerplexity: Bool

    /// Creates a configuration; what is not named has its documented default.
    public init(
        isEnabled: Bool = true,
        datasetPath: String? = nil,
        datasetPattern: String = "*.jsonl",
        maximumSamples: Int? = nil,
        batchSize: Int = 8,
        metrics: [String] = RunEvaluationConfiguration.defaultMetrics,
        measuresPerplexity: Bool = true
    ) {
        self.isEnabled = isEnabled
        self.datasetPath = datasetPath
        self.datasetPattern = datasetPattern
        self.maximumSamples = maximumSamples
        self.batchSize = batchSize
        self.metrics = metrics
        self.measuresPerplexity = measuresPerplexity
    }
}
