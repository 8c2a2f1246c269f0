import MLOpsCore
import MLOpsEval
import OrderedCollections
import Testing

@Suite struct MetricTests {
    @Test func builtInMetricsKeepEveryMetricsPromises() {
        checkMetric(.exactMatch, best: 1)
        checkMetric(.jaccard, best: 1)
        checkMetric(.rouge1, best: 1)
        checkMetric(.rouge2, best: 1)
        checkMetric(.rougeL, best: 1)
        checkMetric(.rougeLsum, best: 1)
        checkMetric(Rouge(.runs(3), usesStemmer: true), best: 1)
        checkMetric(.sentenceBLEU, best: 1)
        checkMetric(.chrF, best: 1)
        checkMetric(.tokenF1, best: 1)
        checkMetric(.responseLength, best: nil)
    }

    @Test func aMetricOfOnesOwnStandsBesideTheBuiltInOnes() async throws {
        struct EndsWithFullStop: Metric {
            let name = "ends_with_full_stop"
            let direction = MetricDirection.higherIsBetter
            func score(_ answer: String, expected: [String]) -> Double { answer.hasSuffix(".") ? 1 : 0 }
        }
        checkMetric(EndsWithFullStop(), best: nil)
        let report = try await Evaluation(metrics: [.exactMatch, EndsWithFullStop()]).report(
            on: [.asking("a", "Yes."), .asking("b", "No.")], of: TableGenerator(answers: ["a": "Yes.", "b": "Never."]))
        #expect(report.metrics["exact_match"] == 0.5)
        #expect(report.metrics["ends_with_full_stop"] == 1)
    }

    @Test(arguments: [
        ("The cat!", ["cat"], 1.0), ("a an the", ["..."], 1), ("", ["cat"], 0), ("“The” cat", ["“ ” cat"], 1),
        ("cat cat dog", ["cat dog dog"], 2.0 / 3), ("x", ["y", "x"], 1),
    ])
    func tokenF1IsSQuADs(answer: String, expected: [String], score: Double) {
        #expect(abs(TokenF1().score(answer, expected: expected) - score) < 1e-12)
    }

    @Test func exactMatchComparesScalarsAndTrimsWhiteSpaceOnly() {
        #expect(ExactMatch().score("\u{3000}caf\u{e9}\u{85}\r\n", expected: ["caf\u{e9}"]) == 1)
        #expect(ExactMatch().score("cafe\u{301}", expected: ["caf\u{e9}"]) == 0)
        #expect(ExactMatch().score("Paris", expected: ["paris"]) == 0)
        #expect(ExactMatch().score("\u{200b}x", expected: ["x"]) == 0)
    }
}

/// States what every metric promises, as far as examples can show it; a failure points at the caller.
///
/// - Parameter best: the score of a perfect answer, when there is one.
func checkMetric(_ metric: some Metric, best: Double?, sourceLocation: SourceLocation = #_sourceLocation) {
    let texts = [
        "", " ", "a", "one two three four five six", "One, two; three.\nFour five!", "日本語 テスト", "👩‍👩‍👧 e\u{301}",
        "x x x x x x",
    ]
    #expect(
        !metric.name.isEmpty && metric.name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" },
        sourceLocation: sourceLocation)
    for answer in texts {
        for reference in texts {
            let score = metric.score(answer, expected: [reference])
            #expect(score.isFinite, "\(metric.name) of \(answer.debugDescription)", sourceLocation: sourceLocation)
            #expect(
                score == metric.score(answer, expected: [reference]), "not a function", sourceLocation: sourceLocation)
            guard let best else { continue }
            #expect((0...best + 1e-12).contains(score), "\(metric.name) is \(score)", sourceLocation: sourceLocation)
            #expect(
                metric.score(answer, expected: ["zzz", reference]) >= score - 1e-12, "another reference did harm",
                sourceLocation: sourceLocation)
        }
    }
    guard let best else { return }
    let text = texts[3]
    #expect(
        abs(metric.score(text, expected: [text]) - best) < 1e-12, "a perfect answer", sourceLocation: sourceLocation)
}
