public import MLOpsCore

/// A judge of one answer: text and references in, a number out.
///
/// No model, file or average is in sight, so any rule can be one, and the scores of the single examples survive
/// for a paired comparison:
/// ```swift
/// struct EndsWithFullStop: Metric {
///     let name = "ends_with_full_stop"
///     let direction = MetricDirection.higherIsBetter
///     func score(_ answer: String, expected: [String]) -> Double { answer.hasSuffix(".") ? 1 : 0 }
/// }
/// let evaluation = Evaluation(metrics: [.exactMatch, EndsWithFullStop()])
/// ```
public protocol Metric: Sendable {
    /// The key in reports, in `snake_case`.
    var name: String { get }
    /// Which way is better.
    var direction: MetricDirection { get }
    /// Returns the score of `answer` against `expected`, the references, of which there is at least one.
    ///
    /// Must be finite, and a pure function of its arguments. A report's figure is the mean over its examples.
    func score(_ answer: String, expected: [String]) -> Double
}

/// A judge of all answers together, for measures that are not a mean over examples (BLEU).
public protocol CorpusMetric: Sendable {
    /// The key in reports, in `snake_case`.
    var name: String { get }
    /// Which way is better.
    var direction: MetricDirection { get }
    /// Returns the score of `answers`, each against its references in `expected`.
    ///
    /// - Precondition: `answers` and `expected` have the same count.
    func score(_ answers: [String], expected: [[String]]) -> Double
}
