/// What a schedule of the learning rate takes beyond peak, warm-up and length (group `lr_scheduler_kwargs`), by transformers'
/// names; nil: the schedule's default.
public struct SchedulerSettings: Sendable, Hashable {
    /// The line that a warm-up or a decay follows.
    public enum Shape: String, Sendable, Hashable, Codable, CaseIterable {
        /// A straight line.
        case linear
        /// Half a cosine.
        case cosine
        /// 1 − √progress, or its mirror image.
        case squareRoot = "1-sqrt"
    }

    /// Waves of a cosine; its restarts (key `num_cycles`).
    public var cycles: Double?
    /// The exponent of a polynomial (key `power`).
    public var power: Double?
    /// The rate a polynomial ends with (key `lr_end`).
    public var endRate: Double?
    /// Steps in which an inverse square root falls by its first part (key `timescale`).
    public var timescale: Int?
    /// The least rate (key `min_lr`).
    public var minimumRate: Double?
    /// The least rate as a share of the peak (key `min_lr_rate`).
    public var minimumShare: Double?
    /// The rate a warm-up begins with, as a share of the peak (key `warmup_lr_rate`).
    public var warmupShare: Double?
    /// Steps at the peak (key `num_stable_steps`).
    public var stableSteps: Int?
    /// Steps in which the rate falls (key `num_decay_steps`).
    public var decaySteps: Int?
    /// How the rate rises (key `warmup_type`).
    public var warmupShape: Shape?
    /// How it falls (key `decay_type`).
    public var decayShape: Shape?

    /// Creates settings that are all left to the schedule.
    public init() {}

    /// What is set, by its key.
    package var given: JSONObject {
        var values: JSONObject = [:]
        values["num_cycles"] = cycles.map { .number($0) }
        values["power"] = power.map { .number($0) }
        values["lr_end"] = endRate.map { .number($0) }
        values["timescale"] = timescale.map { .integer(Int64($0)) }
        values["min_lr"] = minimumRate.map { .number($0) }
        values["min_lr_rate"] = minimumShare.map { .number($0) }
        values["warmup_lr_rate"] = warmupShare.map { .number($0) }
        values["num_stable_steps"] = stableSteps.map { .integer(Int64($0)) }
        values["num_decay_steps"] = decaySteps.map { .integer(Int64($0)) }
        values["warmup_type"] = warmupShape.map { .string($0.rawValue) }
        values["decay_type"] = decayShape.map { .string($0.rawValue) }
        return values
    }
}

extension OptimizationConfiguration.Scheduler {
    /// The keys of ``SchedulerSettings`` that mean something to this schedule.
    var settings: Set<String> {
        switch self {
        case .linear, .constant, .constantWithWarmup: []
        case .cosine, .cosineWithRestarts: ["num_cycles"]
        case .cosineWithMinimum: ["num_cycles", "min_lr", "min_lr_rate"]
        case .cosineWarmupWithMinimum: ["num_cycles", "min_lr", "min_lr_rate", "warmup_lr_rate"]
        case .polynomial: ["power", "lr_end"]
        case .inverseSquareRoot: ["timescale"]
        case .warmupStableDecay:
            ["num_cycles", "num_stable_steps", "num_decay_steps", "warmup_type", "decay_type"]
        }
    }

    /// Whether `min_lr_ratio` says with which share of the peak it ends.
    var hasMinimumRatio: Bool {
        switch self {
        case .linear, .cosine, .cosineWithMinimum, .cosineWarmupWithMinimum, .warmupStableDecay: true
        case .constant, .constantWithWarmup, .cosineWithRestarts, .polynomial, .inverseSquareRoot: false
        }
    }
}

extension OptimizationConfiguration {
    /// What is wrong with the schedule's settings as a whole, and the key it is about; nil: nothing.
    package var scheduleProblem: (key: String, message: String)? {
        let (name, given) = (scheduler.rawValue, scheduleSettings.given)
        func problem(_ key: String, _ message: String) -> (key: String, message: String) {
            ("lr_scheduler_kwargs.\(key)", "lr_scheduler_kwargs.\(key) \(message)")
        }
        if let key = given.keys.first(where: { !scheduler.settings.contains($0) }) {
            let known = scheduler.settings.sorted().joined(separator: ", ")
            return problem(
                key,
                "means nothing to lr_scheduler_type \(name), which takes \(known.isEmpty ? "none" : known). Leave it null."
            )
        }
        if minimumRateRatio > 0, !scheduler.hasMinimumRatio {
            let reason = scheduler == .polynomial ? "ends with lr_scheduler_kwargs.lr_end" : "has no least rate"
            return (
                "min_lr_ratio",
                "min_lr_ratio is \(minimumRateRatio); it must be 0 with lr_scheduler_type \(name), which \(reason)."
            )
        }
        switch scheduler {
        case .polynomial:
            let end = scheduleSettings.endRate ?? Self.polynomialEnd
            if end >= learningRate {
                return problem("lr_end", "is \(end); it must be less than lr, which is \(learningRate).")
            }
        case .cosineWithMinimum, .cosineWarmupWithMinimum:
            let floors = [
                given["min_lr"], given["min_lr_rate"], minimumRateRatio > 0 ? .number(minimumRateRatio) : nil,
            ]
            guard floors.count(where: { $0 != nil }) == 1 else {
                return problem(
                    "min_lr_rate",
                    "or min_lr says where lr_scheduler_type \(name) ends (or min_lr_ratio does): set exactly one of the three."
                )
            }
            if let least = scheduleSettings.minimumRate, least > learningRate {
                return problem("min_lr", "is \(least); it must be at most lr, which is \(learningRate).")
            }
        case .warmupStableDecay where scheduleSettings.decaySteps == nil:
            return problem("num_decay_steps", "is null; lr_scheduler_type \(name) needs a number of steps.")
        default: break
        }
        return nil
    }

    /// What a polynomial ends with unless it is said.
    package static let polynomialEnd = 1e-7
}
