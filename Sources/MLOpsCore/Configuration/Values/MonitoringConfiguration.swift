/// The health rules that watch every step (group `monitoring`).
public struct MonitoringConfiguration: Sendable, Hashable {
    /// What happens when a rule is broken.
    public enum Action: String, Sendable, Hashable, Codable, CaseIterable {
        /// Nothing: the rule is off.
        case ignore
        /// An event and a line in the log.
        case warn
        /// A checkpoint, then the run ends with exit status 4.
        case stop
    }

    /// When the loss has left the road: it is far above what it was.
    public struct Divergence: Sendable, Hashable {
        /// What happens (key `monitoring.divergence.action`).
        public var action: Action
        /// How many times the best smoothed loss the smoothed loss may be (key `monitoring.divergence.factor`).
        public var factor: Double
        /// Steps the loss is smoothed over, and before which the rule is silent (key `monitoring.divergence.window`).
        public var window: Int

        /// Creates the rule.
        public init(action: Action = .stop, factor: Double = 2, window: Int = 20) {
            self.action = action
            self.factor = factor
            self.window = window
        }
    }

    /// When a gradient is far larger than those before it.
    public struct GradientExplosion: Sendable, Hashable {
        /// What happens (key `monitoring.gradient_explosion.action`).
        public var action: Action
        /// How many times the median norm of the window a norm may be (key `monitoring.gradient_explosion.factor`).
        public var factor: Double
        /// Steps the median is taken over, and before which the rule is silent (key `monitoring.gradient_explosion.window`).
        public var window: Int

        /// Creates the rule.
        public init(action: Action = .warn, factor: Double = 20, window: Int = 20) {
            self.action = action
            self.factor = factor
            self.window = window
        }
    }

    /// When the adapter changes nothing: the loss does not fall.
    public struct NoLearning: Sendable, Hashable {
        /// What happens (key `monitoring.no_learning.action`).
        public var action: Action
        /// Steps after which the rule speaks (key `monitoring.no_learning.steps`).
        public var steps: Int
        /// The share by which the smoothed loss must have fallen by then (key `monitoring.no_learning.min_improvement`).
        public var minimumImprovement: Double

        /// Creates the rule.
        public init(action: Action = .warn, steps: Int = 100, minimumImprovement: Double = 0.01) {
            self.action = action
            self.steps = steps
            self.minimumImprovement = minimumImprovement
        }
    }

    /// Whether any rule is watched (key `monitoring.enabled`).
    public var isEnabled: Bool
    /// What happens when a loss or gradient is not a finite number (key `monitoring.non_finite.action`).
    public var nonFinite: Action
    /// The loss against its best.
    public var divergence: Divergence
    /// The gradient's norm against its median.
    public var gradientExplosion: GradientExplosion
    /// The loss against its start.
    public var noLearning: NoLearning

    /// Creates the rules; the defaults stop on numbers that are not finite and on divergence, and warn otherwise.
    public init(
        isEnabled: Bool = true,
        nonFinite: Action = .stop,
        divergence: Divergence = .init(),
        gradientExplosion: GradientExplosion = .init(),
        noLearning: NoLearning = .init()
    ) {
        self.isEnabled = isEnabled
        self.nonFinite = nonFinite
        self.divergence = divergence
        self.gradientExplosion = gradientExplosion
        self.noLearning = noLearning
    }
}
