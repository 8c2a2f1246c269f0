public import MLOpsCore

/// chrF as a fraction: sacrebleu 2.6's chrF2 over 100.
///
/// Character n-grams of 1…6, white space left out, recall counted twice as much as precision. Of several references the
/// best counts.
/// M. Popović, "chrF: character n-gram F-score for automatic MT evaluation", 2015.
public struct ChrF: Metric {
    /// The key `chrf`.
    public let name = "chrf"
    /// More is better.
    public let direction = MetricDirection.higherIsBetter

    /// Creates the metric.
    public init() {}

    /// The best score against any reference, 0…1.
    public func score(_ answer: String, expected: [String]) -> Double {
        ChrFStatistics(answer, expected).score
    }
}

/// chrF of all answers together as a fraction: sacrebleu's corpus chrF2 over 100, from the n-gram counts of all rows.
public struct CorpusChrF: CorpusMetric {
    /// The key `chrf_corpus`.
    public let name = "chrf_corpus"
    /// More is better.
    public let direction = MetricDirection.higherIsBetter

    /// Creates the metric.
    public init() {}

    /// The score of all answers together, 0…1; not the mean of their own scores.
    public func score(_ answers: [String], expected: [[String]]) -> Double {
        precondition(answers.count == expected.count, "\(answers.count) answers, but references for \(expected.count)")
        return zip(answers, expected).reduce(into: ChrFStatistics()) { $0.add(ChrFStatistics($1.0, $1.1)) }.score
    }
}

extension Metric where Self == ChrF {
    /// The character n-gram score of the single answer, as a fraction.
    public static var chrF: ChrF { ChrF() }
}

extension CorpusMetric where Self == CorpusChrF {
    /// The character n-gram score of all answers together, as a fraction.
    public static var chrF: CorpusChrF { CorpusChrF() }
}

/// Of each order of n-grams, how many the answer has, the reference has, and both have.
private struct ChrFStatistics {
    static let highestOrder = 6
    var answer = [Int](repeating: 0, count: highestOrder)
    var reference = [Int](repeating: 0, count: highestOrder)
    var matches = [Int](repeating: 0, count: highestOrder)

    init() {}

    /// The statistics against the reference that scores best; of equals, the first.
    init(_ answer: String, _ references: [String]) {
        var counter = NGramCounter(highestOrder: Self.highestOrder)
        let own = counter.counts(of: Self.characters(answer))
        var best: (statistics: ChrFStatistics, score: Double)?
        for reference in references {
            let statistics = ChrFStatistics(own, counter.counts(of: Self.characters(reference)))
            let score = statistics.score
            if best.map({ score > $0.score }) ?? true { best = (statistics, score) }
        }
        if let best { self = best.statistics }
    }

    private init(_ answer: [NGramCounts], _ reference: [NGramCounts]) {
        for order in 0..<Self.highestOrder {
            // Where the reference is too short to have any, the answer's are no mistake.
            self.answer[order] = reference[order].total > 0 ? answer[order].total : 0
            self.reference[order] = reference[order].total
            matches[order] = answer[order].matches(reference[order])
        }
    }

    private static func characters(_ text: String) -> [Int32] {
        text.unicodeScalars.lazy.filter { !PythonText.isSpace($0) }.map { Int32($0.value) }
    }

    mutating func add(_ other: ChrFStatistics) {
        for order in 0..<Self.highestOrder {
            answer[order] += other.answer[order]
            reference[order] += other.reference[order]
            matches[order] += other.matches[order]
        }
    }

    /// F2 of the mean precision and the mean recall over the orders that both sides have.
    var score: Double {
        var precision = 0.0
        var recall = 0.0
        var orders = 0.0
        for order in 0..<Self.highestOrder where answer[order] > 0 && reference[order] > 0 {
            precision += Double(matches[order]) / Double(answer[order])
            recall += Double(matches[order]) / Double(reference[order])
            orders += 1
        }
        guard precision + recall > 0 else { return 0 }
        precision /= orders
        recall /= orders
        return 5 * precision * recall / (4 * precision + recall)
    }
}
