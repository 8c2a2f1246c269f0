/// What an evaluation must show for a run to pass (group `gate`).
public struct GateConfiguration: Sendable, Hashable {
    /// One demand on one metric; every bound that is given must hold.
    ///
    /// An improvement is the tuned model's value minus the base model's, with the sign turned for metrics where less is better.
    public struct Rule: Sendable, Hashable {
        /// The metric's name.
        public var metric: String
        /// The improvement must be more than this (key `min_improvement`).
        public var minimumImprovement: Double?
        /// The improvement in percent of the base model's value must be more than this (key `min_percent_change`).
        public var minimumPercentChange: Double?
        /// The tuned model's value must be at least this (key `min_value`).
        public var minimumValue: Double?
        /// The tuned model's value must be at most this (key `max_value`).
        public var maximumValue: Double?

        /// Creates a rule.
        public init(
            metric: String,
            minimumImprovement: Double? = nil,
            minimumPercentChange: Double? = nil,
            minimumValue: Double? = nil,
            maximumValue: Double? = nil
        ) {
            self.metric = metric
            self.minimumImprovement = minimumImprovement
            self.minimumPercentChange = minimumPercentChange
            self.minimumValue = minimumValue
            self.maximumValue = maximumValue
        }
    }

    /// The rules that apply when none are written: exact match and ROUGE-1 must clearly beat the base model.
    public static let defaultRules = [
        Rule(metric: "exact_match", minimumImprovement: 0.02),
        Rule(metric: "rouge1", minimumImprovement: 0.05),
    ]

    /// Whether the gate is applied (key `gate.enabled`).
    public var isEnabled: Bool
    /// The demands; all must hold (key `gate.rules`).
    public var rules: [Rule]

    /// Creates a gate; the default rules are ``defaultRules``.
    public init(isEnabled: Bool = true, rules: [Rule] = GateConfiguration.defaultRules) {
        self.isEnabled = isEnabled
        self.rules = rules
    }
}
