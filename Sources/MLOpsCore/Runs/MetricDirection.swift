/// Which way a measure of quality improves.
public enum MetricDirection: String, Sendable, Hashable, Codable, CaseIterable {
    /// More is better: overlap with a reference, for instance.
    case higherIsBetter = "higher_is_better"
    /// Less is better: perplexity, seconds.
    case lowerIsBetter = "lower_is_better"
    /// Neither is better by itself: the length of an answer.
    case neutral
}
