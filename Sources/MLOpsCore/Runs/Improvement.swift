internal import OrderedCollections

/// How much a model changed one metric for the better.
public struct Improvement: Sendable, Hashable {
    /// A range that holds the true improvement with the given confidence, from resampling the examples.
    public struct Interval: Sendable, Hashable {
        /// The lower end.
        public var low: Double
        /// The upper end.
        public var high: Double
        /// The confidence, such as 0.95.
        public var level: Double

        /// Creates a range.
        public init(low: Double, high: Double, level: Double) {
            self.low = low
            self.high = high
            self.level = level
        }
    }

    /// The difference in the direction of "better", so that positive is better.
    ///
    /// Model − baseline when higher is better (or neither is), baseline − model when lower is (perplexity, seconds).
    public var improvement: Double
    /// The improvement in percent of the baseline's size; nil when the baseline is 0 or either value is not finite.
    public var percentChange: Double?
    /// Where the improvement lies, allowing for the choice of examples; nil when the metric has no scores per example.
    public var interval: Interval?

    /// Creates an improvement from its parts.
    public init(improvement: Double, percentChange: Double?, interval: Interval? = nil) {
        self.improvement = improvement
        self.percentChange = percentChange
        self.interval = interval
    }

    /// Compares the values of a metric.
    public init(model: Double, baseline: Double, direction: MetricDirection, interval: Interval? = nil) {
        improvement = direction == .lowerIsBetter ? baseline - model : model - baseline
        let percent = 100 * improvement / abs(baseline)
        percentChange = percent.isFinite ? percent : nil
        self.interval = interval
    }

    /// `{improvement, percent_change}`, and `confidence_interval: {level, low, high}` when there is one.
    public var json: JSONValue {
        let json: JSONValue = [
            "improvement": .number(improvement), "percent_change": percentChange.map(JSONValue.number) ?? .null,
        ]
        guard let interval, var members = json.object else { return json }
        members["confidence_interval"] = [
            "level": .number(interval.level), "low": .number(interval.low), "high": .number(interval.high),
        ]
        return .object(members)
    }

    /// Reads what `json` wrote; nil when there is no number for the improvement.
    public init?(json: JSONValue) {
        guard let improvement = json["improvement"]?.metricNumber else { return nil }
        self.init(improvement: improvement, percentChange: json["percent_change"]?.double)
        if let range = json["confidence_interval"], let low = range["low"]?.metricNumber,
            let high = range["high"]?.metricNumber, let level = range["level"]?.double
        {
            interval = Interval(low: low, high: high, level: level)
        }
    }
}
