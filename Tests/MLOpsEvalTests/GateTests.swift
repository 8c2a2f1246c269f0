import MLOpsCore
import MLOpsEval
import OrderedCollections
import Testing

@Suite struct GateTests {
    typealias Figures = OrderedDictionary<String, Double>

    private func file(_ model: Figures, _ baseline: Figures, examples: Int = 50) -> MetricsFile {
        MetricsFile(model: model, baseline: baseline, counts: ["examples": examples])
    }

    /// The contract's gate: exact match by more than 0.02 and ROUGE-1 by more than 0.05.
    @Test(arguments: [
        (0.03, 0.06, Verdict.passed), (0.02, 0.06, .failed), (0.03, 0.05, .failed), (-0.1, 0.5, .failed),
        (.nan, 0.06, .inconclusive), (.nan, 0.01, .failed), (0.5, .infinity, .inconclusive),
    ])
    func appliesTheContractsDefault(exactMatch: Double, rouge1: Double, verdict: Verdict) {
        let outcome = Gate().outcome(
            of: file(["exact_match": exactMatch, "rouge1": rouge1], ["exact_match": 0, "rouge1": 0]))
        #expect(outcome.verdict == verdict, "\(outcome.reason)")
        #expect(outcome.rules.map(\.rule) == ["exact_match improvement > 0.02", "rouge1 improvement > 0.05"])
    }

    @Test func aMissingMetricIsInconclusiveAndSaysSo() {
        let outcome = Gate().outcome(of: file(["rouge1": 0.9], ["rouge1": 0.1]))
        #expect(outcome.verdict == .inconclusive)
        #expect(outcome.rules[0].reason.contains("not measured"))
        #expect(outcome.rules[1].verdict == .passed)
    }

    @Test func aMissingBaselineIsInconclusive() {
        let outcome = Gate().outcome(of: file(["exact_match": 0.9, "rouge1": 0.9], [:]))
        #expect(outcome.verdict == .inconclusive)
        #expect(outcome.reason.contains("no baseline"))
    }

    @Test func tooFewExamplesAreInconclusiveEvenWhenTheFiguresFail() {
        let good = file(["exact_match": 1, "rouge1": 1], ["exact_match": 0, "rouge1": 0], examples: 4)
        let bad = file(["exact_match": 0, "rouge1": 0], ["exact_match": 0, "rouge1": 0], examples: 4)
        let gate = Gate(minimumExampleCount: 5)
        #expect(gate.outcome(of: good).verdict == .inconclusive)
        #expect(gate.outcome(of: bad).verdict == .inconclusive)
        #expect(gate.outcome(of: good).reason.contains("4 examples; at least 5"))
    }

    @Test(arguments: [
        (GateConfiguration.Rule(metric: "perplexity", maximumValue: 8), Verdict.passed),
        (.init(metric: "perplexity", maximumValue: 7.5), .failed),
        (.init(metric: "perplexity", minimumImprovement: 1.5), .passed),
        (.init(metric: "perplexity", minimumPercentChange: 20), .failed),
        (.init(metric: "perplexity", minimumPercentChange: 19, maximumValue: 7), .failed),
        (.init(metric: "rouge1", minimumValue: 0.3), .passed),
        (.init(metric: "rouge1", minimumPercentChange: 1), .inconclusive),
    ])
    func appliesEveryBound(rule: GateConfiguration.Rule, verdict: Verdict) {
        let outcome = Gate(rules: [rule]).outcome(
            of: file(["perplexity": 8, "rouge1": 0.3], ["perplexity": 10, "rouge1": 0]))
        #expect(outcome.verdict == verdict, "\(outcome.reason)")
    }

    @Test func whatWasRecordedCanBeAppliedAgain() {
        let rules = [
            GateConfiguration.Rule(metric: "a", minimumImprovement: 0.123456789), .init(metric: "b", maximumValue: 8),
            .init(metric: "b", minimumPercentChange: -1e-7),
        ]
        #expect(Gate(repeating: Gate(rules: rules).outcome(of: file(["a": 1], ["a": 0])))?.rules == rules)
        #expect(Gate(repeating: GateOutcome(rules: [])) == nil)
    }

    @Test func aGateWithoutDemandsNeverOpens() {
        #expect(Gate(rules: []).outcome(of: file(["a": 1], ["a": 0])).verdict == .inconclusive)
        #expect(Gate(rules: [.init(metric: "a")]).outcome(of: file(["a": 1], ["a": 0])).verdict == .inconclusive)
    }

    @Test(arguments: [
        ("exact_match > 0.1", GateConfiguration.Rule(metric: "exact_match", minimumImprovement: 0.1)),
        ("rouge1 improvement>-0.05", .init(metric: "rouge1", minimumImprovement: -0.05)),
        ("rouge1 percent_change > 5e0", .init(metric: "rouge1", minimumPercentChange: 5)),
        ("rouge1 value >= 0.3", .init(metric: "rouge1", minimumValue: 0.3)),
        ("perplexity value<=10", .init(metric: "perplexity", maximumValue: 10)),
    ])
    func readsRulesAsTheyAreWritten(text: String, rule: GateConfiguration.Rule) throws {
        #expect(try GateConfiguration.Rule(parsing: text) == rule)
    }

    @Test(arguments: [
        "", "rouge1", "rouge1 >", "> 0.1", "rouge1 < 0.1", "rouge1 value > 0.1", "rouge1 sum > 1", "rouge1 > x",
        "rouge1 > nan",
    ])
    func refusesRulesItDoesNotKnow(text: String) {
        let error = #expect(throws: GateRuleError.self) { try GateConfiguration.Rule(parsing: text) }
        #expect(error?.exitStatus == .usage)
    }
}
