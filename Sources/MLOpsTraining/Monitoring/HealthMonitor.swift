internal import Foundation
public import MLOpsCore

/// Watches the losses and gradient norms of a run, step by step.
///
/// What it finds depends on the steps it was shown and on nothing else: a resumed run shows it the journal's steps first and
/// then finds what an uninterrupted run would have found. A rule speaks when it begins to be broken, not at every step it
/// stays so.
public struct HealthMonitor: Sendable {
    /// Losses this small swing by factors without meaning anything; the divergence rule takes the best to be at least this.
    public static let smallLoss = 0.5
    /// Steps in a row with a gradient of exactly zero after which an adapter counts as not learning.
    public static let stillSteps = 5

    /// The rules.
    public let rules: MonitoringConfiguration
    private var losses: [Double] = []
    private var norms: [Double] = []
    private var bestSmoothed = Double.infinity
    private var broken: Set<HealthFinding.Rule> = []

    /// Creates a monitor that has seen nothing.
    public init(rules: MonitoringConfiguration) { self.rules = rules }

    /// Takes note of a step, and returns the rules that it begins to break.
    public mutating func findings(step: Int, loss: Double, gradientNorm: Double) -> [HealthFinding] {
        guard loss.isFinite, gradientNorm.isFinite else { return [] }  // the loop itself reports those, with their rows
        losses.append(loss)
        norms.append(gradientNorm)
        var findings: [HealthFinding] = []
        if rules.isEnabled {
            note(.divergence, rules.divergence.action, step, divergence(), &findings)
            note(.gradientExplosion, rules.gradientExplosion.action, step, explosion(), &findings)
            note(.noLearning, rules.noLearning.action, step, standstill(step), &findings)
        }
        if losses.count >= rules.divergence.window {
            bestSmoothed = min(bestSmoothed, smoothed(rules.divergence.window))
        }
        return findings
    }

    private mutating func note(
        _ rule: HealthFinding.Rule, _ action: MonitoringConfiguration.Action, _ step: Int, _ message: String?,
        _ findings: inout [HealthFinding]
    ) {
        guard let message else {
            broken.remove(rule)
            return
        }
        guard broken.insert(rule).inserted, action != .ignore else { return }
        findings.append(HealthFinding(rule: rule, step: step, action: action, message: message))
    }

    /// The smoothed loss against the best one: mean(last w) > factor · max(best mean, 0.5).
    private func divergence() -> String? {
        let window = rules.divergence.window
        guard losses.count > window, bestSmoothed.isFinite else { return nil }
        let now = smoothed(window)
        guard now > rules.divergence.factor * max(bestSmoothed, Self.smallLoss) else { return nil }
        return "The loss, over \(window) steps, is \(text(now)); its best was \(text(bestSmoothed)). "
            + "Lower lr, or lengthen the warm-up."
    }

    /// A norm against the median of those before it: norm > factor · median(previous w).
    private func explosion() -> String? {
        let window = rules.gradientExplosion.window
        guard norms.count > window, let norm = norms.last else { return nil }
        let before = norms.dropLast().suffix(window).sorted()
        let median = (before[(window - 1) / 2] + before[window / 2]) / 2
        guard norm > rules.gradientExplosion.factor * median, norm > 0 else { return nil }
        return
            "The gradient norm is \(text(norm)), \(text(norm / max(median, .leastNormalMagnitude))) times the median of "
            + "the last \(window) steps. Look at the step's rows, lower lr, or lower max_grad_norm."
    }

    /// The loss after the steps given against that at the start, and gradients that are exactly zero.
    private func standstill(_ step: Int) -> String? {
        let still = min(Self.stillSteps, rules.noLearning.steps)
        if norms.count >= still, norms.suffix(still).allSatisfy({ $0 == 0 }) {
            return "The gradient has been exactly zero for \(still) steps: nothing reaches the adapter. "
                + "Check lora_target_modules and the rows' loss mask."
        }
        guard losses.count >= rules.noLearning.steps else { return nil }
        // The first and the last fifth are compared, so that single rows do not decide.
        let part = max(1, min(20, rules.noLearning.steps / 5))
        let start = losses.prefix(part).reduce(0, +) / Double(part)
        let now = smoothed(part)
        guard now > start * (1 - rules.noLearning.minimumImprovement) else { return nil }
        return "After \(step) steps the loss, over \(part) steps, is \(text(now)); it began at \(text(start)). "
            + "Raise lr or lora_r, or look at the data with `mlops data preview`."
    }

    private func smoothed(_ count: Int) -> Double { losses.suffix(count).reduce(0, +) / Double(count) }

    private func text(_ value: Double) -> String { String(format: "%.4g", value) }
}
