import Foundation
import Testing

@testable import MLOpsCore

/// Configurations of other tools become ours: they compose, are valid, and lose no key silently.
@Suite struct ConfigurationMigrationTests {
    /// Migrates, composes the result over the built-in presets and decodes it.
    private func migrated(_ text: String, from tool: ForeignTool) throws -> (ConfigurationMigration, RunConfiguration) {
        let migration = try ConfigurationMigration(Data(text.utf8), from: tool, name: "theirs.yaml")
        let sources = [ConfigSource(.texts(["mine": migration.yaml])), ConfigSource.builtIn]
        let overrides = migration.yaml.contains("\nmodel_name:") ? [] : ["model_name=some/model"]
        let run = try RunConfiguration(RunConfiguration.compose("mine", from: sources, overrides: overrides))
        try run.validate()
        return (migration, run)
    }

    private func value(_ run: RunConfiguration, _ key: String) -> JSONValue? {
        key.split(separator: ".").reduce(run.json) { ($0 ?? .null)[String($1)] }
    }

    static let samples: [(ForeignTool, String, [(String, JSONValue)], [String])] = [
        (
            .axolotl,
            """
            base_model: org/model
            load_in_4bit: true
            datasets:
              - path: data/rows.jsonl
                type: alpaca
            val_set_size: 0.1
            adapter: qlora
            lora_model_dir:
            sequence_len: 2048
            sample_packing: true
            lora_r: 32
            lora_alpha: 16
            lora_target_linear: true
            micro_batch_size: 2
            gradient_accumulation_steps: 4
            num_epochs: 4
            optimizer: adamw_bnb_8bit
            lr_scheduler: cosine
            learning_rate: 2e-4
            bf16: true
            warmup_steps: 10
            evals_per_epoch: 4
            train_on_inputs: false
            wandb_project: x
            """,
            [
                ("model_name", "org/model"), ("dataset_path", "data/rows.jsonl"), ("test_size", 0.1),
                ("max_length", 2048),
                ("lora_r", 32), ("lora_alpha", 16.0), ("batch_size", 2), ("epochs", 4), ("lr", 2e-4),
                ("precision", "bf16"), ("warmup_steps", 10), ("overlength", "drop"), ("lr_scheduler_type", "cosine"),
            ], ["load_in_4bit", "evals_per_epoch", "wandb_project"]
        ),
        (
            .llamafactory,
            """
            model_name_or_path: org/model
            stage: sft
            finetuning_type: lora
            lora_rank: 4
            lora_target: q_proj,v_proj
            dataset: identity
            template: llama3
            per_device_train_batch_size: 1
            learning_rate: 1.0e-4
            num_train_epochs: 3.0
            val_size: 200
            """,
            [
                ("lora_r", 4), ("lora_alpha", 8.0), ("lora_target_modules", ["q_proj", "v_proj"]), ("batch_size", 1),
                ("epochs", 3), ("max_length", 2048), ("overlength", "truncate"),
            ], ["dataset", "template", "val_size"]
        ),
        (
            .trl,
            "model_name_or_path: org/model\nuse_peft: true\nwarmup_steps: 0.03\nmax_steps: -1\nnum_train_epochs: 0.5\n",
            [("method", "lora"), ("warmup_ratio", 0.03), ("batch_size", 8), ("max_length", 1024), ("test_size", 0.0)],
            ["num_train_epochs"]
        ),
        (.trl, "model_name_or_path: org/model\nlora_r: 8\n", [("method", "full"), ("lr", 2e-5)], ["lora_r"]),
        (
            .trl,
            "model_name_or_path: org/model\nuse_peft: true\nlabel_smoothing_factor: 0.1\nlora_target_modules: '.*[qv]_proj'\n",
            [("label_smoothing_factor", 0.1), ("lora_target_modules", ".*[qv]_proj")], []
        ),
        (
            .unsloth,
            """
            model: org/model
            data: {dataset: rows.jsonl, format_type: auto}
            training: {max_seq_length: 512, random_seed: 7, max_steps: 0, gradient_checkpointing: unsloth}
            lora: {lora_r: 8, target_modules: "q_proj,k_proj", use_loftq: true}
            logging: {enable_wandb: true, enable_tensorboard: false}
            """,
            [
                ("dataset_path", "rows.jsonl"), ("max_length", 512), ("seed", 7), ("gradient_checkpointing", true),
                ("lora_r", 8), ("lora_target_modules", ["q_proj", "k_proj"]), ("tracking.tensorboard", false),
            ], ["lora.use_loftq", "logging.enable_wandb"]
        ),
        (
            .mlx,
            """
            {"model": "org/model", "fine_tune_type": "dora", "data": "data/mine", "iters": 600, "num_layers": -1,
             "lora_parameters": {"rank": 16, "scale": 2.0, "keys": ["self_attn.q_proj"]}, "mask_prompt": true,
             "lr_schedule": {"name": "cosine_decay", "warmup": 100}, "val_batches": 25, "hf_dataset": {"path": "x"}}
            """,
            [
                ("use_dora", true), ("max_steps", 600), ("lora_r", 16), ("lora_alpha", 32.0),
                ("train_on", "completion"),
                ("lora_target_modules", ["q_proj"]), ("warmup_steps", 100), ("max_grad_norm", .null), ("lr", 1e-5),
            ], ["val_batches", "hf_dataset"]
        ),
        (
            .seed,
            """
            model_name: org/model
            epochs: 5
            lr: 2e-4
            lora_r: 64
            warmup_ratio: 0.03
            fp16: true
            max_lenght: 3
            use_4bit: true
            eval:
              enabled: false
              max_samples: 7
              max_new_tokens: 128
            monitoring:
              enabled: false
              tensorboard: false
              divergence:
                factor: 3.0
                patience: 2
            """,
            [
                ("epochs", 5), ("lr", 2e-4), ("lora_r", 64), ("warmup_ratio", 0.03), ("eval.enabled", false),
                ("eval.max_samples", 7), ("generation.max_new_tokens", 128), ("monitoring.enabled", false),
                ("monitoring.divergence.factor", 3.0),
                ("tracking.tensorboard", false),
            ], ["fp16", "max_lenght", "use_4bit", "monitoring.divergence.patience"]
        ),
    ]

