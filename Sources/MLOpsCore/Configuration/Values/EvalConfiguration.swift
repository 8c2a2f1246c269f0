/// What `mlops eval` is told: a model, its baseline, the rows, and what to measure.
public struct EvalConfiguration: Sendable, Hashable {
    /// The model measured: a run, an adapter, a checkpoint, a model directory, or a GGUF file (key `model_path`).
    public var modelPath: String
    /// The model an adapter belongs to; nil: what the run or the adapter says (key `model_name`).
    public var modelName: String?
    /// Test rows: a file, or a directory that holds the files (key `dataset_path`).
    public var datasetPath: String
    /// Which files of a directory are read, as a glob (key `dataset_pattern`).
    public var datasetPattern: String
    /// The form of the rows (key `data_format`).
    public var dataFormat: DataFormat
    /// What happens to rows that cannot be used (key `on_invalid`).
    public var onInvalid: InvalidRowPolicy
    /// The directory that holds the reports (key `output_dir`).
    public var outputDirectory: String
    /// The most rows evaluated, the first ones; nil: all (key `max_samples`).
    public var maximumSamples: Int?
    /// Prompts answered at a time (key `batch_size`).
    public var batchSize: Int
    /// Names of the metrics (key `metrics`).
    public var metrics: [String]
    /// Whether the perplexity of the expected answers is measured too (key `perplexity`).
    public var measuresPerplexity: Bool
    /// Whether the baseline is evaluated on the same rows and compared with (key `baseline.enabled`).
    public var comparesWithBaseline: Bool
    /// The baseline: a model, or the `metrics.json` of an earlier evaluation; nil: the model's own base (key `baseline.model_path`).
    public var baselinePath: String?
    /// The number format of the arithmetic (key `precision`).
    public var precision: RunConfiguration.Precision
    /// How answers are generated.
    public var generation: GenerationOptions
    /// What the evaluation must show.
    public var gate: GateConfiguration

    /// Creates a configuration; what is not named has its documented default.
    public init(
        modelPath: String,
        modelName: String? = nil,
        datasetPath: String = "data/eval",
        datasetPattern: String = "*.jsonl",
        dataFormat: DataFormat = .auto,
        onInvalid: InvalidRowPolicy = .error,
        outputDirectory: String = "outputs/evaluations",
        maximumSamples: Int? = nil,
        batchSize: Int = 8,
        metrics: [String] = RunEvaluationConfiguration.defaultMetrics,
        measuresPerplexity: Bool = true,
        comparesWithBaseline: Bool = true,
        baselinePath: String? = nil,
        precision: RunConfiguration.Precision = .f32,
        generation: GenerationOptions = .init(),
        gate: GateConfiguration = .init()
    ) {
        self.modelPath = modelPath
        self.modelName = modelName
        self.datasetPath = datasetPath
        self.datasetPattern = datasetPattern
        self.dataFormat = dataFormat
        self.onInvalid = onInvalid
        self.outputDirectory = outputDirectory
        self.maximumSamples = maximumSamples
        self.batchSize = batchSize
        self.metrics = metrics
        self.measuresPerplexity = measuresPerplexity
        self.comparesWithBaseline = comparesWithBaseline
        self.baselinePath = baselinePath
        self.precision = precision
        self.generation = generation
        self.gate = gate
    }
}
