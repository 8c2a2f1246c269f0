public import MLOpsCore

/// The share of distinct words that both sides have: |A ∩ B| / |A ∪ B| over lower-cased white-space words.
///
/// Two sides without words agree (1). Of several references the best counts.
public struct Jaccard: Metric {
    /// The key `jaccard`.
    public let name = "jaccard"
    /// More is better.
    public let direction = MetricDirection.higherIsBetter

    /// Creates the metric.
    public init() {}

    /// The best overlap with any reference, 0…1.
    public func score(_ answer: String, expected: [String]) -> Double {
        let answer = Self.words(answer)
        return expected.map { reference in
            let reference = Self.words(reference)
            let common = answer.intersection(reference).count
            let all = answer.count + reference.count - common
            return all == 0 ? 1 : Double(common) / Double(all)
        }.max() ?? 0
    }

    private static func words(_ text: String) -> Set<[UInt8]> {
        Set(PythonText.words(PythonText.lowercased(text)))
    }
}

extension Metric where Self == Jaccard {
    /// The share of distinct words that both sides have.
    public static var jaccard: Jaccard { Jaccard() }
}
