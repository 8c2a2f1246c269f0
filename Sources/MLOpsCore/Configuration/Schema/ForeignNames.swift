/// What other tools call things, and what to say to somebody who types it here.
enum ForeignNames {
    /// Names that mean one of our keys.
    private static let synonyms: [String: [String]] = [
        "model_name": [
            "base_model", "model_name_or_path", "model", "base", "pretrained_model_name_or_path", "model_id",
        ],
        "max_length": ["sequence_len", "cutoff_len", "max_seq_length", "max_seq_len", "block_size", "context_length"],
        "batch_size": ["micro_batch_size", "per_device_train_batch_size", "train_batch_size"],
        "gradient_accumulation_steps": ["grad_accumulation_steps", "gradient_accumulation", "grad_accum_steps"],
        "lr": ["learning_rate"],
        "lr_scheduler_type": ["lr_scheduler", "scheduler", "lr_schedule", "scheduler_type"],
        "epochs": ["num_epochs", "num_train_epochs", "n_epochs"],
        "max_steps": ["iters", "num_steps", "max_iters", "total_steps"],
        "lora_r": ["lora_rank", "r", "rank"],
        "lora_alpha": ["alpha"],
        "lora_target_modules": ["lora_target", "target_modules", "lora_target_linear", "lora_layers"],
        "use_rslora": ["rslora", "lora_rslora", "peft_use_rslora"],
        "loraplus_lr_ratio": ["lora_plus_lr_ratio", "loraplus", "loraplus_ratio"],
        "rank_pattern": ["lora_rank_pattern"],
        "alpha_pattern": ["lora_alpha_pattern"],
        "layers_to_transform": ["peft_layers_to_transform", "lora_layers_to_transform"],
        "layers_pattern": ["peft_layers_pattern"],
        "min_lr_ratio": ["min_lr_rate", "cosine_min_lr_ratio", "min_lr"],
        "init_lora_weights": ["peft_init_lora_weights"],
        "use_dora": ["dora", "peft_use_dora"],
        "train_on": [
            "train_on_inputs", "train_on_prompt", "completion_only_loss", "assistant_only_loss",
            "train_on_responses_only",
            "train_on_completions", "mask_prompt", "roles_to_train", "train_on_eos", "mask_history",
        ],
        "packing": ["sample_packing", "neat_packing", "packing_strategy", "padding_free"],
        "neftune_noise_alpha": ["neftune_alpha", "noise_alpha"],
        "max_grad_norm": ["clip_grad_norm", "gradient_clip_val", "grad_clip", "clip"],
        "warmup_ratio": ["warmup"],
        "warmup_steps": ["num_warmup_steps"],
        "test_size": ["val_set_size", "val_size", "validation_split", "eval_size"],
        "eval_steps": ["eval_strategy", "evaluation_strategy", "eval_interval", "steps_per_eval"],
        "save_steps": ["save_strategy", "save_every", "save_interval", "checkpoint_steps"],
        "logging_steps": ["logging_strategy", "log_steps", "steps_per_report"],
        "early_stopping_patience": ["patience"],
        "init_adapter": ["adapter", "adapter_name_or_path", "lora_model_dir", "resume_adapter_file"],
        "method": ["finetuning_type", "fine_tune_type", "training_type"],
        "seed": ["data_seed", "random_seed"],
        "dataset_path": ["data_path", "dataset", "datasets", "data", "train_file", "dataset_dir", "data_files"],
        "output_dir": ["output", "output_path", "save_path", "adapter_path"],
        "overlength": ["truncation", "excess_length_strategy", "drop_long"],
        "on_invalid": ["skip_invalid", "on_error", "ignore_errors", "skip_bad_rows"],
        "gradient_checkpointing": ["grad_checkpoint", "use_gradient_checkpointing", "activation_checkpointing"],
        "weight_decay": ["wd"],
        "precision": ["dtype", "torch_dtype", "fp32"],
    ]

