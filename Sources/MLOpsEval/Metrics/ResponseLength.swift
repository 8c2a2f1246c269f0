public import MLOpsCore

/// The number of white-space words in the answer, whatever the references are.
///
/// A measure of habit, not of quality: neither more nor less is better by itself.
public struct ResponseLength: Metric {
    /// The key `response_length`.
    public let name = "response_length"
    /// Neither way is better.
    public let direction = MetricDirection.neutral

    /// Creates the metric.
    public init() {}

    /// The answer's number of words.
    public func score(_ answer: String, expected: [String]) -> Double {
        Double(PythonText.words(answer.unicodeScalars).count)
    }
}

extension Metric where Self == ResponseLength {
    /// The number of words in the answer.
    public static var responseLength: ResponseLength { ResponseLength() }
}
