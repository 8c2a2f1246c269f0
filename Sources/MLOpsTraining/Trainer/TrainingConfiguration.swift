public import MLOpsCore

/// How a model is trained: a value, checked once, when a trainer is made.
public struct TrainingConfiguration: Sendable, Hashable {
    /// Steps, rates and limits.
    public var optimization: OptimizationConfiguration
    /// What is saved, logged and validated, and how often.
    public var recording: RecordingConfiguration
    /// The rules that watch every step.
    public var monitoring: MonitoringConfiguration
    /// Whether rows are visited in a random order that differs by epoch, or in the order given.
    public var shuffle: Bool
    /// The seed of every random choice.
    public var seed: UInt64
    /// Whether TensorBoard event files are written.
    public var writesTensorBoard: Bool

    /// Creates a configuration; what is not named has its documented default.
    public init(
        optimization: OptimizationConfiguration = .init(),
        recording: RecordingConfiguration = .init(),
        monitoring: MonitoringConfiguration = .init(),
        shuffle: Bool = true,
        seed: UInt64 = 42,
        writesTensorBoard: Bool = true
    ) {
        self.optimization = optimization
        self.recording = recording
        self.monitoring = monitoring
        self.shuffle = shuffle
        self.seed = seed
        self.writesTensorBoard = writesTensorBoard
    }

    /// Takes what a run's configuration says about training.
    public init(_ run: RunConfiguration) {
        self.init(
            optimization: run.optimization, recording: run.recording, monitoring: run.monitoring,
            shuffle: run.data.shuffle, seed: run.seed, writesTensorBoard: run.tracking.tensorboard)
    }

    /// Checks the ranges of the values.
    ///
    /// - Throws: ``TrainingError`` naming the key of the first value out of range.
    public func validate() throws(TrainingError) {
        func demand(_ holds: Bool, _ key: String, _ value: Any?, _ range: String) throws(TrainingError) {
            guard holds else {
                throw TrainingError(
                    .invalidConfiguration, "\(key) is \(value.map { "\($0)" } ?? "null"); it must be \(range).")
            }
        }
        let o = optimization
        try demand(o.epochs > 0, "epochs", o.epochs, "at least 1")
        try demand((o.maximumSteps ?? 1) > 0, "max_steps", o.maximumSteps, "at least 1")
        try demand(o.batchSize > 0, "batch_size", o.batchSize, "at least 1")
        try demand(
            o.gradientAccumulationSteps > 0, "gradient_accumulation_steps", o.gradientAccumulationSteps, "at least 1")
        try demand(o.learningRate.isFinite && o.learningRate > 0, "lr", o.learningRate, "a number greater than 0")
        try demand(o.weightDecay.isFinite && o.weightDecay >= 0, "weight_decay", o.weightDecay, "at least 0")
        try demand((o.maximumGradientNorm ?? 1) > 0, "max_grad_norm", o.maximumGradientNorm, "greater than 0")
        switch o.warmup {
        case .steps(let steps): try demand(steps >= 0, "warmup_steps", steps, "at least 0")
        case .ratio(let ratio): try demand((0...1).contains(ratio), "warmup_ratio", ratio, "between 0 and 1")
        }
        try demand((0...1).contains(o.minimumRateRatio), "min_lr_ratio", o.minimumRateRatio, "between 0 and 1")
        if let (_, message) = o.scheduleProblem { throw TrainingError(.invalidConfiguration, message) }
        try demand((o.loraPlusRatio ?? 1) > 0, "loraplus_lr_ratio", o.loraPlusRatio, "greater than 0")
        try demand((o.noiseAlpha ?? 1) > 0, "neftune_noise_alpha", o.noiseAlpha, "greater than 0")
        try demand((0..<1).contains(o.labelSmoothing), "label_smoothing_factor", o.labelSmoothing, "from 0 to below 1")
        try demand((o.earlyStoppingPatience ?? 1) > 0, "early_stopping_patience", o.earlyStoppingPatience, "at least 1")
        try demand((recording.saveSteps ?? 1) > 0, "save_steps", recording.saveSteps, "at least 1")
        try demand((recording.saveTotalLimit ?? 1) > 0, "save_total_limit", recording.saveTotalLimit, "at least 1")
        try demand(recording.loggingSteps > 0, "logging_steps", recording.loggingSteps, "at least 1")
        try demand((recording.evaluationSteps ?? 1) > 0, "eval_steps", recording.evaluationSteps, "at least 1")
    }

    /// Refuses what goes by the loss on held-out rows, for training without any.
    ///
    /// - Throws: ``TrainingError`` naming the key.
    package func validateWithoutHeldOutRows() throws(TrainingError) {
        let keys = [
            (optimization.restoresBest, "load_best_model_at_end"),
            (optimization.endsWithBest, "early_stopping_patience"), (recording.evaluationSteps != nil, "eval_steps"),
        ]
        guard let key = keys.first(where: \.0)?.1 else { return }
        throw TrainingError(
            .invalidConfiguration,
            "\(key) goes by the loss on held-out rows, and there are none. Hold some out with test_size, or leave \(key) out."
        )
    }

    /// The values that decide which numbers come out, by their keys: a run is only continued with the same.
    ///
    /// How often something is saved, logged or watched is not among them.
    package var decisive: JSONObject {
        let o = optimization
        func optional(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }
        var values: JSONObject = [
            "epochs": .integer(Int64(o.epochs)), "max_steps": optional(o.maximumSteps),
            "batch_size": .integer(Int64(o.batchSize)),
            "gradient_accumulation_steps": .integer(Int64(o.gradientAccumulationSteps)),
            "lr": .number(o.learningRate), "lr_scheduler_type": .string(o.scheduler.rawValue),
        ]
        switch o.warmup {
        case .steps(let steps): values["warmup_steps"] = .integer(Int64(steps))
        case .ratio(let ratio): values["warmup_ratio"] = .number(ratio)
        }
        values["weight_decay"] = .number(o.weightDecay)
        values["max_grad_norm"] = o.maximumGradientNorm.map { .number($0) } ?? .null
        values["neftune_noise_alpha"] = o.noiseAlpha.map { .number($0) } ?? .null
        values["early_stopping_patience"] = optional(o.earlyStoppingPatience)
        // Keys that came later are among them when they say something, so that older runs can be continued.
        if o.minimumRateRatio > 0 { values["min_lr_ratio"] = .number(o.minimumRateRatio) }
        let settings = o.scheduleSettings.given
        if !settings.isEmpty { values["lr_scheduler_kwargs"] = .object(settings) }
        if let ratio = o.loraPlusRatio { values["loraplus_lr_ratio"] = .number(ratio) }
        if o.labelSmoothing > 0 { values["label_smoothing_factor"] = .number(o.labelSmoothing) }
        if o.restoresBest { values["load_best_model_at_end"] = true }
        if o.endsWithBest { values["eval_steps"] = optional(recording.evaluationSteps) }
        values["shuffle"] = .bool(shuffle)
        values["seed"] = .integer(Int64(bitPattern: seed))
        return values
    }
}
