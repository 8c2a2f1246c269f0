import Foundation
import MLOpsCore
import MLOpsEval
import OrderedCollections
import TestSupport
import Testing

@Suite struct PredictionFileTests {
    @Test func readsRowsWithOneAndWithSeveralReferences() throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write(
            """
            {"prediction": "a", "reference": "b", "prompt": [1], "seconds": 2}\r

            {"references": ["c", ""], "prediction": ""}
            """, to: "p.jsonl")
        #expect(
            try PredictionFile.read(file) == [
                .init(prediction: "a", references: ["b"], seconds: 2), .init(prediction: "", references: ["c", ""]),
            ])
    }

    @Test(arguments: [
        ("{", "column"), ("[]", "not an object"), (#"{"reference": "a"}"#, "\"prediction\" is missing"),
        (#"{"prediction": 3, "reference": "a"}"#, "\"prediction\" is not text"),
        (#"{"prediction": "a"}"#, "\"reference\" (or \"references\") is missing"),
        (#"{"prediction": "a", "reference": ["a"]}"#, "not text"),
        (#"{"prediction": "a", "references": []}"#, "at least one text"),
        (#"{"prediction": "a", "references": ["a", null]}"#, "at least one text"),
        (#"{"prediction": "a", "reference": "a", "references": ["a"]}"#, "exclude"),
        (#"{"prediction": "\ud800", "reference": "a"}"#, "surrogate"),
        (#"{"prediction": "a", "reference": "a", "seconds": "x"}"#, "seconds"),
    ])
    func namesTheLineThatIsWrong(line: String, reason: String) throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write("{\"prediction\": \"a\", \"reference\": \"a\"}\n\(line)\n", to: "p.jsonl")
        let error = #expect(throws: EvaluationError.self) { try PredictionFile.read(file) }
        #expect(error?.message.contains("p.jsonl:2: ") == true)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.exitStatus == .invalidData)
    }

    @Test func invalidUTF8IsNamed() throws {
        let folder = try TemporaryDirectory()
        let file = folder.url("p.jsonl")
        try Data([0x7B, 0x22, 0xFF, 0x22, 0x7D]).write(to: file)
        let error = #expect(throws: EvaluationError.self) { try PredictionFile.read(file) }
        #expect(error?.message.contains(":1: ") == true)
    }

    @Test func anEmptyFileIsAnErrorAndAMissingOneIsMissing() throws {
        let folder = try TemporaryDirectory()
        let empty = try folder.write("\n\n", to: "p.jsonl")
        #expect(throws: EvaluationError.self) { try PredictionFile.read(empty) }
        let error = #expect(throws: FileError.self) { try PredictionFile.read(folder.url("none.jsonl")) }
        #expect(error?.exitStatus == .inputMissing)
    }

    @Test func whatAnEvaluationWritesCanBeScoredAndReadBack() async throws {
        let folder = try TemporaryDirectory()
        let long = Conversation(messages: [
            ChatMessage(role: "system", content: "Be brief."), ChatMessage(role: "user", content: "Italy"),
            ChatMessage(role: "assistant", content: "Rome\nitself"),
        ])
        let report = try await Evaluation(metrics: [.exactMatch]).report(
            on: [.asking("France", "Paris"), long], of: TableGenerator(answers: ["France": "Paris", "Italy": "Ro\"me"]))
        let file = folder.url("predictions.jsonl")
        try PredictionFile.write(report, to: file)
        let rows = try PredictionFile.read(file)
        #expect(rows.map(\.prediction) == ["Paris", "Ro\"me"])
        #expect(rows.map(\.references) == [["Paris"], ["Rome\nitself"]])
        let first = try JSONValue(parsing: String(folder.text("predictions.jsonl").split(separator: "\n")[0]))
        #expect(first["prompt"] == "France")
        #expect(first["metrics"]?["exact_match"] == 1.0)
        #expect(first["tokens"] == 5)
        let again = try PredictionFile.examples(file)
        #expect(again.map(\.metrics) == report.examples.map(\.metrics))
        #expect(again.map(\.row.prompt) == report.examples.map(\.row.prompt))
        #expect(again.map(\.score) == report.examples.map(\.score))
    }
}
