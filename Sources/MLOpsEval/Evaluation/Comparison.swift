public import MLOpsCore
public import OrderedCollections

/// What a model changed, metric by metric, against a baseline on the same rows.
public struct Comparison: Sendable, Hashable {
    /// The change of every metric that both have, in the model's order.
    public let improvements: OrderedDictionary<String, Improvement>

    /// Compares figures alone, without intervals.
    ///
    /// - Parameter directions: which way metrics are better; what is missing follows ``direction(of:)``.
    public init(
        model: OrderedDictionary<String, Double>, baseline: OrderedDictionary<String, Double>,
        directions: OrderedDictionary<String, MetricDirection> = [:]
    ) {
        var improvements: OrderedDictionary<String, Improvement> = [:]
        for (name, value) in model {
            guard let before = baseline[name] else { continue }
            improvements[name] = Improvement(
                model: value, baseline: before, direction: directions[name] ?? Self.direction(of: name))
        }
        self.improvements = improvements
    }

    /// Compares two reports, with an interval for every metric that has scores per example, and for perplexity.
    ///
    /// Reports over different rows cannot be paired, and get no intervals.
    public init(model: EvaluationReport, baseline: EvaluationReport, bootstrap: PairedBootstrap = PairedBootstrap()) {
        let plain = Comparison(model: model.metrics, baseline: baseline.metrics, directions: model.directions)
        let isPaired =
            model.examples.count == baseline.examples.count && !model.examples.isEmpty
            && zip(model.examples, baseline.examples).allSatisfy {
                $0.row.prompt == $1.row.prompt && $0.row.references == $1.row.references
            }
        guard isPaired else {
            self = plain
            return
        }
        var improvements = plain.improvements
        for name in improvements.keys {
            let sign: Double = (model.directions[name] ?? Self.direction(of: name)) == .lowerIsBetter ? -1 : 1
            if name == Evaluation.perplexity {
                improvements[name]?.interval = Self.perplexityInterval(model.examples, baseline.examples, bootstrap)
            } else {
                let differences = zip(model.examples, baseline.examples).compactMap { after, before -> Double? in
                    guard let after = after.metrics[name], let before = before.metrics[name] else { return nil }
                    return sign * (after - before)
                }
                guard differences.count == model.examples.count else { continue }
                improvements[name]?.interval = bootstrap.interval(ofMean: differences)
            }
        }
        self.improvements = improvements
    }

    /// Which way the built-in metric `name` is better; of an unknown one, up.
    public static func direction(of name: String) -> MetricDirection {
        switch name {
        case Evaluation.time, Evaluation.perplexity, "nll", "loss", "eval_loss": .lowerIsBetter
        case "response_length": .neutral
        default: .higherIsBetter
        }
    }

    private static func perplexityInterval(
        _ model: [EvaluationReport.Example], _ baseline: [EvaluationReport.Example], _ bootstrap: PairedBootstrap
    ) -> Improvement.Interval? {
        let after = model.compactMap(\.score)
        let before = baseline.compactMap(\.score)
        guard after.count == model.count, before.count == model.count else { return nil }
        return bootstrap.interval(count: model.count) { draw in
            let now = Evaluation.perplexity(of: draw.map { after[$0] })
            let then = Evaluation.perplexity(of: draw.map { before[$0] })
            return (then ?? .nan) - (now ?? .nan)
        }
    }
}
