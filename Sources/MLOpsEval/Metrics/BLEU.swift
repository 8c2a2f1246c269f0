internal import Foundation
public import MLOpsCore

/// Corpus BLEU as a fraction: sacrebleu 2.6's score over 100, with its defaults (case kept, 13a words, up to four of
/// them, exponential smoothing, brevity penalty against the closest reference length).
///
/// K. Papineni et al., "BLEU: a method for automatic evaluation of machine translation", 2002.
public struct BLEU: CorpusMetric {
    /// The key `bleu`.
    public let name = "bleu"
    /// More is better.
    public let direction = MetricDirection.higherIsBetter

    /// Creates the metric.
    public init() {}

    /// The score of all answers together, 0…1; not the mean of their own scores.
    public func score(_ answers: [String], expected: [[String]]) -> Double {
        precondition(answers.count == expected.count, "\(answers.count) answers, but references for \(expected.count)")
        let statistics = zip(answers, expected).reduce(into: BLEUStatistics()) { $0.add(BLEUStatistics($1.0, $1.1)) }
        return statistics.score(usesEffectiveOrder: false)
    }
}

/// BLEU of a single answer as a fraction: sacrebleu's sentence BLEU over 100, which counts only as many orders of
/// n-grams as the answer is long.
public struct SentenceBLEU: Metric {
    /// The key `sentence_bleu`.
    public let name = "sentence_bleu"
    /// More is better.
    public let direction = MetricDirection.higherIsBetter

    /// Creates the metric.
    public init() {}

    /// The score against all references together, 0…1.
    public func score(_ answer: String, expected: [String]) -> Double {
        BLEUStatistics(answer, expected).score(usesEffectiveOrder: true)
    }
}

extension Metric where Self == SentenceBLEU {
    /// BLEU of the single answer, as a fraction.
    public static var sentenceBLEU: SentenceBLEU { SentenceBLEU() }
}

extension CorpusMetric where Self == BLEU {
    /// BLEU of all answers together, as a fraction.
    public static var bleu: BLEU { BLEU() }
}

/// What BLEU needs to know of answers and references: sums, so that a corpus is the sum of its rows.
private struct BLEUStatistics {
    static let highestOrder = 4
    var answerLength = 0
    var referenceLength = 0
    /// Of each order, how many n-grams of the answer a reference has.
    var matches = [Int](repeating: 0, count: highestOrder)
    /// Of each order, how many n-grams the answer has.
    var totals = [Int](repeating: 0, count: highestOrder)

    init() {}

    init(_ answer: String, _ references: [String]) {
        var interner = Interner<[UInt8]>()
        var counter = NGramCounter(highestOrder: Self.highestOrder)
        var known = [NGramCounts](repeating: NGramCounts(), count: Self.highestOrder)
        var lengths: [Int] = []
        for reference in references {
            let words = interner.ids(of: Tokenizer13a.words(reference))
            lengths.append(words.count)
            for (order, counts) in counter.counts(of: words).enumerated() { known[order].formUnion(counts) }
        }
        let words = interner.ids(of: Tokenizer13a.words(answer))
        answerLength = words.count
        // The closest length counts; of two equally close, the shorter.
        referenceLength = lengths.min { (abs($0 - words.count), $0) < (abs($1 - words.count), $1) } ?? 0
        for (order, counts) in counter.counts(of: words).enumerated() {
            matches[order] = counts.matches(known[order])
            totals[order] = counts.total
        }
    }

    mutating func add(_ other: BLEUStatistics) {
        answerLength += other.answerLength
        referenceLength += other.referenceLength
        for order in matches.indices {
            matches[order] += other.matches[order]
            totals[order] += other.totals[order]
        }
    }

    /// The geometric mean of the precisions times the brevity penalty.
    ///
    /// An order without a match counts as half of one
    /// match, the next such order as a quarter, and so on (smoothing "exp").
    func score(usesEffectiveOrder: Bool) -> Double {
        guard matches.contains(where: { $0 > 0 }) else { return 0 }
        var sum = 0.0
        var orders = 0
        var smoothing = 1.0
        for (matched, total) in zip(matches, totals) where total > 0 {
            if matched == 0 { smoothing *= 2 }
            sum += log(matched == 0 ? 1 / (smoothing * Double(total)) : Double(matched) / Double(total))
            orders += 1
        }
        // Longer n-grams than any answer has have precision 0, and so has the whole.
        guard usesEffectiveOrder || orders == Self.highestOrder else { return 0 }
        let ratio = Double(referenceLength) / Double(answerLength)
        let penalty = answerLength < referenceLength ? exp(1 - ratio) : 1
        return penalty * exp(sum / Double(orders))
    }
}
