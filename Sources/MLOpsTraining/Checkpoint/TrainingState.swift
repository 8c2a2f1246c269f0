public import MLOpsCore

/// What a run must remember to go on exactly, apart from parameters and moments: `trainer_state.json`.
public struct TrainingState: Sendable, Hashable {
    /// Optimizer steps done; the sampler and the schedule are functions of it.
    public var step: Int
    /// Updates the optimizer made; fewer than steps when some were left out.
    public var updates: Int
    /// The best measurement on held-out rows.
    public var bestValidationLoss: Double?
    /// The last measurement on held-out rows.
    public var validationLoss: Double?
    /// The step after which it was made, when the run is to end with the model of then.
    public var bestStep: Int?
    /// Measurements since the best one.
    public var measurementsSinceBest: Int
    /// Whether training is over.
    public var isComplete: Bool
    /// Whether it ended before the planned end because validation did not get better.
    public var stoppedEarly: Bool
    /// The values of the configuration that decide the numbers.
    public var settings: JSONObject
    /// The SHA-256 of the rows as the model sees them, training and held-out.
    public var dataDigest: String
    /// What the frozen part of the model is.
    public var modelIdentity: String

    /// A state before the first step.
    package init(settings: JSONObject, dataDigest: String, modelIdentity: String) {
        step = 0
        updates = 0
        measurementsSinceBest = 0
        isComplete = false
        stoppedEarly = false
        self.settings = settings
        self.dataDigest = dataDigest
        self.modelIdentity = modelIdentity
    }

    /// The version of the file's layout.
    private static let format = 1

    /// The state as a JSON object.
    var json: JSONValue {
        [
            "format": .integer(Int64(Self.format)), "step": .integer(Int64(step)), "updates": .integer(Int64(updates)),
            "sampler": ["steps": .integer(Int64(step)), "seed": settings["seed"] ?? .null],
            "best_eval_loss": bestValidationLoss.map { .number($0) } ?? .null,
            "best_step": bestStep.map { .integer(Int64($0)) } ?? .null,
            "eval_loss": validationLoss.map { .number($0) } ?? .null,
            "evaluations_since_best": .integer(Int64(measurementsSinceBest)), "complete": .bool(isComplete),
            "stopped_early": .bool(stoppedEarly), "settings": .object(settings), "data_digest": .string(dataDigest),
            "model": .string(modelIdentity),
        ]
    }

    /// Reads a state; nil when the object is not one of this layout.
    init?(_ json: JSONValue) {
        guard json["format"]?.int == Self.format, let step = json["step"]?.int, step >= 0,
            let updates = json["updates"]?.int, updates >= 0, let since = json["evaluations_since_best"]?.int,
            let complete = json["complete"]?.bool, let early = json["stopped_early"]?.bool,
            let settings = json["settings"]?.object, let data = json["data_digest"]?.string,
            let model = json["model"]?.string
        else { return nil }
        self.step = step
        self.updates = updates
        bestValidationLoss = json["best_eval_loss"]?.double
        bestStep = json["best_step"]?.int
        validationLoss = json["eval_loss"]?.double
        measurementsSinceBest = since
        isComplete = complete
        stoppedEarly = early
        self.settings = settings
        dataDigest = data
        modelIdentity = model
    }
}
