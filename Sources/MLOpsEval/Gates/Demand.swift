internal import MLOpsCore
internal import OrderedCollections

/// One bound on one figure of a metric.
struct Demand {
    /// Which figure is bounded.
    enum Quantity: String {
        case improvement
        case percentChange = "percent_change"
        case value
    }

    let metric: String
    let quantity: Quantity
    /// `>`, `>=` or `<=`.
    let comparison: String
    let bound: Double

    /// The demand in a line: `rouge1 improvement > 0.05`.
    var text: String { "\(metric) \(quantity.rawValue) \(comparison) \(Figure.exact(bound))" }

    /// Judges the figure that `file` has; `tooFew` says why its examples decide nothing.
    func finding(in file: MetricsFile, tooFew: String?) -> GateOutcome.Rule {
        let observed = figure(in: file)
        let verdict: Verdict
        let reason: String
        if let observed, observed.isFinite, bound.isFinite {
            let holds = Self.holds(observed, comparison, bound)
            verdict = tooFew != nil ? .inconclusive : holds ? .passed : .failed
            reason =
                "\(metric): \(quantity.rawValue) \(Self.number(observed)) is \(holds ? "" : "not ")\(Self.words(comparison)) \(Self.number(bound)). "
                + (tooFew ?? "")
        } else {
            verdict = .inconclusive
            reason = "\(metric): \(whyMissing(observed, in: file))"
        }
        return GateOutcome.Rule(
            rule: text, metric: metric, observed: observed, threshold: bound, verdict: verdict,
            reason: reason.hasSuffix(" ") ? String(reason.dropLast()) : reason)
    }

    private func figure(in file: MetricsFile) -> Double? {
        switch quantity {
        case .improvement: file.improvements[metric]?.improvement
        case .percentChange: file.improvements[metric]?.percentChange
        case .value: file.model[metric]
        }
    }

    private func whyMissing(_ observed: Double?, in file: MetricsFile) -> String {
        if let observed, !observed.isFinite {
            return "the \(quantity.rawValue) is \(Self.number(observed)), not a finite number."
        }
        if !bound.isFinite { return "the bound \(Self.number(bound)) is not a finite number." }
        if file.model[metric] == nil {
            return "the model was not measured by it; add it to the metrics and evaluate again."
        }
        if quantity == .value { return "there is no value." }
        if file.baseline[metric] == nil { return "there is no baseline to compare with; evaluate the base model too." }
        return quantity == .percentChange
            ? "a percentage of a baseline of 0 does not exist." : "the improvement is missing."
    }

    private static func holds(_ value: Double, _ comparison: String, _ bound: Double) -> Bool {
        switch comparison {
        case ">": value > bound
        case ">=": value >= bound
        default: value <= bound
        }
    }

    private static func words(_ comparison: String) -> String {
        switch comparison {
        case ">": "more than"
        case ">=": "at least"
        default: "at most"
        }
    }

    /// Four decimals, without trailing zeros.
    private static func number(_ value: Double) -> String { Figure.text(value) }
}
