extension ForeignRules {
    private static let quantised = "A quantised GGUF base model is used as it is: name it in 'model_name'."
    private static let cpu = "Training runs on the CPU."
    private static let hub = "Publishing is a command of its own: `mlops publish`."
    private static let always = "It is always so, as far as it means something here."

    /// Keys that mean the same in most tools.
    static let common: [String: ForeignRule] = {
        var rules: [String: ForeignRule] = [:]
        for key in [
            "gradient_accumulation_steps", "weight_decay", "lora_alpha", "lora_dropout", "seed",
            "save_total_limit", "logging_steps", "neftune_noise_alpha", "label_smoothing_factor", "warmup_ratio",
            "early_stopping_patience",
            "loraplus_lr_ratio",
        ] {
            rules[key] = .number(key)
        }
        for key in [
            "use_dora", "use_rslora", "rank_pattern", "alpha_pattern", "layers_to_transform", "layers_pattern",
            "exclude_modules", "modules_to_save", "ensure_weight_tying", "bias", "trainable_token_indices",
            "output_dir", "packing", "init_lora_weights", "load_best_model_at_end", "model_name",
            "dataset_path",
        ] {
            rules[key] = .same(key)
        }
        for (name, key) in [
            "base_model": "model_name", "model_name_or_path": "model_name", "model": "model_name",
            "data_path": "dataset_path", "peft_use_rslora": "use_rslora", "peft_use_dora": "use_dora",
            "lora_modules_to_save": "modules_to_save", "peft_trainable_token_indices": "trainable_token_indices",
            "lora_model_dir": "init_adapter", "adapter_name_or_path": "init_adapter", "sample_packing": "packing",
            "neat_packing": "packing", "peft_init_lora_weights": "init_lora_weights",
            "peft_layers_to_transform": "layers_to_transform", "rslora": "use_rslora", "dora": "use_dora",
        ] {
            rules[name] = .same(key)
        }
        for (name, key) in [
            "learning_rate": "lr", "lr": "lr", "lora_rank": "lora_r", "lora_r": "lora_r", "r": "lora_r",
            "rank": "lora_r",
            "micro_batch_size": "batch_size", "per_device_train_batch_size": "batch_size", "batch_size": "batch_size",
            "sequence_len": "max_length", "cutoff_len": "max_length", "max_seq_length": "max_length",
            "max_length": "max_length", "noisy_embedding_alpha": "neftune_noise_alpha", "alpha": "lora_alpha",
            "grad_accumulation_steps": "gradient_accumulation_steps",
            "gradient_accumulation": "gradient_accumulation_steps",
            "cosine_min_lr_ratio": "min_lr_ratio", "min_lr_ratio": "min_lr_ratio",
            "max_new_tokens": "generation.max_new_tokens",
            "temperature": "generation.temperature", "top_p": "generation.top_p", "top_k": "generation.top_k",
            "loraplus_ratio": "loraplus_lr_ratio", "random_seed": "seed",
        ] {
            rules[name] = .number(key)
        }
        let epochs = whole(
            "epochs", otherwise: "Epochs are whole here; a part of one is said with 'max_steps'.")
        for name in ["epochs", "num_epochs", "num_train_epochs"] { rules[name] = epochs }
        for name in ["save_steps", "eval_steps"] { rules[name] = steps(name) }
        for name in ["lora_target_modules", "lora_target", "target_modules"] { rules[name] = modules }
        for name in ["lr_scheduler_type", "lr_scheduler", "scheduler"] { rules[name] = schedule }
        for name in ["val_set_size", "val_size", "test_size"] { rules[name] = heldOut }
        for name in ["datasets", "dataset", "data"] { rules[name] = dataset }
        rules["warmup_steps"] = warmup
        rules["report_to"] = reports
        rules["lr_scheduler_kwargs"] = scheduleSettings
        rules["lora_target_linear"] = .values { node in
            truth(node) == true ? .given : .none("Name the layers in 'lora_target_modules'.")
        }
        rules["max_grad_norm"] = .values { node in
            guard let value = double(node) else { return .none("It is a number.") }
            return .ours([("max_grad_norm", value > 0 ? .number(value) : .null)])
        }
        rules["max_steps"] = .values { node in
            guard let value = double(node), let whole = Int64(exactly: value) else { return .none("Steps are whole.") }
            return whole > 0 ? .ours([("max_steps", .integer(whole))]) : .given
        }
        rules["bf16"] = .values { node in
            if let isOn = truth(node) { return .ours([("precision", .string(isOn ? "bf16" : "f32"))]) }
            return .none("Choose 'precision': f32 or bf16.")
        }
        for name in ["gradient_checkpointing", "use_gradient_checkpointing", "grad_checkpoint"] {
            rules[name] = .values { node in
                .ours([("gradient_checkpointing", .bool(truth(node) ?? (node.string == "unsloth")))])
            }
        }
        for name in ["train_on_inputs", "train_on_prompt"] {
            rules[name] = flag("train_on", .string("all"), .string("completion"))
        }
        for name in ["completion_only_loss", "assistant_only_loss", "train_on_completions", "train_on_responses_only"] {
            rules[name] = flag("train_on", .string("completion"), .string("all"))
        }
        for name in ["save_strategy", "eval_strategy", "evaluation_strategy", "logging_strategy"] {
            let key =
                name == "save_strategy" ? "save_steps" : name == "logging_strategy" ? "logging_steps" : "eval_steps"
            rules[name] = .values { node in
                switch (PythonText.str(node).lowercased(), key) {
                case ("steps", _), ("epoch", "eval_steps"): .given
                case ("no", "save_steps"): .ours([("save_steps", .null)])
                case ("no", "eval_steps"):
                    .none("Rows are validated when 'test_size' holds some out; 0 holds out none.")
                default: .none("'\(key)' counts optimizer steps.")
                }
            }
        }
        for name in [
            "load_in_4bit", "load_in_8bit", "bnb_4bit_quant_type", "bnb_4bit_use_double_quant", "quantization_bit",
            "quantization_method", "bnb_4bit_compute_dtype", "gptq", "load_in_fp8",
        ] { rules[name] = falseIsGiven(quantised) }
        for name in ["fp16", "tf32"] { rules[name] = falseIsGiven("The arithmetic is 'precision: f32' or bf16.") }
        for name in [
            "device_map", "cuda_visible_devices", "ddp", "fsdp", "fsdp_config", "deepspeed", "ddp_timeout",
            "dataloader_num_workers", "dataloader_prefetch_factor", "dataloader_pin_memory", "low_cpu_mem_usage",
            "num_gpus",
        ] { rules[name] = falseIsGiven(cpu) }
        for name in [
            "hub_model_id", "push_to_hub", "hub_strategy", "hub_token", "hf_use_auth_token", "hub_private_repo",
        ] {
            rules[name] = falseIsGiven(hub)
        }
        for name in [
            "flash_attention", "use_flash_attention", "flash_attn", "attn_implementation", "sdp_attention",
            "xformers_attention",
            "eager_attention", "use_fast_tokenizer", "trust_remote_code", "overwrite_output_dir", "do_train",
            "plot_loss",
            "preprocessing_num_workers", "overwrite_cache", "pad_to_sequence_len", "group_by_length",
            "is_llama_derived_model",
            "strict", "remove_unused_columns", "dataset_num_proc", "lora_bias", "bias", "lora_task_type", "task_type",
        ] { rules[name] = .given }
        for name in ["optimizer", "optim"] {
            rules[name] = .values { node in
                PythonText.str(node).lowercased().hasPrefix("adamw") ? .given : .none("The optimizer is AdamW.")
            }
        }
        for (name, reason) in [
            "resume_from_checkpoint": "A run is continued with `mlops train --resume RUN`.",
            "auto_resume_from_checkpoints": "A run is continued with `mlops train --resume latest`.",
            "metric_for_best_model": "'load_best_model_at_end' goes by the validation loss.",
            "chat_template": "The base model's own chat template is used.",
            "template": "The base model's own chat template is used.",
            "special_tokens": "The tokenizer's own special tokens are used.",
            "tokens": "The vocabulary is the base model's.",
            "lora_fan_in_fan_out": "The architecture says how weights lie.",
            "saves_per_epoch": "'save_steps' counts optimizer steps.",
            "evals_per_epoch": "'eval_steps' counts optimizer steps.",
            "wandb_project": "Curves go to TensorBoard and MLflow (the group 'tracking').",
            "max_samples": "Put the rows to train on into a file of their own.",
        ] { rules[name] = .none(reason) }
        return rules
    }()

