internal import Foundation
public import MLOpsCore

/// The learning rate as a function of the step, as transformers' schedules of the same names give it.
///
/// Steps are counted from 0: the first update uses `rate(at: 0)`, which is 0 when there is a warm-up. With w steps of warm-up, n
/// steps in all, progress t = (step − w) / (n − w), and r, the least rate as a share of the peak:
/// ```
/// warm-up                peak · step / w
/// linear                 peak · (r + (1 − r) · (1 − t))
/// cosine                 peak · (r + (1 − r) · ½(1 + cos(2π · cycles · t)))
/// cosine_with_restarts   peak · ½(1 + cos(π · (cycles · t mod 1)))
/// polynomial             end + (peak − end) · (1 − t)^power
/// inverse_sqrt           peak / √((step + scale − w) / scale)
/// warmup_stable_decay    peak, then peak · (r + (1 − r) · falling line of decay_type)
/// constant               peak, from the first step on; constant_with_warmup has a warm-up
/// ```
public struct LearningRateSchedule: Sendable, Hashable {
    /// How the rate moves after the warm-up.
    public var decay: OptimizationConfiguration.Scheduler
    /// The rate after the warm-up.
    public var peak: Double
    /// Steps in which the rate rises from 0.
    public var warmupSteps: Int
    /// Updates of the whole run.
    public var totalSteps: Int
    /// The least rate of a falling schedule, as a share of the peak.
    public var minimumRatio: Double
    /// What the schedule takes besides.
    public var settings: SchedulerSettings

    /// Creates a schedule for a run of `totalSteps` updates.
    public init(
        peak: Double, decay: OptimizationConfiguration.Scheduler = .linear, warmupSteps: Int = 0, totalSteps: Int,
        minimumRatio: Double = 0, settings: SchedulerSettings = SchedulerSettings()
    ) {
        self.decay = decay
        self.peak = peak
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
        self.minimumRatio = minimumRatio
        self.settings = settings
    }

    /// Returns the rate of the update number `step`, counted from 0.
    public func rate(at step: Int) -> Double {
        // Transformers' `constant` is the one schedule without a warm-up.
        peak * (step < warmupSteps && decay != .constant ? rising(step) : settled(step))
    }

    /// The share of the peak in the warm-up.
    private func rising(_ step: Int) -> Double {
        let progress = Double(step) / Double(max(1, warmupSteps))
        switch decay {
        case .cosineWarmupWithMinimum:
            guard let first = settings.warmupShare else { return Double(step + 1) / Double(max(1, warmupSteps)) }
            return first + (1 - first) * Double(step) / Double(max(1, warmupSteps - 1))
        case .warmupStableDecay:
            let share =
                switch settings.warmupShape ?? .linear {
                case .linear: progress
                case .cosine: 0.5 * (1 - cos(.pi * progress))
                case .squareRoot: 1 - (1 - progress).squareRoot()
                }
            return floored(share, minimumRatio)
        default: return progress
        }
    }

    /// The share of the peak after the warm-up.
    private func settled(_ step: Int) -> Double {
        let length = Double(max(1, totalSteps - warmupSteps))
        let progress = Double(step - warmupSteps) / length
        switch decay {
        case .constant, .constantWithWarmup: return 1
        case .linear: return floored(Double(totalSteps - step) / length, minimumRatio)
        case .cosine: return floored(wave(progress), minimumRatio)
        case .cosineWithMinimum: return floored(wave(progress), least)
        case .cosineWarmupWithMinimum: return floored(wave(Double(step - warmupSteps + 1) / length), least)
        case .cosineWithRestarts:
            guard progress < 1 else { return 0 }
            let turn = ((settings.cycles ?? 1) * progress).truncatingRemainder(dividingBy: 1)
            return max(0, 0.5 * (1 + cos(.pi * turn)))
        case .polynomial:
            let end = settings.endRate ?? OptimizationConfiguration.polynomialEnd
            guard step <= totalSteps else { return end / peak }
            return ((peak - end) * pow(1 - progress, settings.power ?? 1) + end) / peak
        case .inverseSquareRoot:
            let scale = Double(settings.timescale ?? (warmupSteps > 0 ? warmupSteps : 10_000))
            return 1 / ((Double(step) + scale - Double(warmupSteps)) / scale).squareRoot()
        case .warmupStableDecay: return stableThenFalling(step)
        }
    }

    private func stableThenFalling(_ step: Int) -> Double {
        let fall = settings.decaySteps ?? 0
        let start = warmupSteps + (settings.stableSteps ?? totalSteps - warmupSteps - fall)
        if step < start { return 1 }
        guard step < start + fall else { return minimumRatio }
        let progress = Double(step - start) / Double(max(1, fall))
        let share =
            switch settings.decayShape ?? .cosine {
            case .linear: 1 - progress
            case .cosine: wave(progress)
            case .squareRoot: 1 - progress.squareRoot()
            }
        return floored(share, minimumRatio)
    }

    /// ½(1 + cos(2π · cycles · progress))
    private func wave(_ progress: Double) -> Double {
        0.5 * (1 + cos(.pi * (settings.cycles ?? 0.5) * 2 * progress))
    }

    /// The least rate of the schedules that name it, as a share of the peak.
    private var least: Double {
        settings.minimumRate.map { $0 / peak } ?? settings.minimumShare ?? minimumRatio
    }

    /// A share that falls from 1 to 0, made to end at `least`.
    private func floored(_ share: Double, _ least: Double) -> Double { max(0, share * (1 - least) + least) }
}
