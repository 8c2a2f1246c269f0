/// Steps, rates and limits of the learning itself.
public struct OptimizationConfiguration: Sendable, Hashable {
    /// How the learning rate moves after the warm-up; the raw values are transformers' names.
    public enum Scheduler: String, Sendable, Hashable, Codable, CaseIterable {
        /// Falls in a straight line, at the last step to the least rate.
        case linear
        /// Falls along half a cosine, at the last step to the least rate.
        case cosine
        /// Stays from the first step on: as in transformers, a warm-up means nothing to it.
        case constant
        /// Stays after the warm-up.
        case constantWithWarmup = "constant_with_warmup"
        /// Falls along half a cosine several times.
        case cosineWithRestarts = "cosine_with_restarts"
        /// Falls along half a cosine to a least rate.
        case cosineWithMinimum = "cosine_with_min_lr"
        /// The same, with a warm-up that begins above zero.
        case cosineWarmupWithMinimum = "cosine_warmup_with_min_lr"
        /// Falls with a power of what is left.
        case polynomial
        /// Falls with one over the square root of the step.
        case inverseSquareRoot = "inverse_sqrt"
        /// Stays for some steps, then falls.
        case warmupStableDecay = "warmup_stable_decay"
    }

    /// How long the learning rate rises from zero.
    ///
    /// In YAML these are two keys, `warmup_ratio` and `warmup_steps`; setting both to more than zero in one file is an error.
    public enum Warmup: Sendable, Hashable {
        /// For this many optimizer steps.
        case steps(Int)
        /// For this share of all optimizer steps, in 0...1, rounded up.
        case ratio(Double)

        /// The number of warm-up steps of a run of `totalSteps` optimizer steps.
        public func steps(of totalSteps: Int) -> Int {
            switch self {
            case .steps(let steps): steps
            case .ratio(let ratio): min(totalSteps, Int(saturating: (ratio * Double(totalSteps)).rounded(.up)))
            }
        }
    }

    /// Passes over the training rows; ``maximumSteps`` goes before it (key `epochs`).
    public var epochs: Int
    /// Optimizer steps after which the run ends, whatever `epochs` says; nil: `epochs` decides (key `max_steps`).
    public var maximumSteps: Int?
    /// Rows of a micro-batch (key `batch_size`).
    public var batchSize: Int
    /// Micro-batches of an optimizer step; their losses are weighted by tokens (key `gradient_accumulation_steps`).
    public var gradientAccumulationSteps: Int
    /// The learning rate after the warm-up (key `lr`).
    public var learningRate: Double
    /// How the learning rate moves after the warm-up (key `lr_scheduler_type`).
    public var scheduler: Scheduler
    /// What that schedule takes besides (group `lr_scheduler_kwargs`).
    public var scheduleSettings: SchedulerSettings
    /// The least rate of a falling schedule, as a share of the learning rate, in 0...1 (key `min_lr_ratio`).
    public var minimumRateRatio: Double
    /// LoRA+: how many times the learning rate the matrices B and the magnitudes of an adapter get; nil: once, like A (key
    /// `loraplus_lr_ratio`).
    public var loraPlusRatio: Double?
    /// How long the learning rate rises from zero (keys `warmup_ratio`, `warmup_steps`).
    public var warmup: Warmup
    /// AdamW's decoupled weight decay (key `weight_decay`).
    public var weightDecay: Double
    /// The norm that gradients are scaled down to; nil: they are left alone (key `max_grad_norm`).
    public var maximumGradientNorm: Double?
    /// Whether activations are computed again in the backward pass instead of kept (key `gradient_checkpointing`).
    public var gradientCheckpointing: Bool
    /// Noise added to embeddings in training; nil: none (key `neftune_noise_alpha`).
    public var noiseAlpha: Double?
    /// ε of label smoothing, in 0..<1: how much of each token's target is spread over the whole vocabulary (key
    /// `label_smoothing_factor`).
    public var labelSmoothing: Double
    /// Validations without a better loss after which the run ends; nil: never (key `early_stopping_patience`).
    public var earlyStoppingPatience: Int?

    /// Whether the run's model is the one with the best loss on the held-out rows, not the last; a patience asks for it too (key
    /// `load_best_model_at_end`).
    public var restoresBest: Bool

    /// Creates a configuration; what is not named has its documented default.
    public init(
        epochs: Int = 3,
        maximumSteps: Int? = nil,
        batchSize: Int = 4,
        gradientAccumulationSteps: Int = 1,
        learningRate: Double = 2e-4,
        scheduler: Scheduler = .linear,
        scheduleSettings: SchedulerSettings = SchedulerSettings(),
        minimumRateRatio: Double = 0,
        loraPlusRatio: Double? = nil,
        warmup: Warmup = .ratio(0),
        weightDecay: Double = 0,
        maximumGradientNorm: Double? = 1,
        gradientCheckpointing: Bool = false,
        noiseAlpha: Double? = nil,
        labelSmoothing: Double = 0,
        earlyStoppingPatience: Int? = nil,
        restoresBest: Bool = false
    ) {
        self.epochs = epochs
        self.maximumSteps = maximumSteps
        self.batchSize = batchSize
        self.gradientAccumulationSteps = gradientAccumulationSteps
        self.learningRate = learningRate
        self.scheduler = scheduler
        self.scheduleSettings = scheduleSettings
        self.minimumRateRatio = minimumRateRatio
        self.loraPlusRatio = loraPlusRatio
        self.warmup = warmup
        self.weightDecay = weightDecay
        self.maximumGradientNorm = maximumGradientNorm
        self.gradientCheckpointing = gradientCheckpointing
        self.noiseAlpha = noiseAlpha
        self.labelSmoothing = labelSmoothing
        self.earlyStoppingPatience = earlyStoppingPatience
        self.restoresBest = restoresBest
    }
}
