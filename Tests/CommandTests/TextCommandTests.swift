import Foundation
import MLOpsCore
import TestSupport
import Testing

/// `mlops generate`, `chat`, `perplexity`, `tokenize` and `data preview`, as a shell sees them.
@Suite struct TextCommandTests {
    private let home: TemporaryDirectory
    private let tiny = Fixture.tinyLlama.path

    init() throws { home = try TemporaryDirectory() }

    private func run(_ arguments: [String], input: String = "") async throws -> BuiltProgram.Result {
        try await BuiltProgram.mlops.run(arguments, in: home.url, input: input)
    }

    @Test func theWaysToAskGiveTheSameAnswer() async throws {
        try home.write("[{\"role\":\"user\",\"content\":\"Hello\"}]", to: "m.json")
        let more = ["--model", tiny, "--max-new-tokens", "6"]
        let plain = try await run(["generate", "--prompt", "Hello"] + more)
        #expect(plain.status == 0, "\(plain.complaint)")
        let json = try await run(["generate", "--prompt", "Hello", "--json"] + more)
        let value = try JSONValue(parsing: json.output)
        #expect(plain.output == (value["text"]?.string ?? "") + "\n")
        #expect(value["tokens"]?.int.map { $0 <= 6 } == true)
        #expect(["stop", "length"].contains(value["finish_reason"]?.string))
        #expect(try await run(["generate", "--messages", "m.json"] + more).output == plain.output)
        #expect(try await run(["generate", "-"] + more, input: "Hello").output == plain.output)
        #expect(try await run(["chat"] + more, input: "Hello\n").output == plain.output)
        let raw = try await run(["generate", "--raw", "--prompt", "Hello", "--json"] + more)
        #expect(try JSONValue(parsing: raw.output)["prompt_tokens"]?.int ?? 99 < value["prompt_tokens"]?.int ?? 0)
    }

    @Test func aSeedDecidesWhatIsDrawn() async throws {
        func text(_ seed: Int) async throws -> String {
            try await run([
                "generate", "--model", tiny, "--prompt", "a", "--temperature", "2", "--max-new-tokens", "20", "--seed",
                "\(seed)",
            ]).output
        }
        let first = try await text(1)
        #expect(try await text(1) == first)
        #expect(try await text(2) != first)
    }

    @Test func tokensGoThereAndBack() async throws {
        let there = try await run(["tokenize", "--model", tiny, "--text", "Hi <|im_end|>é", "--json"])
        let ids = try #require(try JSONValue(parsing: there.output)["ids"]?.array)
        #expect(ids.contains(2))
        let back = try await run(["tokenize", "--model", tiny, "--decode", "--text", JSONValue.array(ids).text()])
        #expect(back.output == "Hi <|im_end|>é\n")
        let counted = try await run([
            "tokenize", "--model", tiny, "--text", "Hi\nthere\n", "--count", "--threads", "2", "--json",
        ])
        let apart = try await run(["tokenize", "--model", tiny, "--text", "Hi", "--json"])
        let rest = try await run(["tokenize", "--model", tiny, "--text", "there", "--json"])
        let sum = try [apart, rest].reduce(0) { $0 + (try JSONValue(parsing: $1.output)["ids"]?.array?.count ?? 0) }
        #expect(try JSONValue(parsing: counted.output)["tokens"]?.int == sum)
        let plain = try await run(["tokenize", "--model", tiny, "--text", "Hi <|im_end|>é", "--no-special", "--json"])
        #expect(try JSONValue(parsing: plain.output)["ids"]?.array?.contains(2) == false)
    }

    @Test func perplexityIsTheExponentialOfTheMeanLoss() async throws {
        try home.write("The quick brown fox jumps over the lazy dog.", to: "t.txt")
        let result = try await run(["perplexity", "--model", tiny, "--file", "t.txt", "--json"])
        #expect(result.status == 0, "\(result.complaint)")
        let value = try JSONValue(parsing: result.output)
        let ids = try await run(["tokenize", "--model", tiny, "--file", "t.txt", "--add-special-tokens", "--json"])
        let list = try #require(try JSONValue(parsing: ids.output)["ids"]?.array?.compactMap(\.int))
        #expect(value["tokens"]?.int == list.count - 1)
        let logits = try await run([
            "inspect", "logits", "--model", tiny, "--ids", list.map(String.init).joined(separator: ","),
        ])
        let nll = try #require(try JSONValue(parsing: logits.output)["nll"]?.double)
        #expect(abs((value["nll"]?.double ?? 0) - nll) < 1e-6)
        #expect(abs((value["perplexity"]?.double ?? 0) - exp(nll)) < 1e-3 * exp(nll))
    }