    /// Names that mean nothing one key could say.
    private static let explanations: [String: String] = [
        "lr_scheduler_kwargs.min_lr_ratio": "It is called 'min_lr_ratio', outside the group.",
        "fp16": "The arithmetic is 'precision: f32'.",
        "load_in_4bit": "A quantised GGUF base model is used as it is: name it in 'model_name'.",
        "load_in_8bit": "A quantised GGUF base model is used as it is: name it in 'model_name'.",
        "bnb_4bit_quant_type": "A quantised GGUF base model is used as it is: name it in 'model_name'.",
        "bnb_4bit_use_double_quant": "A quantised GGUF base model is used as it is: name it in 'model_name'.",
        "use_flash_attention": "Attention is always fused; leave it out.",
        "flash_attention": "Attention is always fused; leave it out.",
        "cuda_visible_devices": "Training runs on the CPU; leave it out.",
        "dataloader_num_workers": "Rows are tokenised once, before training; leave it out.",
        "dataloader_prefetch_factor": "Rows are tokenised once, before training; leave it out.",
        "tokenized_path": "Pre-tokenised rows are a data format of their own: name the files in 'dataset_path'.",
        "use_tokenized": "Pre-tokenised rows are found by 'data_format: auto'; leave it out.",
        "data_source": "Data is read from files: name them in 'dataset_path'.",
        "metric_for_best_model": "'load_best_model_at_end' goes by the validation loss.",
        "resume_from_checkpoint": "A run is continued with `mlops train --resume RUN`.",
        "auto_resume_from_checkpoints": "A run is continued with `mlops train --resume latest`.",
        "adapter_type": "Choose with 'method'.",
        "report_to": "Choose in the group 'tracking', e.g. tracking.tensorboard=true.",
        "optim": "The optimizer is AdamW; leave it out.",
        "optimizer": "The optimizer is AdamW; leave it out.",
        "lora_modules_to_save": "It is called 'modules_to_save'.",
        "peft_trainable_token_indices": "It is called 'trainable_token_indices'.",
        "target_parameters": "An adapter is of linear layers: name them in 'lora_target_modules'.",
        "layer_replication": "The model has the layers that its config.json says.",
        "fan_in_fan_out": "The architecture says how weights lie; leave it out.",
    ]

    /// What to say to each name in a run's configuration.
    static let inRuns: [String: String] = {
        var hints = explanations
        for (ours, names) in synonyms {
            for name in names { hints[name] = "It is called '\(ours)'." }
        }
        hints["train_on_inputs"] = "It is 'train_on: all' (true) or 'train_on: completion' (false)."
        hints["lora_target_linear"] = allLinear
        for key in ["max_new_tokens", "temperature", "top_p", "top_k"] {
            hints[key] = "It is called 'generation.\(key)'."
        }
        for key in ["max_samples", "metrics"] { hints[key] = "It is called 'eval.\(key)'." }
        return hints
    }()

    /// What to say to each name in an evaluation's configuration.
    static let inEvaluations: [String: String] = {
        var hints: [String: String] = [:]
        for key in ["max_new_tokens", "temperature", "top_p", "top_k", "seed"] {
            hints[key] = "It is called 'generation.\(key)'."
        }
        hints["do_sample"] = "Sampling is on when 'generation.temperature' is more than 0."
        for name in ["metrics_dir", "output_path", "output"] { hints[name] = "It is called 'output_dir'." }
        for name in ["model", "gguf_model_path", "adapter", "adapter_path", "model_subfolder", "use_gguf"] {
            hints[name] = "It is called 'model_path', which takes runs, adapters, model directories and GGUF files."
        }
        for name in ["limit", "num_samples", "max_eval_samples"] { hints[name] = "It is called 'max_samples'." }
        for name in ["base_model", "model_name_or_path"] { hints[name] = "It is called 'model_name'." }
        for name in ["llama_cpp_binary", "llama_cpp_threads", "llama_cpp_ctx", "llama_cpp_gpu_layers"] {
            hints[name] = "GGUF files are read by this program itself; leave it out."
        }
        hints["cuda_visible_devices"] = "Evaluation runs on the CPU; leave it out."
        hints["tasks"] = "The test rows are in 'dataset_path'."
        hints["data_path"] = "It is called 'dataset_path'."
        return hints
    }()

    /// What to say to `all-linear`, as a value or a name.
    static let allLinear =
        "All linear layers are 'lora_target_modules: all-linear', and in most models the default, "
        + "[\(AdapterConfiguration.allProjections.joined(separator: ", "))]."
}
