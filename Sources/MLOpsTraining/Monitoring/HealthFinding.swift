public import MLOpsCore

/// A health rule that was broken.
public struct HealthFinding: Sendable, Hashable {
    /// The rules, by the names their keys have under `monitoring`.
    public enum Rule: String, Sendable, Hashable, CaseIterable {
        /// A loss or a gradient is not a finite number.
        case nonFinite = "non_finite"
        /// The loss is far above its best.
        case divergence
        /// A gradient is far larger than those before it.
        case gradientExplosion = "gradient_explosion"
        /// The loss does not fall.
        case noLearning = "no_learning"
    }

    /// The rule.
    public let rule: Rule
    /// The optimizer step, counted from 1.
    public let step: Int
    /// What happens because of it.
    public let action: MonitoringConfiguration.Action
    /// What was seen, and what to do about it.
    public let message: String

    /// Creates a finding.
    public init(rule: Rule, step: Int, action: MonitoringConfiguration.Action, message: String) {
        self.rule = rule
        self.step = step
        self.action = action
        self.message = message
    }
}
