import Foundation
import MLOpsCore
import MLOpsEval
import OrderedCollections
import Testing

/// Our scores against those of rouge-score 0.1.2, sacrebleu 2.6.0 and SQuAD's definition (`Fixtures/metrics`).
@Suite struct MetricAgreementTests {
    private static let tolerance = 1e-9

    @Test(arguments: [false, true]) func scoresOfGoldenPairsAgree(usesStemmer: Bool) throws {
        try check(MetricFixture.golden(), usesStemmer: usesStemmer)
    }

    @Test(arguments: [false, true]) func scoresOfRandomTextsAgree(usesStemmer: Bool) throws {
        try check(MetricFixture.random(), usesStemmer: usesStemmer)
    }

    private func check(
        _ fixture: (rows: [MetricFixture], corpus: OrderedDictionary<String, Double>), usesStemmer: Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try #require(fixture.rows.count >= 100)
        let set = MetricSet.all(usesStemmer: usesStemmer)
        var compared: Set<String> = []
        var scores: [OrderedDictionary<String, Double>] = []
        func agree(_ name: String, _ ours: Double, _ theirs: OrderedDictionary<String, Double>, _ text: String) {
            let key = usesStemmer && name.hasPrefix("rouge") ? name + "_stemmed" : name
            guard let expected = theirs[key] else { return }
            compared.insert(name)
            #expect(
                abs(ours - expected) <= Self.tolerance, "\(key) is \(ours), not \(expected), of \(text)",
                sourceLocation: sourceLocation)
        }
        for row in fixture.rows {
            let own = set.scores(of: row.prediction, expected: row.references)
            for (name, value) in own {
                agree(name, value, row.scores, "\(row.prediction.debugDescription) | \(row.references)")
            }
            scores.append(own)
        }
        let summary = set.summary(
            fixture.rows.map(\.prediction), expected: fixture.rows.map(\.references), scores: scores)
        for (name, value) in summary { agree(name, value, fixture.corpus, "the corpus") }
        let needed: Set = [
            "exact_match", "jaccard", "rouge1", "rouge2", "rougeL", "rougeLsum", "bleu", "sentence_bleu", "chrf",
            "chrf_corpus",
        ]
        #expect(needed.isSubset(of: compared), sourceLocation: sourceLocation)
    }
}
