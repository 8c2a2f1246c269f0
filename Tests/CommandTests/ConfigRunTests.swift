import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// What a run writes down of its configuration, and where `hydra.run.dir` and `hydra.sweep.dir` put it.
@Suite struct ConfigRunTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        let rows = (0..<4).map { #"{"input_ids": [1, 5, 6, \#(7 + $0), 2], "labels": [-100, -100, 6, \#(7 + $0), 2]}"# }
        try folder.write(rows.joined(separator: "\n") + "\n", to: "rows.jsonl")
    }

    private func train(_ arguments: String...) async throws -> BuiltProgram.Result {
        let common = [
            "model_name=\(Fixture.tinyLlama.path)", "dataset_path=rows.jsonl", "test_size=0", "eval.enabled=false",
            "max_steps=1", "batch_size=2", "lora_r=2",
        ]
        return try await BuiltProgram.mlops.run(["train", "--quiet", "--json"] + arguments + common, in: folder.url)
    }

    private func place(_ path: String) -> URL { path.hasPrefix("/") ? URL(filePath: path) : folder.url(path) }

    @Test func aRunRecordsItsConfigurationAndTheRecordRepeatsIt() async throws {
        let first = try await train("lr=1e-3")
        try #require(first.status == 0, "\(first.complaint)")
        let path = try #require(JSONValue(parsing: first.output)["path"]?.string)
        let run = place(path)
        func text(_ name: String) throws -> String {
            try String(contentsOf: run.appending(path: name), encoding: .utf8)
        }
        #expect(try text(".hydra/overrides.yaml").hasPrefix("- lr=1e-3\n- model_name="))
        #expect(try text(".hydra/config.yaml").contains("\nlr: 0.001\n"))
        let hydra = try text(".hydra/hydra.yaml")
        #expect(hydra.hasPrefix("hydra:\n") && hydra.contains("    output_dir: \(run.standardizedFileURL.path)"))
        #expect(hydra.contains("  mode: RUN\n"))
        let again = try await BuiltProgram.mlops.run(
            ["train", "--quiet", "--json", "--config-dir", path, "--config-name", "config_used"], in: folder.url)
        try #require(again.status == 0, "\(again.complaint)")
        let second = place(try #require(JSONValue(parsing: again.output)["path"]?.string))
        #expect(second != run)
        for name in ["config_used.yaml", "model/adapter_model.safetensors"] {
            #expect(
                try Data(contentsOf: run.appending(path: name)) == Data(contentsOf: second.appending(path: name)),
                "\(name)")
        }
    }

    @Test func hydrasDirectoriesAreTaken() async throws {
        let named = try await train("hydra.run.dir=out/mine", "hydra.output_subdir=notes")
        try #require(named.status == 0, "\(named.complaint)")
        #expect(try folder.text("out/mine/notes/overrides.yaml").hasPrefix("- model_name="))
        #expect(FileManager.default.fileExists(atPath: folder.url("out/mine/model/adapter_model.safetensors").path))
        let taken = try await train("hydra.run.dir=out/mine")
        #expect(taken.status != 0 && taken.complaint.contains("already exists"))
    }

    @Test func theRunsOfASweepAreNumbered() async throws {
        let sweep = try await train(
            "-m", "lr=1e-3,1e-4", "hydra.sweep.dir=sweep", "hydra.sweep.subdir=lr${hydra.job.num}")
        try #require(sweep.status == 0, "\(sweep.complaint)")
        #expect(try JSONValue(parsing: sweep.output).array?.count == 2)
        #expect(try folder.text("sweep/lr0/config_used.yaml").contains("\nlr: 0.001\n"))
        #expect(try folder.text("sweep/lr1/config_used.yaml").contains("\nlr: 0.0001\n"))
        let hydra = try folder.text("sweep/lr1/.hydra/hydra.yaml")
        #expect(hydra.contains("    num: 1\n") && hydra.contains("  mode: MULTIRUN\n"))
        #expect(try folder.text("sweep/lr1/.hydra/overrides.yaml").contains("- lr=0.0001\n"))
    }

    @Test func hydraModeMakesASweepAndTheJobsKnowTheirNumbers() async throws {
        let sweep = try await train(
            "hydra.mode=MULTIRUN", "lr=1e-3,1e-4", "hydra.sweep.dir=sweep/${lora_r}", "tracking.tensorboard=false",
            "seed='${hydra:job.num}'")
        try #require(sweep.status == 0, "\(sweep.complaint)")
        #expect(try folder.text("sweep/2/0/config_used.yaml").contains("\nseed: 0\n"))
        #expect(try folder.text("sweep/2/1/config_used.yaml").contains("\nseed: 1\n"))
        let whole = try folder.text("sweep/2/multirun.yaml")
        #expect(
            whole.hasPrefix("hydra:\n") && whole.contains("    - lr=1e-3,1e-4\n")
                && whole.contains("  mode: MULTIRUN\n"))
    }

    @Test func aWrongJobIsToldBeforeTheFirstBegins() async throws {
        let sweep = try await train("-m", "lr=1e-3,-1", "hydra.sweep.dir=sweep")
        #expect(sweep.status == 78, "\(sweep.complaint)")
        #expect(!FileManager.default.fileExists(atPath: folder.url("sweep/0").path))
    }

    @Test func aJobHasTheDirectoryAndTheVariablesThatHydraGivesIt() async throws {
        let result = try await train(
            "hydra.run.dir=out/${lora_r}", "hydra.job.chdir=true",
            "+hydra.job.env_set.MLOPS_TEST_PLACE=${hydra:runtime.cwd}",
            "output_dir='${hydra:runtime.output_dir}'", "dataset_path=${oc.env:MLOPS_TEST_PLACE}/rows.jsonl",
            "hydra.verbose=true")
        // `dataset_path=rows.jsonl` of the common arguments is said later, and counts from the run's directory now.
        #expect(result.status == 66 && result.complaint.contains("rows.jsonl"), "\(result.complaint)")
        let own = try await BuiltProgram.mlops.run(
            [
                "train", "--quiet", "--json", "model_name=\(Fixture.tinyLlama.path)", "test_size=0",
                "eval.enabled=false",
                "max_steps=1", "lora_r=2", "hydra.run.dir=own/${lora_r}", "hydra.job.chdir=true",
                "+hydra.job.env_set.MLOPS_TEST_PLACE='${hydra:runtime.cwd}'",
                "dataset_path='${oc.env:MLOPS_TEST_PLACE}/rows.jsonl'", "output_dir='${hydra:runtime.output_dir}'",
            ], in: folder.url)
        try #require(own.status == 0, "\(own.complaint)")
        #expect(try folder.text("own/2/config_used.yaml").contains("/own/2\n"))
        #expect(FileManager.default.fileExists(atPath: folder.url("own/2/model/adapter_model.safetensors").path))
    }

    @Test func hydrasSettingsSayHowMuchIsTold() async throws {
        func told(_ override: String) async throws -> String {
            let common = [
                "model_name=\(Fixture.tinyLlama.path)", "dataset_path=rows.jsonl", "test_size=0", "eval.enabled=false",
                "max_steps=1", "lora_r=2", override,
            ]
            let result = try await BuiltProgram.mlops.run(["train"] + common, in: folder.url)
            try #require(result.status == 0, "\(result.complaint)")
            return result.complaint
        }
        #expect(try await told("hydra/job_logging=default").contains("run: "))
        #expect(try await !told("hydra/job_logging=disabled").contains("run: "))
        #expect(try await !told("hydra/job_logging=none").contains("run: "))
    }

    @Test(arguments: [
        "hydra.job.env_copy=[HF_TOKEN]", "+hydra.job.env_set.HF_TOKEN=x", "hydra.job.env_copy=[MLOPS_TEST_UNSET]",
        "hydra.job.num=abc", "hydra.nosuch=1", "~hydra.verbose",
    ])
    func wrongSettingsOfHydraAreRefused(override: String) async throws {
        let result = try await train(override)
        #expect(result.status == 78, "\(result.complaint)")
    }

    @Test(arguments: ["+hydra.launcher.n_jobs=2", "+hydra.callbacks.mine={a: 1}"])
    func settingsOfHydraWithoutEffectAreRefused(override: String) async throws {
        let result = try await train(override)
        #expect(result.status == 78 && result.complaint.contains("has no effect here"), "\(result.complaint)")
    }
}
