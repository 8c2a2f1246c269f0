public import MLOpsCore

/// 1 when the answer is a reference, white space around them apart; else 0.
///
/// Texts are compared scalar by scalar: case, punctuation and Unicode normal form all count.
public struct ExactMatch: Metric {
    /// The key `exact_match`.
    public let name = "exact_match"
    /// More is better.
    public let direction = MetricDirection.higherIsBetter

    /// Creates the metric.
    public init() {}

    /// 1 when any reference matches.
    public func score(_ answer: String, expected: [String]) -> Double {
        let answer = PythonText.stripped(answer)
        return expected.contains { PythonText.stripped($0).elementsEqual(answer) } ? 1 : 0
    }
}

extension Metric where Self == ExactMatch {
    /// 1 when the answer is a reference, white space around them apart; else 0.
    public static var exactMatch: ExactMatch { ExactMatch() }
}
