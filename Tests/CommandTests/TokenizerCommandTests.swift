import Foundation
import MLOpsCore
import TestSupport
import Testing

/// `mlops tokenizer train`, as a shell sees it.
@Suite struct TokenizerCommandTests {
    private let home: TemporaryDirectory

    init() throws { home = try TemporaryDirectory() }

    private func train(_ arguments: String...) async throws -> BuiltProgram.Result {
        try await BuiltProgram.mlops.run(["tokenizer", "train"] + arguments, in: home.url)
    }

    @Test func linesAndRowsAreLearnedFrom() async throws {
        try home.write("to be or not to be\nthat is the question\n", to: "text.txt")
        try home.write(#"{"prompt": "to be", "completion": "or not to be"}"# + "\n", to: "rows.jsonl")
        let done = try await train("text.txt", "rows.jsonl", "--vocab-size", "270", "--output", "t", "--json")
        #expect(done.status == 0, "\(done.complaint)")
        let value = try JSONValue(parsing: done.output)
        #expect(value["tokens"]?.int == 270 && value["merges"]?.int == 11 && value["bytes"]?.int == 40 + 17)
        for name in ["config.json", "model.safetensors"] {
            try FileManager.default.copyItem(
                at: Fixture.package.appending(path: "models/mlops-tiny/\(name)"), to: home.url("t/\(name)"))
        }
        let ids = try await BuiltProgram.mlops.run(
            ["tokenize", "--model", "t", "--text", "to be<|im_end|>", "--json"], in: home.url)
        #expect(try JSONValue(parsing: ids.output)["ids"]?.array?.last?.int == 2, "\(ids.complaint)")
        let rendered = try JSONValue(parsing: Data(contentsOf: home.url("t/tokenizer_config.json")))
        #expect(rendered["chat_template"]?.string?.contains("<|im_start|>") == true)
    }

    @Test func aTextWithTooFewPairsIsSaid() async throws {
        try home.write("ab ab", to: "text.txt")
        let done = try await train("text.txt", "--vocab-size", "1000", "--output", "t", "--special", "[PAD]")
        #expect(done.status == 0)
        #expect(done.complaint.contains("262 tokens only, 1000 were asked for"), "\(done.complaint)")
    }

    @Test func mistakesAreNamed() async throws {
        try home.write("ab ab", to: "text.txt")
        try home.write("{\"prompt\": 1}\n", to: "rows.jsonl")
        #expect(try await train("none.txt", "--vocab-size", "300", "--output", "t").status == 66)
        #expect(try await train("text.txt", "--vocab-size", "12", "--output", "t").status == 65)
        #expect(try await train("text.txt", "--vocab-size", "300", "--output", "t", "--min-frequency=-1").status == 64)
        let wrong = try await train("rows.jsonl", "--vocab-size", "300", "--output", "t")
        #expect(wrong.status == 65 && wrong.complaint.contains("rows.jsonl:1"), "\(wrong.complaint)")
        #expect(!FileManager.default.fileExists(atPath: home.url("t").path))
    }
}
