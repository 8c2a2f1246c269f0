import Foundation
import MLOpsCore
import TestSupport
import Testing

/// What is made of the model of the repository, and how it was made itself.
@Suite struct ShippedModelCommandTests {
    private let home: TemporaryDirectory

    init() throws { home = try TemporaryDirectory() }

    private func place(_ path: String) -> String { Fixture.package.appending(path: path).path }

    private func train(_ arguments: String...) async throws -> BuiltProgram.Result {
        try await BuiltProgram.mlops.run(
            ["train", "--config-name"] + arguments + ["model_name=\(place("models/mlops-tiny"))"], in: home.url,
            timeout: 600)
    }

    @Test func pretrainingBeginsWithRandomWeightsAndLearns() async throws {
        let done = try await train(
            "pretrain_tiny", "dataset_path=\(place("data/pretraining/test.jsonl"))", "max_steps=12", "logging_steps=1",
            "hydra.run.dir=run")
        #expect(done.status == 0, "\(done.complaint)")
        let losses = try String(contentsOf: home.url("run/events.jsonl"), encoding: .utf8).split(separator: "\n")
            .compactMap { try JSONValue(parsing: String($0)) }
            .filter { $0["event"]?.string == "step" }.compactMap { $0["loss"]?.double }
        #expect(losses.count == 12)
        // Of 4096 tokens, each is as likely as the next: the loss is about log 4096.
        #expect(try abs(#require(losses.first) - 8.318) < 0.15)
        #expect(try #require(losses.last) < 7)
        let model = try JSONValue(parsing: Data(contentsOf: home.url("run/model/config.json")))
        #expect(model["hidden_size"]?.int == 160 && model["num_hidden_layers"]?.int == 4)
    }

    /// `make quickstart`, with fewer epochs.
    @Test func theQuickstartPassesItsGate() async throws {
        let done = try await train(
            "quickstart", "dataset_path=\(place("data/quickstart/train.jsonl"))", "epochs=5",
            "eval.dataset_path=\(place("data/quickstart/test.jsonl"))", "hydra.run.dir=run")
        #expect(done.status == 0, "\(done.complaint)")
        let metrics = try JSONValue(parsing: Data(contentsOf: home.url("run/metrics.json")))
        #expect(try #require(metrics["model"]?["exact_match"]?.double) > 0.2)
        #expect(try #require(metrics["baseline"]?["exact_match"]?.double) < 0.1)
    }
}
