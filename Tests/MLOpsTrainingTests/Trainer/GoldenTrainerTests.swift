import Foundation
import MLOpsCore
import MLOpsTraining
import OrderedCollections
import TestSupport
import Testing

/// Whole runs through the trainer, step for step as torch 2.13.0 with PEFT 0.21.2 does them in f32.
@Suite struct GoldenTrainerTests {
    @Test(
        .enabled(if: GoldenFolder.url != nil),
        arguments: ["llama_all", "llama_linear_warmup", "llama_qv_accum", "qwen2_rslora"])
    func trainsAsPEFT(name: String) async throws {
        let folder = try #require(GoldenFolder.url).appending(path: "lora/\(name)")
        let expected = try GoldenFolder.json(folder.appending(path: "expect.json"))
        let keys = try #require(expected["config"])
        let model = try DecoderModel(contentsOf: folder.appending(path: "model"))
        let adapter = try LoRAAdapter(contentsOf: folder.appending(path: "init_adapter"), for: model.architecture)
        let rows = try Dataset(contentsOf: folder.appending(path: "rows.jsonl")).tokenized { _ in
            throw CancellationError()
        }
        var optimization = OptimizationConfiguration(
            epochs: 1, maximumSteps: keys["max_steps"]?.int, batchSize: try #require(keys["batch_size"]?.int),
            gradientAccumulationSteps: try #require(keys["gradient_accumulation_steps"]?.int),
            learningRate: try #require(keys["lr"]?.double), warmup: .steps(keys["warmup_steps"]?.int ?? 0))
        optimization.scheduler = try #require(.init(rawValue: keys["lr_scheduler_type"]?.string ?? ""))
        optimization.weightDecay = keys["weight_decay"]?.double ?? 0
        optimization.maximumGradientNorm = keys["max_grad_norm"]?.double
        let directory = try TemporaryDirectory()
        let run = try RunDirectory.create(named: "golden", in: directory.url)
        let trainer = try Trainer(
            model: AdapterTraining(model: model, adapter: adapter), examples: rows.examples, run: run,
            configuration: .init(optimization: optimization, shuffle: false))
        for try await _ in trainer.events {}

        let steps = try JournalReader.lines(of: run.journal).compactMap { TrainingEvent.Step($0.entry) }
        let golden = try #require(expected["steps"]?.array)
        #expect(steps.count == golden.count)
        for (step, other) in zip(steps, golden) {
            let loss = try #require(other["loss"]?.double)
            let norm = try #require(other["grad_norm"]?.double)
            #expect(abs(step.loss - loss) < 2e-5 * loss, "step \(step.index)")
            #expect(abs(step.gradientNorm - norm) < 2e-4 * norm, "step \(step.index)")
            #expect(abs(step.learningRate - (other["lr"]?.double ?? -1)) < 1e-12)
            #expect(step.supervisedTokens == other["supervised_tokens"]?.int)
        }
        let final = try LoRAAdapter(contentsOf: folder.appending(path: "final_adapter"), for: model.architecture)
        let ours = try LoRAAdapter(contentsOf: run.model, for: model.architecture)
        #expect(relativeDifference(ours.parameters, final.parameters) < 2e-3)
    }

    @Test(.enabled(if: GoldenFolder.url != nil)) func aRunOfADecoderWithDropoutResumesToTheSameBytes() async throws {
        let folder = try #require(GoldenFolder.url).appending(path: "lora/llama_all")
        let model = try DecoderModel(contentsOf: folder.appending(path: "model"))
        let rows = try Dataset(contentsOf: folder.appending(path: "rows.jsonl")).tokenized { _ in
            throw CancellationError()
        }
        let directory = try TemporaryDirectory()
        func trainer(_ run: RunDirectory) throws -> Trainer<AdapterTraining> {
            try Trainer(
                model: AdapterTraining(model: model, configuration: .init(rank: 4, dropout: 0.3)),
                examples: rows.examples,
                run: run, configuration: .init(optimization: .init(maximumSteps: 6), recording: .init(saveSteps: 2)))
        }
        let runs = try ["whole", "killed"].map { try RunDirectory.create(named: $0, in: directory.url) }
        for try await _ in try trainer(runs[0]).events {}
        for try await event in try trainer(runs[1]).events {
            if case .step(let step) = event, step.index == 5 { break }
        }
        for try await _ in try trainer(runs[1]).events {}
        let bytes = try runs.map { try Data(contentsOf: $0.model.appending(path: "adapter_model.safetensors")) }
        #expect(bytes[0] == bytes[1])
    }
}
