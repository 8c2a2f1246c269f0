import Foundation
import MLOpsCore
import MLOpsEval
import OrderedCollections
import TestSupport
import Testing

/// `mlops metrics`, `mlops compare` and `mlops gate`, as a shell sees them.
@Suite struct MeasuringTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func mlops(_ arguments: String...) async throws -> BuiltProgram.Result {
        try await BuiltProgram.mlops.run(arguments, in: folder.url)
    }

    @Test(arguments: [false, true]) func metricsOfTheGoldenPairsAgree(usesStemmer: Bool) async throws {
        let pairs = Fixture.url("metrics/pairs.jsonl").path
        let result = try await mlops(
            ["metrics", "--predictions", pairs, "--per-sample", "out.jsonl", "--json"]
                + (usesStemmer ? ["--stemmer"] : []))
        #expect(result.status == 0 && result.complaint.isEmpty)
        let expected = try JSONValue(parsing: Data(contentsOf: Fixture.url("metrics/expect.json")))
        let own = try JSONValue(parsing: result.output)
        #expect(own.object?.keys == ["count", "metrics"] && own["count"] == 150)
        func check(_ own: JSONValue?, _ expected: JSONValue?) throws {
            for (name, value) in try #require(expected?.object)
            where name.hasSuffix("_stemmed") == usesStemmer || !name.hasPrefix("rouge") {
                let key = name.replacing("_stemmed", with: "")
                #expect(abs(try #require(own?[key]?.double) - (value.double ?? .nan)) < 1e-6, "\(name)")
            }
        }
        try check(own["metrics"], expected["aggregate"])
        let lines = try folder.text("out.jsonl").split(separator: "\n")
        #expect(lines.count == 150)
        for (line, sample) in zip(lines, expected["per_sample"]?.array ?? []) {
            try check(try JSONValue(parsing: String(line))["metrics"], sample)
        }
    }

    private func mlops(_ arguments: [String]) async throws -> BuiltProgram.Result {
        try await BuiltProgram.mlops.run(arguments, in: folder.url)
    }

    @Test func aBadRowEndsWith65AndItsPlace() async throws {
        try folder.write("{\"prediction\": \"a\", \"reference\": \"a\"}\n{\"prediction\": \"a\"}\n", to: "p.jsonl")
        let result = try await mlops("metrics", "--predictions", "p.jsonl", "--json", "--per-sample", "out.jsonl")
        #expect(result.status == 65 && result.output.isEmpty)
        #expect(result.complaint.contains("p.jsonl:2: "))
        #expect(!FileManager.default.fileExists(atPath: folder.url("out.jsonl").path))
        #expect(try await mlops("metrics", "--predictions", "none.jsonl").status == 66)
        #expect(try await mlops("metrics").status == 64)
    }

    private func write(
        _ name: String, _ model: OrderedDictionary<String, Double>, _ baseline: OrderedDictionary<String, Double>
    ) throws {
        var file = MetricsFile(model: model, baseline: baseline, counts: ["examples": 30])
        file.improvements = Comparison(model: model, baseline: baseline).improvements
        try folder.write(file.json.text(.pretty), to: "\(name)/metrics.json")
    }

    @Test(arguments: [
        (0.5, 0.5, [String](), Int32(0), "passed"), (0.01, 0.5, [], 2, "failed"),
        (0.01, 0.5, ["--rule", "rouge1 > 0.1"], 0, "passed"), (0.5, 0.5, ["--min-examples", "31"], 3, "inconclusive"),
        (0.5, 0.5, ["--rule", "chrf value >= 0.1"], 3, "inconclusive"),
    ])
    func aGateEndsAsItsVerdictSays(
        exactMatch: Double, rouge1: Double, options: [String], status: Int32, verdict: String
    ) async throws {
        try write("run", ["exact_match": exactMatch, "rouge1": rouge1], ["exact_match": 0, "rouge1": 0])
        let result = try await mlops(["gate", "run", "--json"] + options)
        #expect(result.status == status)
        #expect(try JSONValue(parsing: result.output)["verdict"]?.string == verdict)
        let text = try await mlops(["gate", "run/metrics.json"] + options)
        #expect(text.output.hasSuffix("Gate \(verdict).\n") && text.complaint.isEmpty)
    }

    @Test func aGateWithoutFiguresOrWithAnOddRuleSaysSo() async throws {
        try folder.write("{}", to: "run/other.json")
        #expect(try await mlops("gate", "run").status == 66)
        try folder.write("[]", to: "run/metrics.json")
        #expect(try await mlops("gate", "run").status == 65)
        try write("run", [:], [:])
        #expect(try await mlops("gate", "run", "--rule", "rouge1").status == 64)
    }

    @Test func comparesTwoRunsWithIntervalsWhenTheirAnswersAreThere() async throws {
        try write("a", ["exact_match": 0, "perplexity": 9], [:])
        try write("b", ["exact_match": 0.5, "perplexity": 6], [:])
        let plain = try JSONValue(parsing: try await mlops("compare", "a", "b", "--json").output)
        #expect(plain.object?.keys == ["a", "b", "improvements"])
        #expect(plain["improvements"]?["exact_match"]?["improvement"] == 0.5)
        #expect(plain["improvements"]?["exact_match"]?["percent_change"] == .null)
        #expect(plain["improvements"]?["perplexity"]?["improvement"] == 3.0)
        func answers(_ hits: Int) -> String {
            (0..<10).map { row in
                #"{"prompt": "q\#(row)", "reference": "r", "prediction": "p", "metrics": {"exact_match": \#(row < hits ? 1.0 : 0.0)}}"#
            }.joined(separator: "\n")
        }
        try folder.write(answers(0), to: "a/eval/predictions.jsonl")
        try folder.write(answers(5), to: "b/predictions.jsonl")
        let paired = try JSONValue(parsing: try await mlops("compare", "a", "b/metrics.json", "--json").output)
        let interval = paired["improvements"]?["exact_match"]?["confidence_interval"]
        #expect((interval?["low"]?.double ?? 0) > 0.05 && (interval?["high"]?.double ?? 1) < 0.95)
        let table = try await mlops("compare", "a", "b").output
        #expect(table.contains("exact_match  0.0000  0.5000      +0.5000"))
    }
}
