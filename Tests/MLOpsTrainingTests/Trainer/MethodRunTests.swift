import Foundation
import MLOpsCore
import MLOpsTraining
import OrderedCollections
import TestSupport
import Testing

/// Whole runs of each method, step for step as torch 2.13.0, transformers 5.23.0 and PEFT 0.21.2 do them in f32
/// (Tests/Interop/methods.py, which knows many more).
@Suite struct MethodRunTests {
    static let cases = ["tiny_dora", "tiny_pissa", "tiny_full", "tiny_saved", "tiny_gpt2"]
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func configuration(_ folder: URL, _ expected: JSONValue) throws -> RunConfiguration {
        var members = try #require(expected["config"]?.object)
        members["model_name"] = .string(folder.appending(path: "model").path(percentEncoded: false))
        try directory.write(JSONValue.object(members).text(), to: "configs/case.yaml")
        return try RunConfiguration(
            RunConfiguration.compose("case", from: [ConfigSource(.directory(directory.url("configs")))]))
    }

    private func trainee(_ configuration: RunConfiguration, _ folder: URL) throws -> any TrainableModel {
        let files = try ModelFiles(contentsOf: folder.appending(path: "model"))
        if configuration.method == .full { return try FullTraining(files) }
        let start = folder.appending(path: "init_adapter")
        let model = try DecoderModel(files)
        return FileManager.default.fileExists(atPath: start.path(percentEncoded: false))
            ? try AdapterTraining(model: model, continuing: start)
            : try AdapterTraining(
                model: model, configuration: LoRAConfiguration(configuration.lora), seed: configuration.seed)
    }

    private func train(
        _ model: some TrainableModel, _ configuration: TrainingConfiguration, _ folder: URL, in run: RunDirectory,
        steps: Int = .max
    ) async throws {
        let rows = try Dataset(contentsOf: folder.appending(path: "rows.jsonl")).tokenized { _ in
            throw CancellationError()
        }
        let trainer = try Trainer(model: model, examples: rows.examples, run: run, configuration: configuration)
        for try await event in trainer.events {
            if case .step(let step) = event, step.index == steps { break }
        }
    }

    @Test(arguments: cases) func trainsAsTheReference(name: String) async throws {
        let folder = Fixture.url("Methods/\(name)")
        let expected = try JSONValue(parsing: WholeFile.read(folder.appending(path: "expect.json")))
        let configuration = try configuration(folder, expected)
        let run = try RunDirectory.create(named: "run", in: directory.url)
        try await train(trainee(configuration, folder), TrainingConfiguration(configuration), folder, in: run)

        let steps = try JournalReader.lines(of: run.journal).compactMap { TrainingEvent.Step($0.entry) }
        let golden = try #require(expected["steps"]?.array)
        #expect(steps.count == golden.count)
        for (step, other) in zip(steps, golden) {
            let loss = try #require(other["loss"]?.double)
            let norm = try #require(other["grad_norm"]?.double)
            #expect(abs(step.loss - loss) < 2e-5 * loss, "step \(step.index)")
            #expect(abs(step.gradientNorm - norm) < 2e-4 * norm, "step \(step.index)")
            #expect(abs(step.learningRate - (other["lr"]?.double ?? -1)) < 1e-12)
        }
        let ids: [Int32] = [1, 9, 45, 12, 20, 31, 40]
        let model = try DecoderModel(contentsOf: folder.appending(path: "model"))
        let (ours, theirs): ([Float], [Float])
        if configuration.method == .full {
            ours = try DecoderModel(contentsOf: run.model).logits(of: ids).last
            theirs = try DecoderModel(contentsOf: folder.appending(path: "final_model")).logits(of: ids).last
        } else {
            func logits(_ url: URL) throws -> [Float] {
                try model.logits(of: ids, adapter: LoRAAdapter(contentsOf: url, for: model.architecture)).last
            }
            (ours, theirs) = (try logits(run.model), try logits(folder.appending(path: "final_adapter")))
        }
        #expect(relativeDifference(ours, theirs) < 1e-3)
    }

    @Test(arguments: cases) func aRunThatIsResumedEndsWithTheSameBytes(name: String) async throws {
        let folder = Fixture.url("Methods/\(name)")
        let expected = try JSONValue(parsing: WholeFile.read(folder.appending(path: "expect.json")))
        let configuration = try configuration(folder, expected)
        var training = TrainingConfiguration(configuration)
        training.recording.saveSteps = 3
        training.optimization.noiseAlpha = 5
        let runs = try ["whole", "killed"].map { try RunDirectory.create(named: $0, in: directory.url) }
        func train(_ run: RunDirectory, steps: Int = .max) async throws {
            try await self.train(trainee(configuration, folder), training, folder, in: run, steps: steps)
        }
        try await train(runs[0])
        try await train(runs[1], steps: 8)
        try await train(runs[1])
        let file = configuration.method == .full ? "model.safetensors" : "adapter_model.safetensors"
        let bytes = try runs.map { try Data(contentsOf: $0.model.appending(path: file)) }
        #expect(bytes[0] == bytes[1])
    }

    @Test func randomWeightsAreDrawnAsTheConfigurationSays() throws {
        let folder = Fixture.url("Methods/tiny_full/model")
        let config = try directory.write(
            String(contentsOf: folder.appending(path: "config.json"), encoding: .utf8), to: "empty/config.json")
        let (a, b) = try (
            ModelFiles(randomWeightsFor: config.deletingLastPathComponent(), seed: 1),
            ModelFiles(randomWeightsFor: config.deletingLastPathComponent(), seed: 2)
        )
        let name = "model.layers.0.mlp.up_proj.weight"
        let numbers = try a.tensor(name).floats()
        #expect(try numbers != b.tensor(name).floats())
        let variance = numbers.reduce(0) { $0 + $1 * $1 } / Float(numbers.count)
        #expect(abs(variance.squareRoot() - 0.12) < 0.015)
        #expect(try a.tensor("model.norm.weight").floats().allSatisfy { $0 == 1 })
        #expect(try a.tensor("model.layers.1.self_attn.q_proj.bias").floats().allSatisfy { $0 == 0 })
        #expect(try FullTraining(a).parameters.count == FullTraining(b).parameters.count)
        let error = #expect(throws: ModelFileError.self) { try ModelFiles(randomWeightsFor: directory.url, seed: 1) }
        #expect(error?.message.contains("config.json") == true)
    }
}
