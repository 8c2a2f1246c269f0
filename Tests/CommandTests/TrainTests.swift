import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// The main job, as a shell sees it: one command from rows to a measured, judged adapter.
@Suite struct TrainTests {
    let harness: TrainHarness

    init() throws { harness = try TrainHarness() }

    @Test func aRunHasEverythingTheContractNames() async throws {
        let result = try await harness.train(["gate.enabled=false"], flags: ["--json"])
        #expect(result.status == 0, "\(result.complaint)")
        let outcome = try JSONValue(parsing: result.output)
        #expect(outcome["status"] == "succeeded")
        let run = try harness.onlyRun()
        for path in [
            "config_used.yaml", ".hydra/config.yaml", ".hydra/hydra.yaml", ".hydra/overrides.yaml",
            "model/adapter_config.json", "model/adapter_model.safetensors", "model/tokenizer.json",
            "model/tokenizer_config.json", "model/chat_template.jinja", "model/README.md", "metrics.json",
            "eval/predictions.jsonl", "eval/baseline_predictions.jsonl", "checkpoints/step-000010", "events.jsonl",
            "artifacts/data_stats.json", "artifacts/training_log.txt", "artifacts/environment.json",
        ] {
            #expect(FileManager.default.fileExists(atPath: run.appending(path: path).path), "\(path)")
        }
        let logs = try FileManager.default.contentsOfDirectory(atPath: run.appending(path: "logs").path)
        #expect(logs.contains { $0.hasPrefix("events.out.tfevents.") })
        let latest = try FileManager.default.destinationOfSymbolicLink(atPath: harness.run("latest").path)
        #expect(latest == run.lastPathComponent)

        let metrics = try harness.json(run.appending(path: "metrics.json"))
        #expect(
            metrics.object.map { Array($0.keys) } == [
                "train", "model", "baseline", "improvements", "gate", "counts", "versions",
            ])
        #expect(metrics["train"]?["steps"] == 10)
        for side in ["model", "baseline"] {
            for name in [
                "exact_match", "jaccard", "rouge1", "rouge2", "rougeL", "rougeLsum", "bleu", "response_length",
                "generation_time", "perplexity",
            ] {
                #expect(metrics[side]?[name]?.double != nil, "\(side) \(name)")
            }
        }
        #expect(
            metrics["improvements"]?["rouge1"]?.object.map {
                Set($0.keys).isSuperset(of: ["improvement", "percent_change"])
            } == true)
        #expect(metrics["gate"]?.isNull == true)
        #expect(metrics["counts"]?["examples"] == 2)
        let tuned = try #require(metrics["model"]?["perplexity"]?.double)
        let base = try #require(metrics["baseline"]?["perplexity"]?.double)
        #expect(tuned < base)
        let card = try String(contentsOf: run.appending(path: "model/README.md"), encoding: .utf8)
        #expect(card.hasPrefix("---\n") && card.contains("perplexity"))
    }

    @Test func theSnapshotRepeatsTheRun() async throws {
        let first = try await harness.train(["eval.enabled=false"])
        #expect(first.status == 0, "\(first.complaint)")
        let run = try harness.onlyRun()
        let second = try await harness.mlops([
            "train", "--config-dir", run.path, "--config-name", "config_used", "output_dir=again",
        ])
        #expect(second.status == 0, "\(second.complaint)")
        #expect(try harness.weights(harness.onlyRun(in: "again")) == harness.weights(run))
    }

    @Test func aFailedGateEndsWith2AndLeavesLatestAlone() async throws {
        let rule = "gate.rules=[{metric: rouge1, min_improvement: 0.9}]"
        let result = try await harness.train([rule])
        #expect(result.status == 2, "\(result.complaint)")
        #expect(result.output.contains("Gate failed."))
        let run = try harness.onlyRun()
        #expect(try harness.json(run.appending(path: "metrics.json"))["gate"]?["verdict"] == "failed")
        #expect(!FileManager.default.fileExists(atPath: harness.run("latest").path))
        // A run that failed is only published on somebody's word.
        let refused = try await harness.mlops(["publish", "ollama", run.path])
        #expect(refused.status == 2, "\(refused.complaint)")
        #expect(refused.complaint.contains("--force"))
        let forced = try await harness.mlops(["publish", "ollama", run.path, "--force", "a test", "--output", "o"])
        #expect(forced.status == 0, "\(forced.complaint)")
        #expect(try harness.json(harness.home.url("o/release.json"))["approval"]?["reason"] == "a test")
        let modelfile = try harness.home.text("o/Modelfile")
        #expect(modelfile.hasPrefix("FROM ./model-Q8_0.gguf\n"))
        #expect(modelfile.contains("{{ .Content }}<|im_end|>"))
        #expect(modelfile.contains("PARAMETER stop \"<|im_end|>\""))
        let archive = try await harness.mlops(["publish", "archive", run.path, "--force", "a test"])
        #expect(archive.status == 0, "\(archive.complaint)")
        // Something that is no release is not replaced by one.
        try harness.home.write("mine", to: "mine/file")
        let other = try await harness.mlops(["publish", "ollama", run.path, "--force", "x", "--output", "mine"])
        #expect(other.status == 64)
        #expect(try harness.home.text("mine/file") == "mine")
    }

    @Test func aPassedGateEndsWith0() async throws {
        let result = try await harness.train(["gate.rules=[{metric: perplexity, min_improvement: 0.001}]"])
        #expect(result.status == 0, "\(result.complaint)")
        #expect(result.output.contains("Gate passed."))
        let gate = try await harness.mlops(["gate", "outputs/runs/latest"])
        #expect(gate.status == 0)
        let eval = try await harness.mlops([
            "eval", "model_path=outputs/runs/latest", "dataset_path=data/train.jsonl", "max_samples=3",
            "generation.max_new_tokens=4", "gate.enabled=false", "--json",
        ])
        #expect(eval.status == 0, "\(eval.complaint)")
        let report = try JSONValue(parsing: eval.output)
        #expect(report["counts"]?["examples"] == 3)
        #expect(report["baseline"]?["rouge1"]?.double != nil)
        let baseline = try await harness.mlops([
            "eval", "--config-name", "eval_baseline", "model_path=\(Fixture.tinyLlama.path)",
            "dataset_path=data/train.jsonl", "max_samples=2", "generation.max_new_tokens=4", "--json",
        ])
        #expect(baseline.status == 0, "\(baseline.complaint)")
        #expect(try JSONValue(parsing: baseline.output)["baseline"]?.object?.isEmpty == true)
    }

    @Test func rowsOfTokensNeedNoTokenizer() async throws {
        for name in ["config.json", "model.safetensors"] {
            try FileManager.default.createDirectory(at: harness.home.url("bare"), withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: Fixture.tinyLlama.appending(path: name), to: harness.home.url("bare/\(name)"))
        }
        try harness.home.write(
            String(repeating: "{\"input_ids\":[1,5,9,11,2],\"labels\":[-100,-100,9,11,2]}\n", count: 4),
            to: "tokens.jsonl")
        let result = try await harness.mlops([
            "train", "model_name=bare", "dataset_path=tokens.jsonl", "max_steps=2", "batch_size=2",
            "eval.enabled=false", "test_size=0", "shuffle=false",
        ])
        #expect(result.status == 0, "\(result.complaint)")
        let steps = try JournalReader.lines(of: harness.onlyRun().appending(path: "events.jsonl")).map(\.entry)
            .filter { $0["event"] == "step" }
        #expect(steps.map { $0["supervised_tokens"]?.int } == [6, 6])
    }

    @Test func testRowsThatTrainingAsksStopTheRunOrAreLeftOut() async throws {
        let rows = try harness.home.text("data/train.jsonl").split(separator: "\n")
        try harness.home.write(rows[0] + "\n{\"prompt\":\"Who?\",\"completion\":\"I.\"}\n", to: "data/test.jsonl")
        let settings = [
            "max_steps=1", "test_size=0", "dataset_pattern=train.jsonl", "eval.dataset_path=data/test.jsonl",
        ]
        let stopped = try await harness.train(settings)
        #expect(stopped.status == 65)
        #expect(stopped.complaint.contains("test.jsonl:1: error: The test row is the training row data/train.jsonl:1"))
        let result = try await harness.train(settings + ["on_invalid=skip", "gate.enabled=false"])
        #expect(result.status == 0, "\(result.complaint)")
        #expect(result.complaint.contains("1 of 2 test rows were left out"))
        let metrics = try harness.json(harness.onlyRun().appending(path: "metrics.json"))
        #expect(metrics["counts"]?["skipped_rows"] == 1 && metrics["counts"]?["examples"] == 1)
    }

    @Test func wrongRowsAreLeftOutWhenTheConfigurationSaysSo() async throws {
        let rows = try harness.home.text("data/train.jsonl")
        try harness.home.write(rows + "{\"prompt\":\"a\"}\n", to: "data/train.jsonl")
        #expect(try await harness.train(["max_steps=1"]).status == 65)
        let result = try await harness.train(["max_steps=1", "eval.enabled=false", "on_invalid=skip"])
        #expect(result.status == 0, "\(result.complaint)")
        #expect(result.complaint.contains("train.jsonl:11: error:"))
        #expect(result.complaint.contains("1 wrong row was left out of 11"))
        let stats = try harness.json(harness.onlyRun().appending(path: "artifacts/data_stats.json"))
        #expect(stats["invalid_rows"] == 1 && stats["rows"] == 8)
        #expect(stats["findings"]?["listed"]?[0]?["line"] == 11)
    }

    @Test func everyCombinationIsTrainedInAMultirun() async throws {
        let result = try await harness.train(
            ["eval.enabled=false", "max_steps=1", "seed=1,2"], flags: ["-m", "--json"])
        #expect(result.status == 0, "\(result.complaint)")
        #expect(try JSONValue(parsing: result.output).array?.count == 2)
    }

    /// What is wrong, and the exit status the contract gives it; nothing may be left behind but what says so.
    @Test(
        arguments: [
            ("lora_rank=8", 78, "lora_r"), ("lr=-1", 78, "lr"), ("lr=fast", 78, "lr"),
            ("no_such_key=1", 78, "no_such_key"),
            ("lora_target_modules=[nope]", 78, "nope"), ("model_name=nowhere", 66, "nowhere"),
            ("dataset_path=none.jsonl", 66, "none.jsonl"), ("dataset_path=data/empty.jsonl", 65, "empty.jsonl"),
            ("dataset_path=data/latin1.jsonl", 65, "latin1.jsonl:1"),
            ("dataset_path=data/bad.jsonl", 65, "bad.jsonl:2"),
            ("data_format=prompt_completion", 65, "prompt_completion"), ("max_length=5", 65, "train.jsonl:1"),
            ("test_size=1.0", 78, "test_size"), ("key:=1", 64, "key"), ("output_dir=locked/runs", 77, "locked"),
            ("init_adapter=nowhere", 66, "nowhere"),
        ] as [(String, Int32, String)])
    func whatIsWrongIsNamed(override: String, status: Int32, word: String) async throws {
        try harness.home.write("", to: "data/empty.jsonl")
        try harness.home.write(
            "{\"prompt\":\"a\",\"completion\":\"b\"}\n{\"prompt\":\"a\"}\n", to: "data/bad.jsonl")
        try Data([0x7B, 0x22, 0xE9, 0x22, 0x7D, 0x0A]).write(to: harness.home.url("data/latin1.jsonl"))
        try harness.home.write("", to: "locked")
        // A file where a directory should be refuses as a read-only place does, also for root.
        let expected = override.hasPrefix("output_dir") ? [66, 74, 77] : [status]
        let result = try await harness.train([override])
        #expect(expected.contains(result.status), "\(override): \(result.status) \(result.complaint)")
        #expect(result.complaint.contains(word), "\(override): \(result.complaint)")
        #expect(result.output.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: harness.run("latest").path))
    }

    /// A file system of 600 KB, which only root can mount.
    @Test(.enabled(if: getuid() == 0)) func aFullDiskEndsWith74AndLeavesNoHalfCheckpoint() async throws {
        let place = harness.home.url("full")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let mount = BuiltProgram(url: URL(filePath: "/bin/mount"))
        let mounted = try await mount.run(
            ["-t", "tmpfs", "-o", "size=600k", "tmpfs", place.path], in: harness.home.url)
        guard mounted.status == 0 else { return }  // a sandbox that lets nobody mount
        let result = try await harness.train([
            "output_dir=full/runs", "lora_r=64", "max_steps=50", "eval.enabled=false",
        ])
        let run = try harness.onlyRun(in: "full/runs")
        let checkpoints = run.appending(path: "checkpoints")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints.path)) ?? []
        for name in names where !name.hasPrefix(".") {
            #expect(FileManager.default.fileExists(atPath: checkpoints.appending(path: "\(name)/digests.json").path))
        }
        #expect(!FileManager.default.fileExists(atPath: harness.home.url("full/runs/latest").path))
        _ = try await BuiltProgram(url: URL(filePath: "/bin/umount")).run([place.path], in: harness.home.url)
        #expect(result.status == 74, "\(result.status) \(result.complaint)")
        #expect(result.complaint.contains("No space left on device"))
    }
}
