import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// `mlops train` with other methods than plain LoRA, and what other commands do with what it leaves.
@Suite struct MethodCommandTests {
    let harness: TrainHarness

    init() throws { harness = try TrainHarness() }

    private func weights(_ run: URL) throws -> Data {
        try Data(contentsOf: run.appending(path: "model/model.safetensors"))
    }

    @Test func trainingAllWeightsLeavesAModelThatEveryCommandTakes() async throws {
        let result = try await harness.train(["method=full", "lr=0.003", "gate.enabled=false"])
        #expect(result.status == 0, "\(result.complaint)")
        let run = try harness.onlyRun()
        let metrics = try harness.json(run.appending(path: "metrics.json"))
        let tuned = try #require(metrics["model"]?["perplexity"]?.double)
        #expect(try tuned < #require(metrics["baseline"]?["perplexity"]?.double))
        for path in ["config.json", "generation_config.json", "tokenizer.json", "chat_template.jinja"] {
            #expect(FileManager.default.fileExists(atPath: run.appending(path: "model/\(path)").path), "\(path)")
        }
        for model in [run.path, run.appending(path: "model").path, run.appending(path: "checkpoints/step-000010").path]
        {
            let logits = try await harness.mlops(["inspect", "logits", "--model", model, "--ids", "1,5,9"])
            #expect(logits.status == 0, "\(logits.complaint)")
        }
        let answer = try await harness.mlops([
            "generate", "--model", run.path, "--prompt", "Hi", "--max-new-tokens", "3",
        ])
        #expect(answer.status == 0, "\(answer.complaint)")
        let gguf = try await harness.mlops(["gguf", "--model", run.path, "--quant", "BF16", "--output", "m.gguf"])
        #expect(gguf.status == 0, "\(gguf.complaint)")
        let archive = try await harness.mlops(["publish", "archive", run.path])
        #expect(archive.status == 64 && archive.complaint.contains("trained all weights"), "\(archive.complaint)")
        // It can be the base of the next training, and so can its GGUF file.
        for (model, place) in [(run.path, "next"), ("m.gguf", "again")] {
            let next = try await harness.train([
                "model_name=\(model)", "method=full", "eval.enabled=false", "output_dir=\(place)",
            ])
            #expect(next.status == 0, "\(next.complaint)")
            let model = try harness.onlyRun(in: place).path
            let logits = try await harness.mlops(["inspect", "logits", "--model", model, "--ids", "1,5,9"])
            #expect(logits.status == 0, "\(logits.complaint)")
        }
    }

    @Test func aFullRunFromRandomWeightsRepeatsAndResumes() async throws {
        let settings = ["method=full", "init=random", "eval.enabled=false", "neftune_noise_alpha=5", "test_size=0"]
        // Only the configuration and the tokenizer are there.
        try FileManager.default.copyItem(at: Fixture.tinyLlama, to: harness.home.url("empty"))
        try FileManager.default.removeItem(at: harness.home.url("empty/model.safetensors"))
        let whole = try await harness.train(settings + ["model_name=empty"])
        #expect(whole.status == 0, "\(whole.complaint)")
        let again = try await harness.train(settings + ["model_name=empty", "output_dir=again", "save_steps=null"])
        #expect(again.status == 0, "\(again.complaint)")
        #expect(try weights(harness.onlyRun()) == weights(harness.onlyRun(in: "again")))
        let other = try await harness.train(settings + ["model_name=empty", "output_dir=other", "seed=7"])
        #expect(other.status == 0, "\(other.complaint)")
        #expect(try weights(harness.onlyRun()) != weights(harness.onlyRun(in: "other")))
        let missing = try await harness.train(settings + ["model_name=data"])
        #expect(missing.status == 66 && missing.complaint.contains("config.json"), "\(missing.complaint)")
    }

    @Test(arguments: [
        ["use_dora=true"], ["init_lora_weights=pissa", "use_dora=true", "lora_r=3"], ["init_lora_weights=olora"],
        ["init_lora_weights=pissa_niter_2", "rank_pattern={down_proj:6}"], ["init_lora_weights=false"],
    ])
    func whatIsTrainedIsMeasuredMergedAndTrainedOn(settings: [String]) async throws {
        let result = try await harness.train(settings + ["gate.enabled=false"])
        #expect(result.status == 0, "\(result.complaint)")
        let run = try harness.onlyRun()
        let merged = try await harness.mlops([
            "merge", "--model", Fixture.tinyLlama.path, "--adapter", run.path, "--output", "merged", "--dtype", "f32",
        ])
        #expect(merged.status == 0, "\(merged.complaint)")
        func logits(_ arguments: [String]) async throws -> [Double] {
            let result = try await harness.mlops(["inspect", "logits", "--ids", "1,5,9,33", "--json"] + arguments)
            #expect(result.status == 0, "\(result.complaint)")
            let list = try JSONValue(parsing: result.output)["last_logits"]?.array
            return try #require(list).compactMap(\.double)
        }
        let beside = try await logits(["--model", run.path])
        let inside = try await logits(["--model", "merged"])
        let size = inside.map(abs).max() ?? 0
        #expect(zip(beside, inside).allSatisfy { abs($0 - $1) < 1e-4 * size })
        let next = try await harness.train([
            "init_adapter=\(run.path)/model", "eval.enabled=false", "output_dir=next", "max_steps=2",
        ])
        #expect(next.status == 0, "\(next.complaint)")
    }

    @Test func whatDoesNotGoTogetherIsRefused() async throws {
        for (settings, status, word) in [
            (["method=full", "use_dora=true"], 78, "use_dora"), (["init=random"], 78, "method: full"),
            (["load_best_model_at_end=true", "test_size=0", "eval.enabled=false"], 78, "test_size"),
            (["eval_steps=2", "test_size=0", "eval.enabled=false"], 78, "eval_steps"),
            (["rank_pattern={q_porj:2}"], 78, "q_porj"), (["alpha_pattern={lm_head:2}"], 78, "lm_head"),
            (["min_lr_ratio=0.1", "lr_scheduler_type=constant"], 78, "min_lr_ratio"),
            (["min_lr_ratio=0.1", "lr_scheduler_type=polynomial"], 78, "lr_end"),
            (["lr_scheduler_kwargs.power=2"], 78, "lr_scheduler_kwargs.power"),
            (["lr_scheduler_type=polynomial", "lr_scheduler_kwargs.lr_end=1"], 78, "less than lr"),
            (["lr_scheduler_type=cosine_with_min_lr"], 78, "min_lr_rate"),
            (
                ["lr_scheduler_type=cosine_with_min_lr", "min_lr_ratio=0.1", "lr_scheduler_kwargs.min_lr=1e-6"], 78,
                "exactly one"
            ),
            (["lr_scheduler_type=warmup_stable_decay"], 78, "num_decay_steps"),
            (["lr_scheduler_type=greedy"], 78, "inverse_sqrt"),
            (["+lr_scheduler_kwargs.min_lr_ratio=0.1"], 78, "outside the group"),
            (["layers_to_transform=[7]"], 78, "layers_to_transform"),
            (["init_lora_weights=pissa", "lora_r=40"], 78, "lora_r"),
        ] as [([String], Int32, String)] {
            let result = try await harness.train(settings)
            #expect(result.status == status && result.complaint.contains(word), "\(settings): \(result.complaint)")
        }
    }
}
