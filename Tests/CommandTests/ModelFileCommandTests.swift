import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// `mlops inspect`, `merge`, `gguf`, `quantize` and `publish`, as a shell sees them.
@Suite struct ModelFileCommandTests {
    private let home: TemporaryDirectory
    private let tiny = Fixture.tinyLlama.path
    private let adapter = Fixture.url("Publish/adapter").path

    init() throws { home = try TemporaryDirectory() }

    private func run(_ arguments: String...) async throws -> BuiltProgram.Result {
        try await BuiltProgram.mlops.run(arguments, in: home.url)
    }

    @Test(arguments: [
        ("TinyLlama/model.safetensors", "safetensors", 20), ("TensorFile/tiny-llama.gguf", "gguf", 20),
        ("Publish/adapter", "adapter", 12), ("TinyLlama", "model", 20), ("TensorFile/tiny-llama.sharded", "model", 20),
    ])
    func inspectTellsWhatIsThere(path: String, kind: String, tensors: Int) async throws {
        let result = try await run("inspect", Fixture.url(path).path, "--json")
        #expect(result.status == 0)
        let value = try JSONValue(parsing: result.output)
        #expect(value["kind"]?.string == kind && value["tensors"]?.array?.count == tensors)
        let text = try await run("inspect", Fixture.url(path).path)
        #expect(text.status == 0 && text.output.contains("\(tensors) tensors"))
    }

    @Test func inspectOfWhatIsDamagedOrMissingSaysSo() async throws {
        try home.write("", to: "empty.safetensors")
        try home.write("GGUF", to: "cut.gguf")
        try home.write("{", to: "model/config.json")
        try home.write("\u{1}\0\0\0\0\0\0\0{", to: "bad.safetensors")
        for (path, status) in [
            ("empty.safetensors", 65), ("cut.gguf", 65), ("model", 65), ("bad.safetensors", 65), (".", 65), ("no", 66),
        ] as [(String, Int32)] {
            let result = try await run("inspect", path)
            #expect(result.status == status && result.output.isEmpty, "\(path): \(result.status)")
            #expect(result.complaint.hasPrefix("mlops: error: "), "\(path)")
        }
    }

    @Test func mergingAndExportingGoTogether() async throws {
        let merge = try await run(
            "merge", "--model", tiny, "--adapter", adapter, "--output", "merged", "--dtype", "F32", "--json")
        #expect(merge.status == 0, "\(merge.complaint)")
        #expect(try JSONValue(parsing: merge.output)["merged_modules"] == 6)
        for (name, source) in [("a", ["--model", tiny, "--adapter", adapter]), ("b", ["--model", "merged"])] {
            let arguments = ["gguf"] + source + ["--quant", "q8_0", "--output", "\(name).gguf", "--name", "x"]
            let result = try await BuiltProgram.mlops.run(arguments, in: home.url)
            #expect(result.status == 0, "\(result.complaint)")
        }
        #expect(try Data(contentsOf: home.url("a.gguf")) == Data(contentsOf: home.url("b.gguf")))
        let back = try await run("merge", "--model", "a.gguf", "--output", "back", "--dtype", "bf16")
        #expect(back.status == 0 && back.output.contains("no adapter"), "\(back.complaint)")
        let q = "model.layers.0.self_attn.q_proj.weight"
        let (stored, merged) = (
            try ModelFiles(contentsOf: home.url("a.gguf")).tensor(q).floats(),
            try ModelFiles(contentsOf: home.url("back")).tensor(q)
        )
        #expect(merged.bytes() == ElementEncoding.bytes(stored, as: .bf16))
        let quantised = try await run("quantize", "a.gguf", "c.gguf", "F16")
        #expect(quantised.status == 0)
        #expect(try GGUFFile(contentsOf: home.url("c.gguf")).tensors["token_embd.weight"]?.elementType == .f16)
        // What is made of a file must not take its place: it is coarser.
        let before = try Data(contentsOf: home.url("a.gguf"))
        for arguments in [
            ["quantize", "a.gguf", "./a.gguf", "Q8_0"],
            ["gguf", "--model", "a.gguf", "--quant", "Q8_0", "--output", "a.gguf"],
        ] {
            let result = try await BuiltProgram.mlops.run(arguments, in: home.url)
            #expect(result.status == 64 && result.complaint.contains("being read"), "\(result.complaint)")
        }
        #expect(try Data(contentsOf: home.url("a.gguf")) == before)
    }