    @Test(arguments: samples.indices) func aConfigurationComposesAndSaysWhatIsLeft(index: Int) throws {
        let (tool, text, values, left) = Self.samples[index]
        let (migration, run) = try migrated(text, from: tool)
        for (key, expected) in values {
            #expect(value(run, key) == expected, "\(tool): \(key)")
        }
        #expect(migration.remainders.map(\.key).sorted() == left.sorted(), "\(tool)")
        for remainder in migration.remainders {
            #expect(migration.yaml.contains("#   \(remainder.key): "))
            #expect(remainder.reason.count > 10)
        }
    }

    @Test func aValueThatTheSchemaRefusesIsListedWithItsWords() throws {
        let (migration, run) = try migrated("model_name: m\nbatch_size: 0\nlora_dropout: 2\n", from: .seed)
        #expect(migration.remainders.map(\.key).sorted() == ["batch_size", "lora_dropout"])
        #expect(migration.remainders.contains { $0.reason.contains("at least 1") })
        #expect(value(run, "batch_size") == 4)
    }

    @Test func whatIsAlwaysSoHereIsListedToo() throws {
        let (migration, _) = try migrated(
            "base_model: m\nflash_attention: true\nlora_model_dir:\noptimizer: adamw_torch\n", from: .axolotl)
        #expect(migration.givens.map(\.key) == ["flash_attention", "lora_model_dir", "optimizer"])
        #expect(migration.yaml.contains("#   flash_attention: True\n"))
        #expect(migration.remainders.isEmpty)
    }

    @Test func everyRuleNamesOneOfOurKeys() throws {
        // Whatever a rule makes of harmless values is one of the schema's keys.
        let names = Set(RunConfiguration.schema.keys.map(\.name))
        for tool in ForeignTool.allCases {
            for (key, _, _) in tool.silentValues { #expect(names.contains(key), "\(tool): \(key)") }
            for (theirs, rule) in ForeignRules.common.merging(ForeignRules.own[tool] ?? [:], uniquingKeysWith: { $1 }) {
                switch rule {
                case .same(let key), .number(let key): #expect(names.contains(key), "\(tool): \(theirs)")
                case .values(let convert):
                    for content: ConfigNode.Content in [.bool(true), .integer(1), .string("lora"), .string("cosine")] {
                        guard case .ours(let ours) = convert(ConfigNode(content, origin: ConfigOrigin(.schema))) else {
                            continue
                        }
                        for (key, _) in ours { #expect(names.contains(key), "\(tool): \(theirs)") }
                    }
                default: break
                }
            }
        }
    }

    @Test(arguments: ["", "- 1\n", "a: [", "3\n"]) func whatIsNoConfigurationIsRefusedOrEmpty(text: String) {
        let result = Result { try ConfigurationMigration(Data(text.utf8), from: .axolotl, name: "x.yaml") }
        switch result {
        case .success(let migration): #expect(text.isEmpty && migration.remainders.isEmpty)
        case .failure(let error): #expect((error as? ConfigurationError)?.exitStatus == .configuration)
        }
    }
}
