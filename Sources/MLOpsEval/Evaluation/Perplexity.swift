internal import Foundation
public import MLOpsCore

extension Evaluation {
    /// Returns e to the mean −ln p over all scored tokens of all rows; nil when there are none.
    public static func perplexity(of scores: [TokenScore]) -> Double? {
        let tokens = scores.reduce(0) { $0 + $1.tokenCount }
        guard tokens > 0 else { return nil }
        return exp(scores.reduce(0) { $0 + $1.negativeLogLikelihood } / Double(tokens))
    }
}
