internal import Foundation
public import MLOpsCore

/// The learning rate as a function of the step, as transformers' schedules of the same names give it.
///
/// Steps are counted from 0: the first update uses `rate(at: 0)`, which is 0 when there is a warm-up.
/// ```
/// step < warmup:  peak · step / warmup
/// linear:         peak · (r + (1 − r) · (total − step) / (total − warmup))
/// cosine:         peak · (r + (1 − r) · ½(1 + cos(π · (step − warmup) / (total − warmup))))
/// constant:       peak
/// ```
/// r, the least rate as a share of the peak, is transformers' `min_lr_rate` of `cosine_with_min_lr`.
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

    /// Creates a schedule for a run of `totalSteps` updates.
    public init(
        peak: Double, decay: OptimizationConfiguration.Scheduler = .linear, warmupSteps: Int = 0, totalSteps: Int,
        minimumRatio: Double = 0
    ) {
        self.peak = peak
        self.decay = decay
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
        self.minimumRatio = minimumRatio
    }

    /// Returns the rate of the update number `step`, counted from 0.
    public func rate(at step: Int) -> Double {
        if step < warmupSteps { return peak * (Double(step) / Double(max(1, warmupSteps))) }
        let length = Double(max(1, totalSteps - warmupSteps))
        switch decay {
        case .constant: return peak
        case .linear: return peak * falling(Double(totalSteps - step) / length)
        case .cosine: return peak * falling(0.5 * (1 + cos(.pi * Double(step - warmupSteps) / length)))
        }
    }

    /// A share that falls from 1 to 0, made to end at the least one.
    private func falling(_ share: Double) -> Double {
        max(0, share * (1 - minimumRatio) + minimumRatio)
    }
}
