import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// `mlops config` and the options of `mlops train` that print a composition, as a shell sees them.
@Suite struct ConfigCommandTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write(
            "defaults:\n  - model: small\n  - _self_\nz: 1.0\na: ${model.size}\nnan: .nan\nlow: -.inf\n",
            to: "conf/top.yaml")
        try folder.write("size: 3\n", to: "conf/model/small.yaml")
        try folder.write("size: 70\n", to: "conf/model/large.yaml")
    }

    private func mlops(_ arguments: String...) async throws -> BuiltProgram.Result {
        try await BuiltProgram.mlops.run(arguments, in: folder.url)
    }

    private func show(_ arguments: String...) async throws -> BuiltProgram.Result {
        try await BuiltProgram.mlops.run(
            ["config", "show", "--config-dir", "conf", "--config-name", "top"] + arguments, in: folder.url)
    }

    @Test func showPrintsJSONInTheOrderOfTheKeys() async throws {
        let result = try await show("--format", "json", "--resolve", "model=large", "+b=[x,1e5]")
        #expect(result.status == 0 && result.complaint.isEmpty)
        let tree = try JSONValue(parsing: result.output)
        #expect(tree.object?.keys == ["model", "z", "a", "nan", "low", "b"])
        #expect(tree["z"] == .number(1) && tree["a"] == 70 && tree["b"] == ["x", 100_000.0])
        #expect(tree["nan"] == "nan" && tree["low"] == "-inf")
    }

    @Test func showPrintsYAML() async throws {
        #expect(try await show("~nan", "~low").output == "model:\n  size: 3\nz: 1.0\na: ${model.size}\n")
        #expect(try await show("--resolve", "~nan", "~low").output == "model:\n  size: 3\nz: 1.0\na: 3\n")
        #expect(try await mlops("config", "show").output.contains("model_name: HuggingFaceTB/SmolLM2-135M-Instruct\n"))
    }

    @Test(arguments: [
        ("b=1", Int32(78), "Could not override 'b'"), ("model=huge", 78, "Could not find 'model/huge'"),
        ("a=[1", 64, "no viable alternative at input '[1'"), ("z=1,2", 78, "Ambiguous value for argument 'z=1,2'"),
        ("~z=2", 78, "The value of 'z' is 1.0 and not 2"), ("a=${no}", 78, "Interpolation key 'no' not found"),
        ("a", 64, "missing EQUAL at '<EOF>'"),
    ])
    func aBadOverrideEndsWithItsStatus(override: String, status: Int32, message: String) async throws {
        let result = try await show("--resolve", override)
        #expect(result.status == status && result.output.isEmpty)
        #expect(
            result.complaint.hasPrefix("mlops: error: ") && result.complaint.contains(message), "\(result.complaint)")
    }

    @Test func whatIsNotThereEndsWith78() async throws {
        let result = try await mlops("config", "show", "--config-dir", "conf", "--config-name", "none")
        #expect(result.status == 78 && result.complaint.contains("Cannot find primary config 'none'"))
        let nowhere = try await mlops("config", "show", "--config-dir", "nowhere")
        #expect(nowhere.status == 78 && nowhere.complaint.contains("Additional config directory '"))
        #expect(nowhere.complaint.contains("/nowhere' not found"))
        let noPath = try await mlops("config", "show", "--config-path", "nowhere")
        #expect(noPath.status == 78 && noPath.complaint.contains("Primary config directory not found."))
    }

    /// As in Hydra the primary directory is looked in first, and the further one adds to it.
    @Test func aPrimaryDirectoryComesBeforeAFurtherOne() async throws {
        try folder.write("size: 5\n", to: "more/model/small.yaml")
        try folder.write("size: 9\n", to: "more/model/huge.yaml")
        let result = try await mlops(
            "config", "show", "-cp", "conf", "-cd", "more", "-cn", "top", "+model@b=huge", "~z", "~a", "~nan", "~low")
        #expect(result.output == "model:\n  size: 3\nb:\n  size: 9\n")
    }

    @Test func sweepPrintsTheRuns() async throws {
        let result = try await mlops("config", "sweep", "--json", "lr=1e-3,1e-4", "r=range(8,17,8)", "x=a")
        let runs = try JSONValue(parsing: result.output)
        #expect(
            runs == [
                ["lr=0.001", "r=8", "x=a"], ["lr=0.001", "r=16", "x=a"], ["lr=0.0001", "r=8", "x=a"],
                ["lr=0.0001", "r=16", "x=a"],
            ])
        let options = try await mlops("config", "sweep", "--config-dir", "conf", "model=glob(*)")
        #expect(options.output == "model=large\nmodel=small\n")
        #expect(try await mlops("config", "sweep", "lr=1,").status == 64)
        #expect(try await mlops("config", "sweep", "lr=interval(0,1)").status == 78)
    }

    @Test func schemaAndExplainSpeakOfTheSameKeys() async throws {
        let schema = try JSONValue(parsing: try await mlops("config", "schema").output)
        #expect(schema["properties"]?["lora_r"] != nil && schema["properties"]?["eval"] != nil)
        #expect(
            try await mlops("config", "schema", "--kind", "eval", "--format", "markdown").output.contains(
                "`model_path`"))
        let text = try await mlops("config", "explain", "lora_alpha").output
        #expect(text.hasPrefix("lora_alpha\n") && text.contains("takes: a number, greater than 0"))
        #expect(try await mlops("config", "explain", "generation").output.contains("generation.top_k"))
        #expect(try await mlops("config", "explain", "baseline.enabled").status == 0)
        let unknown = try await mlops("config", "explain", "lora_alfa")
        #expect(unknown.status == 78 && unknown.complaint.contains("'lora_alpha'"))
    }

    @Test func trainPrintsWhatItWouldRun() async throws {
        try folder.write("defaults: [train, _self_]\nlr: 1e-3\n", to: "configs/mine.yaml")
        try FileManager.default.copyItem(
            at: Fixture.package.appending(path: "configs/train.yaml"), to: folder.url("configs/train.yaml"))
        let job = try await mlops("train", "--config-name", "mine", "--cfg", "job", "lora_r=4")
        #expect(job.status == 0 && job.output.contains("\nlr: 0.001\n") && job.output.contains("\nlora_r: 4\n"))
        #expect(!job.output.contains("hydra:"))
        let hydra = try await mlops(
            "train", "--cfg", "hydra", "--config-name", "mine", "lora_r=4", "hydra.job.name=own")
        #expect(hydra.output.hasPrefix("hydra:\n") && hydra.output.contains("    - lora_r=4\n"))
        #expect(hydra.output.contains("    name: own\n") && hydra.output.contains("config_name: mine"))
        let all = try await mlops("train", "--cfg", "all", "--resolve", "--config-name", "mine")
        #expect(all.output.hasPrefix("hydra:\n") && all.output.contains("\nlr: 0.001\n"))
        #expect(!all.output.contains("${"))
        let defaults = try await mlops("train", "--info", "defaults", "--config-name", "mine")
        #expect(defaults.output.contains("| train ") && defaults.output.contains("| mine "))
        let path = try await mlops("train", "--info", "searchpath", "--config-name", "mine")
        #expect(path.output.contains("configs"))
        #expect(try await mlops("train", "--cfg", "nothing").status == 64)
        // Mistakes in values do not matter where only the lists are printed, as in Hydra.
        let tree = try await mlops("train", "--info", "defaults-tree", "--config-name", "mine", "nosuch=1")
        #expect(tree.status == 0 && tree.output.contains("  mine:\n    train\n    _self_\n"), "\(tree.output)")
        #expect(try await mlops("train", "--info", "searchpath", "--config-name", "mine", "nosuch=1").status == 78)
        let topic = try await mlops("train", "--info", "lr=1")
        #expect(topic.status == 64 && topic.complaint.contains("argument --info/-i: invalid choice: 'lr=1'"))
        let again = try await mlops("train", "--experimental-rerun", "config.pickle")
        #expect(again.status == 64 && again.complaint.contains("--config-name config_used"))
    }

    @Test func hydrasShellCompletionIsThere() async throws {
        let script = try await mlops("completion", "bash")
        #expect(try await mlops("train", "-sc", "install=bash").output == script.output)
        let removal = try await mlops("eval", "--shell-completion", "uninstall=fish")
        #expect(removal.output == "complete --erase --command mlops\n")
        for (arguments, words) in [
            (["install=bash", "query=bash"], "Expecting one subcommand"), (["query=tcsh"], "'tcsh'"),
        ] {
            let refused = try await BuiltProgram.mlops.run(["train", "-sc"] + arguments, in: folder.url)
            #expect(refused.status == 64 && refused.complaint.contains(words), "\(refused.complaint)")
        }
        try folder.write("own: {deep: 1}\n", to: "mine/base.yaml")
        let line = "mlops train --config-dir mine -cn base own.d"
        let words = try await BuiltProgram.mlops.run(
            ["train", "-sc", "query=bash"], in: folder.url, environment: ["COMP_LINE": line])
        #expect(words.output == "own.deep=\n")
    }

    @Test(arguments: [
        (["lora_rr=4"], Int32(78), "'lora_r'"), (["lr=[1"], 64, "no viable alternative at input '[1'"),
        (["lr=0"], 78, "greater than 0"),
        (["tracking.mlflow=true"], 78, "not supported yet"), (["+learning_rate=1"], 78, "It is called 'lr'"),
        (["lr=1,2"], 78, "--multirun"), (["--config-name", "none"], 78, "none"), (["precision=f16"], 78, "f32"),
    ])
    func trainRefusesABadConfigurationBeforeItBegins(
        arguments: [String], status: Int32, message: String
    ) async throws {
        let result = try await BuiltProgram.mlops.run(["train"] + arguments, in: folder.url)
        #expect(result.status == status && result.output.isEmpty)
        #expect(result.complaint.contains(message), "\(result.complaint)")
        #expect(!FileManager.default.fileExists(atPath: folder.url("outputs").path))
    }
}
