import Foundation
import MLOpsCore
import MLOpsEval
import OrderedCollections
import TestSupport
import Testing

@Suite struct MetricsFileTests {
    @Test func writesTheContractsShapeAndReadsItBack() async throws {
        let rows = [Conversation.asking("a", "x"), .asking("b", "y")]
        let evaluation = Evaluation(metrics: [.exactMatch, .rouge1])
        let model = try await evaluation.report(on: rows, of: TableGenerator(answers: ["a": "x", "b": "y"]))
        let baseline = try await evaluation.report(on: rows, of: TableGenerator(answers: ["a": "x"]))
        let file = MetricsFile(
            model: model, baseline: baseline, train: ["loss": 0.5, "steps": 3], gate: Gate(), versions: ["mlops": "0"])
        #expect(
            file.json.object?.keys == [
                "train", "model", "baseline", "improvements", "gate", "counts", "versions",
            ])
        #expect(file.json["improvements"]?["exact_match"]?["improvement"] == 0.5)
        #expect(file.json["improvements"]?["exact_match"]?["percent_change"] == 100.0)
        #expect(file.json["gate"]?["verdict"] == "passed")
        #expect(file.json["counts"]?["examples"] == 2)

        let folder = try TemporaryDirectory()
        try file.write(to: folder.url("metrics.json"))
        #expect(try MetricsFile(contentsOf: folder.url("metrics.json")) == file)
    }

    @Test func keepsValuesThatJSONHasNoNumberFor() throws {
        let file = MetricsFile(model: ["perplexity": .infinity], baseline: ["perplexity": 3], improvements: [:])
        let back = try MetricsFile(json: try JSONValue(parsing: file.json.text()))
        #expect(back.model["perplexity"] == .infinity)
        #expect(
            Gate(rules: [.init(metric: "perplexity", minimumImprovement: 0)]).outcome(of: back).verdict == .inconclusive
        )
    }

    @Test func keepsMembersItDoesNotKnow() throws {
        let json = try JSONValue(parsing: #"{"model": {"a": 1}, "note": [1, 2]}"#)
        #expect(try MetricsFile(json: json).json["note"] == [1, 2])
    }

    @Test(arguments: [
        "[]", #"{"model": 3}"#, #"{"model": {"a": "x"}}"#, #"{"gate": {"verdict": "sure"}}"#, "{",
        #"{"improvements": {"a": {}}}"#, #"{"counts": {"examples": 1.5}}"#,
    ])
    func refusesOtherDocuments(text: String) throws {
        let folder = try TemporaryDirectory()
        let url = try folder.write(text, to: "metrics.json")
        let error = #expect(throws: MetricsFileError.self) { try MetricsFile(contentsOf: url) }
        #expect(error?.message.contains("metrics.json") == true)
        #expect(error?.exitStatus == .invalidData)
    }

    @Test func aVerdictThatItsRulesContradictIsNotBelieved() throws {
        let outcome = Gate().outcome(of: MetricsFile(model: ["rouge1": 0], baseline: ["rouge1": 0]))
        var members = try #require(outcome.json.object)
        members["verdict"] = "passed"
        #expect(GateOutcome(json: .object(members))?.verdict == .failed)
        #expect(GateOutcome(json: ["verdict": "passed"])?.verdict == .inconclusive)
    }

    @Test func theTableShowsBothSidesAndTheChange() {
        var file = MetricsFile(
            model: ["exact_match": 0.47, "perplexity": 3.1], baseline: ["exact_match": 0, "perplexity": 12.4])
        file.improvements = Comparison(model: file.model, baseline: file.baseline).improvements
        #expect(
            MetricsTable(file).text == """
                metric          base   tuned  improvement  percent
                exact_match   0.0000  0.4700      +0.4700        –
                perplexity   12.4000  3.1000      +9.3000  +75.0 %
                """)
    }
}