    @Test func aPreviewShowsWhatIsLearned() async throws {
        try home.write("{\"prompt\":\"Why?\",\"completion\":\"Because.\"}\n", to: "d.jsonl")
        let result = try await run(["data", "preview", "d.jsonl", "--model", tiny])
        #expect(result.status == 0, "\(result.complaint)")
        #expect(
            result.output.hasSuffix(
                "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n«Because.<|im_end|>»\n\n"))
        let json = try await run(["data", "preview", "d.jsonl", "--model", tiny, "--json"])
        #expect(try JSONValue(parsing: json.output)[0]?["supervised_text"] == "Because.<|im_end|>")
        let stats = try await run(["data", "stats", "d.jsonl", "--model", tiny])
        #expect(stats.output.contains("learned tokens: total"))
        let check = try await run(["data", "check", "d.jsonl", "--model", tiny, "--max-length", "5"])
        #expect(check.status == 65 && check.output.contains("d.jsonl:1"))
    }

    @Test(
        arguments: [
            (["generate", "--prompt", "a"], 64), (["generate", "--model", "nowhere", "--prompt", "a"], 66),
            (["generate", "--model", "TINY"], 64),
            (["generate", "--model", "TINY", "--prompt", "a", "--top-p", "0"], 64),
            (["generate", "--model", "TINY", "--messages", "none.json"], 66),
            (["generate", "--model", "TINY", "--messages", "broken.json"], 65),
            (["generate", "--model", "TINY", "--messages", "empty.json"], 65),
            (["perplexity", "--model", "TINY", "--file", "none.txt"], 66),
            (["perplexity", "--model", "TINY", "--file", "latin1.txt"], 65),
            (["perplexity", "--model", "TINY", "--file", "one.txt"], 65),
            (["tokenize", "--model", "TINY"], 64),
            (["tokenize", "--model", "TINY", "--decode", "--text", "99999"], 65),
            (["tokenize", "--model", "TINY", "--decode", "--text", "x"], 65),
            (["data", "preview", "none.jsonl", "--model", "TINY"], 66), (["eval", "model_path=nowhere"], 66),
        ] as [([String], Int32)])
    func whatIsAskedWronglyIsRefused(arguments: [String], status: Int32) async throws {
        try home.write("[", to: "broken.json")
        try home.write("[]", to: "empty.json")
        try home.write("a", to: "one.txt")
        try Data([0x61, 0xE9, 0x62]).write(to: home.url("latin1.txt"))
        let result = try await run(arguments.map { $0 == "TINY" ? tiny : $0 })
        #expect(result.status == status, "\(arguments): \(result.status) \(result.complaint)")
        #expect(result.complaint.hasPrefix("mlops: error: ") && result.output.isEmpty)
        // An error in a file names it.
        if let file = arguments.last, file.hasSuffix(".json") { #expect(result.complaint.contains(file)) }
    }

    /// The file's first tensor, the embedding, holds no numbers: no token of an answer would mean anything.
    @Test(
        arguments: [
            (["generate", "--prompt", "a"], 65), (["generate", "--prompt", "a", "--temperature", "1"], 65),
            (["perplexity", "--file", "text.txt"], 65), (["gguf", "--quant", "Q8_0", "--output", "x.gguf"], 65),
            (["gguf", "--quant", "BF16", "--output", "x.gguf"], 0),
        ] as [([String], Int32)])
    func aModelWithoutNumbersIsToldFromOneThatIsSilent(arguments: [String], status: Int32) async throws {
        try home.write("some text", to: "text.txt")
        try FileManager.default.copyItem(atPath: tiny, toPath: home.url("broken").path)
        var file = try Data(contentsOf: home.url("broken/model.safetensors"))
        let header = 8 + Int(file.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
        let names = try JSONValue(parsing: file[8..<header])
        #expect(names["model.embed_tokens.weight"]?["data_offsets"]?[0] == 0)
        for place in stride(from: header, to: header + 2 * 32 * 300, by: 2) {
            file[place] = 0xC0
            file[place + 1] = 0x7F
        }
        try file.write(to: home.url("broken/model.safetensors"))
        let result = try await run([arguments[0], "--model", "broken"] + arguments.dropFirst())
        #expect(result.status == status, "\(result.status) \(result.complaint)")
        if status != 0 { #expect(result.output.isEmpty && result.complaint.contains("mlops: error: ")) }
    }
}
