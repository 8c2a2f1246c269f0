import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import MLOpsCore

/// A composed tree becomes typed values: what is unknown, wrong or without effect is refused, with its place.
@Suite struct ConfigurationSchemaTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func configuration(
        _ text: String, _ overrides: [String] = []
    ) throws(ConfigurationError) -> RunConfiguration {
        let source = ConfigSource(.texts(["main": "model_name: m\n" + text]))
        let configuration = try RunConfiguration(
            RunConfiguration.compose("main", from: [source], overrides: overrides))
        try configuration.validate()
        return configuration
    }

    private func failure(_ text: String, _ overrides: String...) throws -> ConfigurationError {
        try #require(throws: ConfigurationError.self) { try configuration(text, overrides) }
    }

    /// A key that may be null says so whatever else it takes, in the JSON schema and in its description.
    @Test func nullIsAmongWhatAKeyTakes() throws {
        let schema = RunConfiguration.schema.jsonSchema["properties"]
        let warmup = schema?["lr_scheduler_kwargs"]?["properties"]?["warmup_type"]?["enum"]?.array
        #expect(warmup?.contains(.null) == true && warmup?.contains("cosine") == true)
        #expect(schema?["exclude_modules"]?["anyOf"]?.array?.contains(["type": "null"]) == true)
        #expect(schema?["lora_target_modules"]?["anyOf"]?.array?.contains(["type": "null"]) == false)
        #expect(schema?["max_steps"]?["type"] == ["integer", "null"])
    }

    @Test func aKeyIsDescribedAsJSON() throws {
        let rank = try RunConfiguration.schema.description(of: "lora_r")
        #expect(rank["key"] == "lora_r" && rank["default"] == 16 && rank["required"] == false)
        #expect(try RunConfiguration.schema.description(of: "model_name")["required"] == true)
        #expect(try RunConfiguration.schema.description(of: "eval").array?.count == 7)
        #expect(try RunConfiguration.schema.description(of: nil).array?.count == RunConfiguration.schema.keys.count)
        #expect(throws: ConfigurationError.self) { try RunConfiguration.schema.description(of: "lora_rr") }
    }

    @Test func whatIsNotSaidHasItsDefault() throws {
        #expect(try configuration("") == RunConfiguration(modelName: "m"))
        let own = try configuration("lora_r: 8\neval: {enabled: false}\n", ["lr=1e-3", "gate.enabled=false"])
        #expect(own.lora.rank == 8 && own.lora.alpha == 32)
        #expect(own.optimization.learningRate == 1e-3)
        #expect(!own.evaluation.isEnabled && own.evaluation.batchSize == 8 && !own.gate.isEnabled)
    }

    @Test(arguments: [
        ("lora_rr: 8", "lora_r", "a whole number, at least 1"), ("epoch: 2", "epochs", "a whole number, at least 1"),
        ("lrr: 1", "lr", "a number, greater than 0"), ("evall: {}", "eval", "group"),
        ("eval: {enable: true}", "eval.enabled", "true or false"),
        ("generation: {topp: 1}", "generation.top_p", "a number, greater than 0, at most 1"),
        ("max_sampels: 3", "eval.max_samples", "a whole number, at least 1, or null"),
        ("lora_target_module: [q_proj]", "lora_target_modules", "a list of names"),
    ])
    func anUnknownKeyIsNamedWithItsPlaceAndTheNearestKey(line: String, nearest: String, takes: String) throws {
        let error = try failure(line + "\n")
        #expect(error.code == .unknownKey && error.exitStatus == .configuration)
        #expect(error.message.hasPrefix("built-in:main.yaml:2:"))
        #expect(error.message.contains("'\(nearest)'"))
        #expect(error.message.contains(takes), "\(error.message)")
    }

    @Test func anUnknownKeyOfAnOverrideIsNamedToo() throws {
        let error = try failure("", "epoch=2")
        #expect(error.message.hasPrefix("Could not override 'epoch'.") && error.message.contains("'epochs'"))
        #expect(try failure("", "+epoch=2").message.hasPrefix("override '+epoch=2': There is no key 'epoch'."))
    }

    @Test(arguments: [
        ("lora_r: big", "a whole number, at least 1, not the text 'big'"), ("lora_r: 1.5", "a whole number"),
        ("lora_r: null", "not null"), ("lora_r: [8]", "not a list"),
        ("lr: fast", "a number, greater than 0, not the text"),
        ("shuffle: 1", "true or false, not 1"), ("shuffle: 'yes'", "true or false, not the text 'yes'"),
        ("output_dir: 3", "text, not 3"),
        ("lora_target_modules: 3", "a list of names, or a pattern of them as text, not 3"),
        ("lora_target_modules: [1]", "a list of names"), ("eval: on", "a group of keys and takes a mapping"),
        ("seed: 1e-1", "a whole number"), ("gate: {rules: [exact_match]}", "mappings with the keys metric"),
    ])
    func aWrongTypeIsNamedWithWhatTheKeyTakes(line: String, message: String) throws {
        let error = try failure(line + "\n")
        #expect(error.code == .wrongType)
        #expect(error.message.hasPrefix("built-in:main.yaml:2:") && error.message.contains(message), "\(error.message)")
    }

    @Test(arguments: [
        "lora_r: 0", "epochs: 0", "max_steps: 0", "batch_size: -1", "lr: 0", "lr: -1e-3", "lr: .inf", "lr: .nan",
        "lora_dropout: 1", "lora_dropout: -0.1", "test_size: 1.0", "warmup_ratio: 1.1", "warmup_steps: -1", "seed: -1",
        "max_length: 1", "lora_alpha: 0", "output_dir: ''", "lora_target_modules: []", "lr_scheduler_type: cosin",
        "data_format: csv", "overlength: cut", "train_on: prompts", "generation: {top_p: 0}", "save_steps: 0",
        "generation: {temperature: -1}", "monitoring: {divergence: {factor: 1}}", "method: qlora", "weight_decay: -1",
        "init_lora_weights: eva", "precision: fp16", "init_lora_weights: pissa_niter_",
        "init_lora_weights: pissa_niter_x",
        "rank_pattern: {q_proj: 0}", "alpha_pattern: {q_proj: 0}", "layers_to_transform: [-1]",
        "layers_to_transform: []",
        "min_lr_ratio: 1.5", "loraplus_lr_ratio: 0", "init: zero",
    ])
    func aValueOutOfRangeIsRefused(line: String) throws {
        let error = try failure(line + "\n")
        #expect(error.code == .outOfRange && error.exitStatus == .configuration, "\(error.message)")
        #expect(error.message.contains(" takes "), "\(error.message)")
    }

    @Test func theMethodsKeysAreRead() throws {
        let run = try configuration(
            #"""
            rank_pattern: {down_proj: 32, 'layers\.0\.self_attn\..*': 4}
            alpha_pattern: {k_proj: 0.5}
            layers_to_transform: [0, 3]
            layers_pattern: [layers]
            loraplus_lr_ratio: 16
            min_lr_ratio: 0.1
            load_best_model_at_end: true
            init_lora_weights: pissa_niter_7
            use_dora: true

            """#, ["alpha_pattern={k_proj:2,v_proj:3}"])
        #expect(run.lora.rankPattern.elements.map(\.value) == [32, 4])
        #expect(run.lora.rankPattern.keys.last == #"layers\.0\.self_attn\..*"#)
        #expect(run.lora.alphaPattern == ["k_proj": 2, "v_proj": 3] && run.lora.layersToTransform == [0, 3])
        #expect(run.lora.layersPattern == ["layers"] && run.lora.usesWeightDecomposition)
        #expect(run.lora.initialization == .pissaFast(iterations: 7))
        #expect(run.optimization.loraPlusRatio == 16 && run.optimization.minimumRateRatio == 0.1)
        #expect(run.optimization.restoresBest)
    }

    @Test(arguments: [
        ("method: full\nuse_dora: true", "use_dora"),
        ("method: full\ninit_lora_weights: gaussian", "init_lora_weights"),
        ("method: full\nloraplus_lr_ratio: 2", "loraplus_lr_ratio"),
        ("method: full\nrank_pattern: {a: 1}", "rank_pattern"),
        ("init: random", "init"),
    ])
    func keysOfAnotherMethodAreRefused(lines: String, key: String) throws {
        let error = try failure(lines + "\n")
        #expect(error.code == .conflict && error.key == key && error.exitStatus == .configuration, "\(error.message)")
    }

    /// Legal values whose features this version does not have: none may pass and do nothing.
    @Test(arguments: [
        "tracking: {mlflow: true}",
        "cost: {budget: 5}", "cost: {price_per_hour: 0.5}", "cost: {currency: EUR}",
    ])
    func aValueWithoutEffectIsRefused(line: String) throws {
        let error = try failure(line + "\n")
        #expect(error.code == .unsupported && error.exitStatus == .configuration, "\(error.message)")
        let key = try #require(error.key)
        #expect(error.message.contains("'\(key)'") && error.message.contains("not supported yet"), "\(error.message)")
        #expect(error.message.contains("Use ") || error.message.contains("Leave it"), "\(error.message)")
    }

    @Test func everyOtherEngineIsRefused() throws {
        for strategy in DistributedConfiguration.Strategy.allCases where strategy.rawValue != "none" {
            #expect(try failure("distributed: {strategy: \(strategy.rawValue)}\n").code == .unsupported)
        }
    }

    @Test(arguments: [
        ("learning_rate", "lr"), ("num_train_epochs", "epochs"), ("num_epochs", "epochs"),
        ("per_device_train_batch_size", "batch_size"), ("micro_batch_size", "batch_size"),
        ("sequence_len", "max_length"),
        ("max_seq_length", "max_length"), ("cutoff_len", "max_length"), ("lora_rank", "lora_r"), ("r", "lora_r"),
        ("target_modules", "lora_target_modules"), ("base_model", "model_name"), ("sample_packing", "packing"),
        ("iters", "max_steps"), ("datasets", "dataset_path"), ("val_set_size", "test_size"),
        ("finetuning_type", "method"), ("lr_scheduler", "lr_scheduler_type"),
        ("max_new_tokens", "generation.max_new_tokens"),
        ("torch_dtype", "precision"), ("adapter", "init_adapter"), ("report_to", "tracking.tensorboard"),
        ("resume_from_checkpoint", "--resume"), ("load_in_4bit", "model_name"),
    ])
    func theNamesOfOtherToolsAreAnsweredWithOurs(name: String, ours: String) throws {
        let error = try failure("\(name): 1\n")
        #expect(error.code == .unknownKey)
        #expect(
            error.message.contains("'\(name)' is not a key here") && error.message.contains(ours), "\(error.message)")
        #expect(try failure("", "\(name)=1").message.contains(ours))
        #expect(try failure("", "+\(name)=1").message.contains(ours))
    }

    @Test(arguments: ["lora_target_modules: all", "lora_target_modules: [all-linear]"])
    func otherWordsForAllLinearAreAnsweredWithTheWord(line: String) throws {
        let error = try failure(line + "\n")
        #expect(
            error.message.contains("lora_target_modules: all-linear")
                && error.message.hasPrefix("built-in:main.yaml:2:"))
    }

    @Test func modulesAreNamesOrAPattern() throws {
        let named = try configuration("lora_target_modules: all-linear\n", ["lora_target_modules=[q_proj]"]).lora
        #expect(named.targetModules == ["q_proj"] && named.targetPattern == nil)
        let pattern = try configuration("lora_target_modules: '.*[qv]_proj'\nexclude_modules: '.*layers.0.*'\n").lora
        #expect(pattern.targetModules.isEmpty && pattern.targetPattern == ".*[qv]_proj")
        #expect(pattern.excludedModules == nil && pattern.excludedPattern == ".*layers.0.*")
    }

    @Test func ofTwoKeysForOneThingTheLaterCounts() throws {
        #expect(try failure("warmup_ratio: 0.1\nwarmup_steps: 5\n").code == .conflict)
        let warmup = try configuration("warmup_ratio: 0.1\n", ["warmup_steps=5"]).optimization.warmup
        #expect(warmup == .steps(5))
        #expect(try configuration("warmup_steps: 5\n", ["warmup_ratio=0.2"]).optimization.warmup == .ratio(0.2))
    }

    @Test func aMissingModelIsAskedFor() throws {
        let source = ConfigSource(.texts(["main": "model_name: ???\n", "none": "lr: 1\n"]))
        for name in ["main", "none"] {
            let error = try #require(throws: ConfigurationError.self) {
                try RunConfiguration(RunConfiguration.compose(name, from: [source]))
            }
            #expect(error.code == .missingValue && error.message.contains("'model_name' must be given"))
        }
    }
}