    @Test func aDamagedRecordOfARunIsNamed() async throws {
        try writeRun(gate: #"{"verdict":"passed","rules":[{"metric":"rouge1","verdict":"passed"}]}"#)
        try home.write("{\n?", to: "outputs/runs/a/artifacts/environment.json")
        let result = try await run("publish", "archive")
        #expect(result.status == 65 && result.complaint.contains("environment.json', line 2"), "\(result.complaint)")
    }

    @Test func whatIsAskedForWronglyIsRefused() async throws {
        try home.write("", to: "taken/model-00001-of-00002.safetensors")
        for (arguments, status) in [
            (["merge", "--output", "x"], 64),
            (["merge", "--model", tiny, "--adapter", adapter, "--output", "x", "--dtype", "f8"], 64),
            (["merge", "--model", tiny, "--adapter", adapter, "--output", "taken"], 64),
            (["merge", "--model", tiny, "--adapter", "nowhere", "--output", "x"], 66),
            (["merge", "--model", "nowhere", "--adapter", adapter, "--output", "x"], 66),
            (["gguf", "--model", tiny, "--quant", "Q9_9", "--output", "x.gguf"], 64),
            (["gguf", "--model", tiny, "--quant", "F16", "--output", "no/folder/x.gguf"], 66),
            (["quantize", tiny + "/model.safetensors", "x.gguf", "F16"], 65),
            (["quantize", "no.gguf", "x.gguf", "F16"], 66),
            (["publish", "archive", "nowhere"], 66), (["publish", "archive", "taken"], 65),
        ] as [([String], Int32)] {
            let result = try await BuiltProgram.mlops.run(arguments, in: home.url)
            #expect(result.status == status, "\(arguments): \(result.status) \(result.complaint)")
            #expect(result.output.isEmpty && !result.complaint.isEmpty)
        }
        #expect(!FileManager.default.fileExists(atPath: home.url("x").path))
        #expect(!FileManager.default.fileExists(atPath: home.url("x.gguf").path))
    }

    /// A run made by hand: training is slow, and only its files matter here.
    private func writeRun(gate: String) throws {
        try home.write("{\"event\":\"finished\",\"status\":\"succeeded\"}\n", to: "outputs/runs/a/events.jsonl")
        try home.write("model_name: \(tiny)\ndataset_path: rows.jsonl\n", to: "outputs/runs/a/config_used.yaml")
        try home.write(#"{"model":{"rouge1":0.5},"gate":\#(gate)}"#, to: "outputs/runs/a/metrics.json")
        try FileManager.default.copyItem(
            at: Fixture.url("Publish/adapter"), to: home.url("outputs/runs/a/model"))
        try FileManager.default.createSymbolicLink(
            atPath: home.url("outputs/runs/latest").path, withDestinationPath: "a")
    }

    @Test func aRunThatPassedIsPublished() async throws {
        try writeRun(gate: #"{"verdict":"passed","rules":[{"metric":"rouge1","verdict":"passed"}]}"#)
        let result = try await run("publish", "archive", "--json")
        #expect(result.status == 0, "\(result.complaint)")
        let value = try JSONValue(parsing: result.output)
        #expect(value["release"]?["approval"]?["ground"] == "gate")
        #expect(FileManager.default.fileExists(atPath: home.url("outputs/runs/a/release/archive/a.tar.zst").path))
    }

    @Test func aRunThatFailedNeedsAReason() async throws {
        try writeRun(gate: #"{"verdict":"failed","rules":[{"metric":"rouge1","verdict":"failed"}]}"#)
        let refused = try await run("publish", "archive")
        #expect(refused.status == 2 && refused.complaint.contains("--force"))
        let empty = try await run("publish", "archive", "--force", " ")
        #expect(empty.status == 64)
        #expect(!FileManager.default.fileExists(atPath: home.url("outputs/runs/a/release").path))
        let forced = try await run("publish", "archive", "--force", "for a demo")
        #expect(forced.status == 0, "\(forced.complaint)")
        #expect(try home.text("outputs/runs/a/release/archive/release.json").contains("for a demo"))
    }
}
