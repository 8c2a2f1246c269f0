internal import Foundation
public import MLOpsCore

/// The learning rate as a function of the step, as transformers' schedules of the same names give it.
///
/// Steps are counted from 0: the first update uses `rate(at: 0)`, which is 0 when there is a warm-up.
/// ```
/// step < warmup:  peak · step / warmup
/// linear:         peak · (total − step) / (total − warmup)
/// cosine:         peak · ½(1 + cos(π · (step − warmup) / (total − warmup)))
/// constant:       peak
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

    /// Creates a schedule for a run of `totalSteps` updates.
    public init(
        peak: Double, decay: OptimizationConfiguration.Scheduler = .linear, warmupSteps: Int = 0, totalSteps: Int
    ) {
        self.peak = peak
        self.decay = decay
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
    }

    /// Returns the rate of the update number `step`, counted from 0.
    public func rate(at step: Int) -> Double {
        if step < warmupSteps { return peak * (Double(step) / Double(max(1, warmupSteps))) }
        let length = Double(max(1, totalSteps - warmupSteps))
        switch decay {
        case .constant: return peak
        case .linear: return peak * max(0, Double(totalSteps - step) / length)
        case .cosine: return peak * max(0, 0.5 * (1 + cos(.pi * Double(step - warmupSteps) / length)))
        }
    }
}