    /// Keys that one tool means in a way of its own.
    static let own: [ForeignTool: [String: ForeignRule]] = [
        .seed: [
            "dataset_pattern": .same("dataset_pattern"), "data_format": .same("data_format"),
            "shuffle": .same("shuffle"),
            "metrics_dir": .none("Evaluations are part of a run."),
            "tokenized_path": .none("Pre-tokenised rows are named in 'dataset_path'."),
            "use_tokenized": falseIsGiven("Pre-tokenised rows are found by 'data_format: auto'."),
            "use_4bit": falseIsGiven(quantised), "use_8bit": falseIsGiven(quantised),
            "eval.max_new_tokens": .number("generation.max_new_tokens"),
            "eval.temperature": .number("generation.temperature"), "eval.top_p": .number("generation.top_p"),
            "eval.top_k": .number("generation.top_k"),
            "monitoring.tensorboard": .same("tracking.tensorboard"),
            "data_source": .none("Data is read from files: name them in 'dataset_path'."),
        ],
        .axolotl: [
            "adapter": .values { node in
                switch node.string {
                case "lora"?: .ours([("method", .string("lora"))])
                case "qlora"?: .ours([("method", .string("lora"))])
                default: node.isNull ? .given : .none("The methods are lora and full.")
                }
            },
            "excess_length_strategy": choice(
                "overlength", ["drop": "drop", "truncate": "truncate", "raise": "error"],
                otherwise: "Choose 'overlength': error, drop or truncate."),
            "dataset_prepared_path": .given, "rl": falseIsGiven("Only supervised fine-tuning is done."),
            "roles_to_train": .values { node in
                (node.list?.compactMap(\.string) ?? []) == ["assistant"]
                    ? .ours([("train_on", .string("completion"))])
                    : .none("The assistant's words are learned, or all (train_on).")
            },
        ],
        .llamafactory: [
            "stage": .values { node in node.string == "sft" ? .given : .none("Only supervised fine-tuning is done.") },
            "finetuning_type": choice(
                "method", ["lora": "lora", "full": "full"], otherwise: "The methods are lora and full."),
            "dataset": .values { node in
                guard let text = node.string, text.contains("/") || text.contains(".json") else {
                    return .none("Its names stand in dataset_info.json: name the file in 'dataset_path'.")
                }
                return .ours([("dataset_path", .string(text))])
            },
            "dataset_dir": .none("Name the file or directory in 'dataset_path'."),
            "pure_bf16": flag("precision", .string("bf16")),
            "mask_history": falseIsGiven("Every answer of a conversation is learned."),
        ],
        .trl: [
            "use_peft": flag("method", .string("lora"), .string("full")),
            "dataset_name": dataset, "dataset_text_field": .given, "torch_dtype": precision, "dtype": precision,
            "dataset_train_split": .given, "dataset_test_split": .none("Put the rows into files of their own."),
            "packing_strategy": .given, "padding_free": .given,
            "eos_token": .none("The tokenizer's own special tokens are used."),
            "eval_packing": .given, "per_device_eval_batch_size": .number("eval.batch_size"),
        ],
        .unsloth: [
            "local_dataset": dataset, "hf_dataset": dataset,
            "training_type": choice(
                "method", ["lora": "lora", "qlora": "lora", "lora/qlora": "lora", "full": "full"],
                otherwise: "The methods are lora and full."),
            "use_lora": flag("method", .string("lora"), .string("full")),
            "use_loftq": falseIsGiven("Adapters begin as init_lora_weights says."),
            "format_type": .given,
            "enable_wandb": falseIsGiven("Curves go to TensorBoard and MLflow (the group 'tracking')."),
            "enable_tensorboard": flag("tracking.tensorboard", .bool(true), .bool(false)), "lora_bias": .given,
        ],
        .mlx: [
            "train": .given, "test": .given, "iters": .number("max_steps"), "save_every": steps("save_steps"),
            "steps_per_report": steps("logging_steps"), "steps_per_eval": steps("eval_steps"),
            "adapter_path": .same("output_dir"),
            "resume_adapter_file": .values { node in
                guard let text = node.string, !text.isEmpty else { return .given }
                let directory = text.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
                    separator: "/")
                return .ours([("init_adapter", .string(directory.isEmpty ? "." : directory))])
            },
            "mask_prompt": flag("train_on", .string("completion"), .string("all")),
            "fine_tune_type": .values { node in
                switch node.string {
                case "lora"?: .ours([("method", .string("lora"))])
                case "dora"?: .ours([("method", .string("lora")), ("use_dora", .bool(true))])
                case "full"?: .ours([("method", .string("full"))])
                default: .none("The methods are lora (with use_dora) and full.")
                }
            },
            "num_layers": .values { node in
                double(node) == -1
                    ? .given : .none("It counts from the last layer; list the layers in 'layers_to_transform'.")
            },
            "val_batches": .none("All held-out rows are validated."),
            "test_batches": .none("All test rows are evaluated."),
            "lora_parameters": .values { node in
                let rank = node["rank"].flatMap(double) ?? 8
                // Its scale is the whole factor; ours is lora_alpha / lora_r.
                let scale = node["scale"].flatMap(double) ?? 20
                var ours: [(key: String, value: ConfigNode.Content)] = [
                    ("lora_r", .number(rank)), ("lora_alpha", .number(scale * rank)),
                ]
                if let whole = Int64(exactly: rank) { ours[0].value = .integer(whole) }
                if let dropout = node["dropout"].flatMap(number) { ours.append(("lora_dropout", dropout)) }
                if let names = node["keys"]?.list?.compactMap(\.string) {
                    let modules = names.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
                    ours.append(
                        ("lora_target_modules", .list(modules.map { ConfigNode(.string($0), origin: node.origin) })))
                }
                return .ours(ours)
            },
            "hf_dataset": .none("Data is read from files: name them in 'dataset_path'."),
            "lr_schedule.name": choice(
                "lr_scheduler_type", ["cosine_decay": "cosine", "linear_schedule": "linear"],
                otherwise: schedules),
            "lr_schedule.warmup": warmup,
            "lr_schedule.arguments": .none("'lr', 'max_steps' and 'min_lr_ratio' say it."),
            "lr_schedule.warmup_init": .none("The rate rises from zero."),
            "optimizer_config": .none("AdamW has 'weight_decay'."),
        ],
    ]

    private static let precision = choice(
        "precision", ["bfloat16": "bf16", "float32": "f32", "bf16": "bf16", "fp32": "f32", "float16": "f32"],
        otherwise: "Choose 'precision': f32 or bf16.")

    /// Nothing here means it, unless it is off.
    static func falseIsGiven(_ reason: String) -> ForeignRule {
        .values { node in truth(node) == false ? .given : .none(reason) }
    }
}
