import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// `mlops train` on the tiny model and a few rows, in a folder of its own.
struct TrainHarness {
    let home: TemporaryDirectory

    init() throws {
        home = try TemporaryDirectory()
        let colors = ["red", "green", "blue", "black", "white", "grey", "pink", "brown", "cyan", "teal"]
        let rows = colors.map { color in
            "{\"messages\":[{\"role\":\"user\",\"content\":\"Which color is \(color)?\"},"
                + "{\"role\":\"assistant\",\"content\":\"It is \(color).\"}]}\n"
        }
        try home.write(rows.joined(), to: "data/train.jsonl")
    }

    /// Overrides of a run in seconds: ten steps on eight rows, two rows held out.
    let settings = [
        "model_name=\(Fixture.tinyLlama.path)", "dataset_path=data/train.jsonl", "test_size=0.2", "max_steps=10",
        "batch_size=4", "lr=0.01", "lora_r=4", "lora_dropout=0.1", "save_steps=2", "save_total_limit=2",
        "generation.max_new_tokens=8",
    ]

    /// Runs `mlops` with `arguments`.
    func mlops(_ arguments: [String], environment: [String: String] = [:]) async throws -> BuiltProgram.Result {
        try await BuiltProgram.mlops.run(arguments, in: home.url, environment: environment)
    }

    /// Trains with the settings and `more`.
    func train(_ more: [String] = [], flags: [String] = []) async throws -> BuiltProgram.Result {
        try await mlops(["train"] + flags + settings + more)
    }

    /// The run that `name` names below `output_dir`.
    func run(_ name: String, in parent: String = "outputs/runs") -> URL { home.url("\(parent)/\(name)") }

    /// The only run below `parent`.
    func onlyRun(in parent: String = "outputs/runs") throws -> URL {
        let names = try FileManager.default.contentsOfDirectory(atPath: home.url(parent).path)
            .filter { $0 != "latest" && !$0.hasPrefix(".") }
        #expect(names.count == 1)
        return home.url("\(parent)/\(try #require(names.first))")
    }

    /// The weights of a finished run.
    func weights(_ run: URL) throws -> Data {
        try Data(contentsOf: run.appending(path: "model/adapter_model.safetensors"))
    }

    func json(_ url: URL) throws -> JSONValue { try JSONValue(parsing: try Data(contentsOf: url)) }
}
