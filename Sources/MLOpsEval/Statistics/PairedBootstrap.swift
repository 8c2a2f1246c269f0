public import MLOpsCore

/// How sure an improvement is, given that other examples might have been chosen.
///
/// Examples are drawn again, with replacement, as pairs of the model's and the baseline's result, and the improvement is
/// computed on each draw; the interval holds the middle share of these improvements (percentile bootstrap).
/// B. Efron, R. Tibshirani, "An introduction to the bootstrap", 1993, chapter 13; P. Koehn, "Statistical significance
/// tests for machine translation evaluation", 2004.
public struct PairedBootstrap: Sendable, Hashable {
    /// How often the examples are drawn again.
    public var resampleCount: Int
    /// The share of draws within the interval, such as 0.95.
    public var level: Double
    /// Equal seeds give equal intervals.
    public var seed: UInt64

    /// Creates a bootstrap.
    public init(resampleCount: Int = 1000, level: Double = 0.95, seed: UInt64 = 42) {
        precondition(resampleCount > 0 && level > 0 && level < 1)
        self.resampleCount = resampleCount
        self.level = level
        self.seed = seed
    }

    /// Returns the interval of the mean of `differences`, one a pair.
    ///
    /// - Returns: nil for fewer than two pairs, or when a draw's mean is not finite.
    public func interval(ofMean differences: [Double]) -> Improvement.Interval? {
        interval(count: differences.count) { draw in
            draw.reduce(0) { $0 + differences[$1] } / Double(draw.count)
        }
    }

    /// Returns the interval of `statistic`, a function of the positions drawn from 0..<`count`.
    ///
    /// - Returns: nil for fewer than two examples, or when a draw's figure is not finite.
    public func interval(count: Int, of statistic: ([Int]) -> Double) -> Improvement.Interval? {
        guard count >= 2 else { return nil }
        var figures: [Double] = []
        figures.reserveCapacity(resampleCount)
        for resample in 0..<resampleCount {
            // A stream a resample: the n-th draw is the same for every statistic of the same examples.
            var random = PhiloxStream(seed: seed, purpose: Self.purpose, stream: UInt32(truncatingIfNeeded: resample))
            let figure = statistic((0..<count).map { _ in random.next(below: count) })
            guard figure.isFinite else { return nil }
            figures.append(figure)
        }
        figures.sort()
        let tail = (1 - level) / 2
        return Improvement.Interval(
            low: Self.quantile(tail, of: figures), high: Self.quantile(1 - tail, of: figures), level: level)
    }

    /// Linear interpolation between the order statistics, as numpy's default `quantile`.
    private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        let position = share * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }

    /// Keeps this use of the seed apart from others.
    private static let purpose: UInt32 = 0x626F_6F74
}
