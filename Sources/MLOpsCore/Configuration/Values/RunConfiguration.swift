/// Everything a training run is told: the model, the data, how to learn, and what to do with the result.
///
/// In YAML the keys are flat (`lora_r: 16`) and grouped (`eval.enabled: true`); here they are typed and nested by
/// the part of the program that reads them. ``ConfigurationSchema`` maps one onto the other, key by key. An embedder
/// needs no YAML: every property has the default that the documentation names.
public struct RunConfiguration: Sendable, Hashable {
    /// How the weights are changed.
    public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
        /// A low-rank adapter beside frozen weights.
        case lora
        /// Every weight of the model.
        case full
    }

    /// Where the weights begin.
    public enum Start: String, Sendable, Hashable, Codable, CaseIterable {
        /// With those of the base model.
        case pretrained
        /// With random ones: of the base model its `config.json` and its tokenizer are taken.
        case random
    }

    /// The number format of the arithmetic.
    public enum Precision: String, Sendable, Hashable, Codable, CaseIterable {
        /// 32-bit floats.
        case f32
        /// Products of bfloat16 numbers, summed in 32 bits.
        case bf16
    }

    /// The base model: a directory, a GGUF file, a run, or a hub name (key `model_name`).
    public var modelName: String
    /// What the model learns from.
    public var data: DataConfiguration
    /// The directory that holds the runs (key `output_dir`).
    public var outputDirectory: String
    /// How the weights are changed (key `method`).
    public var method: Method
    /// Where the weights begin (key `init`).
    public var start: Start
    /// The shape and the start of the adapter.
    public var lora: AdapterConfiguration
    /// Steps, rates and limits of the learning itself.
    public var optimization: OptimizationConfiguration
    /// The number format of the arithmetic (key `precision`).
    public var precision: Precision
    /// The seed of every random choice of the run (key `seed`).
    public var seed: UInt64
    /// What is saved, logged and validated, and how often.
    public var recording: RecordingConfiguration
    /// The evaluation that follows training.
    public var evaluation: RunEvaluationConfiguration
    /// What the evaluation must show for the run to pass.
    public var gate: GateConfiguration
    /// How answers are generated in the evaluation.
    public var generation: GenerationOptions
    /// The rules that watch every step.
    public var monitoring: MonitoringConfiguration
    /// Who is told about the run while it goes on.
    public var tracking: TrackingConfiguration
    /// What the machine costs.
    public var cost: CostConfiguration
    /// Training on more than this machine.
    public var distributed: DistributedConfiguration

    /// Creates a configuration; what is not named has its documented default.
    public init(
        modelName: String,
        data: DataConfiguration = .init(),
        outputDirectory: String = "outputs/runs",
        method: Method = .lora,
        start: Start = .pretrained,
        lora: AdapterConfiguration = .init(),
        optimization: OptimizationConfiguration = .init(),
        precision: Precision = .f32,
        seed: UInt64 = 42,
        recording: RecordingConfiguration = .init(),
        evaluation: RunEvaluationConfiguration = .init(),
        gate: GateConfiguration = .init(),
        generation: GenerationOptions = .init(),
        monitoring: MonitoringConfiguration = .init(),
        tracking: TrackingConfiguration = .init(),
        cost: CostConfiguration = .init(),
        distributed: DistributedConfiguration = .init()
    ) {
        self.modelName = modelName
        self.data = data
        self.outputDirectory = outputDirectory
        self.method = method
        self.start = start
        self.lora = lora
        self.optimization = optimization
        self.precision = precision
        self.seed = seed
        self.recording = recording
        self.evaluation = evaluation
        self.gate = gate
        self.generation = generation
        self.monitoring = monitoring
        self.tracking = tracking
        self.cost = cost
        self.distributed = distributed
    }
}
