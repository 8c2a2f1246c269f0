public import MLOpsCore
internal import OrderedCollections

/// The demands a run must meet before it is published.
///
/// The default is the contract's: exact match improves by more than 0.02 and ROUGE-1 by more than 0.05. A demand that
/// cannot be judged (the metric or the baseline is missing, a value is not a number, there are too few examples) makes
/// the verdict inconclusive, unless another demand is known to fail.
public struct Gate: Sendable, Hashable {
    /// The demands; all must hold.
    public var rules: [GateConfiguration.Rule]
    /// Fewer examples than this decide nothing.
    public var minimumExampleCount: Int

    /// Creates a gate.
    public init(rules: [GateConfiguration.Rule] = GateConfiguration.defaultRules, minimumExampleCount: Int = 1) {
        self.rules = rules
        self.minimumExampleCount = minimumExampleCount
    }

    /// The rules that `outcome` recorded, to be applied again; nil when it recorded none that can be read.
    public init?(repeating outcome: GateOutcome, minimumExampleCount: Int = 1) {
        let rules = outcome.rules.compactMap { try? GateConfiguration.Rule(parsing: $0.rule) }
        guard !rules.isEmpty, rules.count == outcome.rules.count else { return nil }
        self.init(rules: rules, minimumExampleCount: minimumExampleCount)
    }

    /// Judges the figures of `file`.
    ///
    /// A baseline without improvements is compared here.
    public func outcome(of file: MetricsFile) -> GateOutcome {
        var file = file
        if file.improvements.isEmpty {
            file.improvements = Comparison(model: file.model, baseline: file.baseline).improvements
        }
        let count = file.counts["examples"]
        let tooFew: String? = count.flatMap {
            $0 >= minimumExampleCount
                ? nil
                : "It was measured on \($0) \($0 == 1 ? "example" : "examples"); at least \(minimumExampleCount) are needed."
        }
        return GateOutcome(
            rules: rules.flatMap { rule in Self.demands(of: rule).map { $0.finding(in: file, tooFew: tooFew) } })
    }

    /// The bounds of `rule`, each a demand of its own; a rule without bounds demands nothing and decides nothing.
    private static func demands(of rule: GateConfiguration.Rule) -> [Demand] {
        let bounds: [(Demand.Quantity, String, Double?)] = [
            (.improvement, ">", rule.minimumImprovement), (.percentChange, ">", rule.minimumPercentChange),
            (.value, ">=", rule.minimumValue), (.value, "<=", rule.maximumValue),
        ]
        let demands = bounds.compactMap { quantity, comparison, bound in
            bound.map { Demand(metric: rule.metric, quantity: quantity, comparison: comparison, bound: $0) }
        }
        return demands
    }
}
