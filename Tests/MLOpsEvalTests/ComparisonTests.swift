import MLOpsCore
import MLOpsEval
import OrderedCollections
import Testing

@Suite struct ComparisonTests {
    @Test(arguments: [
        (MetricDirection.higherIsBetter, 0.6, 0.5, 0.1, 20.0), (.higherIsBetter, 0.4, 0.5, -0.1, -20),
        (.lowerIsBetter, 8, 10, 2, 20), (.lowerIsBetter, 15, 10, -5, -50), (.neutral, 12, 10, 2, 20),
    ])
    func positiveIsBetter(
        direction: MetricDirection, model: Double, baseline: Double, improvement: Double, percent: Double
    ) throws {
        let result = Improvement(model: model, baseline: baseline, direction: direction)
        #expect(abs(result.improvement - improvement) < 1e-12)
        #expect(abs(try #require(result.percentChange) - percent) < 1e-9)
    }

    @Test(arguments: [(0.5, 0.0), (0, 0), (Double.nan, 1), (1, .infinity)])
    func aPercentageThatDoesNotExistIsNull(model: Double, baseline: Double) {
        let result = Improvement(model: model, baseline: baseline, direction: .higherIsBetter)
        #expect(result.percentChange == nil)
        #expect(result.json["percent_change"] == .null)
    }

    @Test func knowsWhichWayItsOwnMetricsAreBetter() {
        let comparison = Comparison(
            model: ["exact_match": 1, "perplexity": 3, "generation_time": 1, "only_here": 1],
            baseline: ["exact_match": 0, "perplexity": 5, "generation_time": 4])
        #expect(
            comparison.improvements.mapValues(\.improvement) == [
                "exact_match": 1, "perplexity": 2, "generation_time": 3,
            ])
    }

    @Test func reportsOverTheSameRowsGetIntervals() async throws {
        let rows = (0..<40).map { Conversation.asking("q\($0)", "a\($0)") }
        let evaluation = Evaluation(metrics: [.exactMatch])
        let all = Dictionary(uniqueKeysWithValues: (0..<40).map { ("q\($0)", "a\($0)") })
        let model = try await evaluation.report(on: rows, of: TableGenerator(answers: all.filter { $0.key != "q7" }))
        let base = try await evaluation.report(
            on: rows, of: TableGenerator(answers: [:], score: TokenScore(negativeLogLikelihood: 8, tokenCount: 4)))
        let improvements = Comparison(model: model, baseline: base).improvements
        let interval = try #require(improvements["exact_match"]?.interval)
        #expect(interval.low > 0.85 && interval.high <= 1 && interval.low < 0.975)
        #expect(improvements["perplexity"]?.interval != nil)
        #expect(improvements["bleu"]?.interval == nil)
        let other = try await evaluation.report(on: Array(rows.reversed()), of: TableGenerator(answers: all))
        #expect(Comparison(model: other, baseline: base).improvements["exact_match"]?.interval == nil)
    }
}
