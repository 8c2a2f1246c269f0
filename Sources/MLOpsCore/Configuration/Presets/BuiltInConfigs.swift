/// The configurations that ship with the program, so that it works without any file beside it.
///
/// They are the files of `configs/`, word for word: `scripts/embed-configs.sh` writes this file, and a test compares them.
enum BuiltInConfigs {
    /// Texts by name.
    static let texts: [String: String] = [
        "eval": #"""
        # The configuration that `mlops eval` takes when it is given no other: every key, at its default.

        model_path: outputs/runs/latest    # a run, an adapter, a checkpoint, a model directory, a GGUF file, or a hub name
        model_name: null                   # the base model of an adapter; null: what the run or the adapter says
        dataset_path: data/eval
        dataset_pattern: "*.jsonl"
        data_format: auto
        on_invalid: error                  # error, skip: what becomes of rows that cannot be used
        output_dir: outputs/evaluations
        max_samples: null
        batch_size: 8
        metrics: [exact_match, jaccard, rouge1, rouge2, rougeL, rougeLsum, bleu, response_length, generation_time]
        perplexity: true
        precision: f32

        baseline:
          enabled: true
          model_path: null                 # null: the base of the model measured

        generation:
          max_new_tokens: 256
          temperature: 0.0                 # 0: greedy
          top_p: 1.0
          top_k: 0
          seed: 42

        gate:
          enabled: true
          rules:
            - metric: exact_match
              min_improvement: 0.02
            - metric: rouge1
              min_improvement: 0.05

        """#,
        "eval_baseline": #"""
        # Measures a base model alone, as something to compare with later.
        defaults:
          - eval
          - _self_

        model_path: HuggingFaceTB/SmolLM2-135M-Instruct
        baseline:
          enabled: false
        gate:
          enabled: false

        """#,
        "pretrain_tiny": #"""
        # How models/mlops-tiny was made: every weight, from random numbers, on questions that WordNet answers.
        # data/pretraining/make.sh writes the rows; about an hour on one core.
        defaults:
          - train
          - _self_

        model_name: models/mlops-tiny      # its config.json and tokenizer; init: random draws the weights
        dataset_path: data/pretraining/train.jsonl
        test_size: 0.0
        train_on: all                      # questions are text to learn as well
        method: full
        init: random
        epochs: 1
        batch_size: 16
        lr: 2e-3
        lr_scheduler_type: cosine
        min_lr_ratio: 0.05
        warmup_ratio: 0.03
        weight_decay: 0.1
        save_steps: 500
        save_total_limit: 2
        logging_steps: 10

        eval:
          enabled: false                   # a model that knows nothing is no baseline; data/pretraining/README.md measures

        gate:
          enabled: false

        """#,
        "quickstart": #"""
        # What `make quickstart` trains: an assistant for the mlops tool itself, in a minute, from the model that ships with it.
        # The test rows are questions in phrasings that training has not seen.
        defaults:
          - train
          - _self_

        model_name: models/mlops-tiny
        dataset_path: data/quickstart/train.jsonl
        test_size: 0.0
        max_length: 512
        epochs: 10                         # a small model needs more of them, and a higher rate
        batch_size: 8
        lr: 5e-3
        lr_scheduler_type: cosine
        warmup_ratio: 0.05
        lora_r: 32
        lora_alpha: 64
        lora_dropout: 0.0
        save_steps: 200
        logging_steps: 10

        eval:
          dataset_path: data/quickstart/test.jsonl
          batch_size: 64                   # all questions together: the weights are read once a token for all

        generation:
          max_new_tokens: 96

        """#,
        "quickstart_smollm2": #"""
        # What `make quickstart MODEL=smollm2` trains: the assistant of `quickstart` from a real model, in minutes on two cores.
        defaults:
          - train
          - _self_

        model_name: HuggingFaceTB/SmolLM2-135M-Instruct
        dataset_path: data/quickstart/train.jsonl
        test_size: 0.0
        max_length: 256
        epochs: 3
        batch_size: 8
        lr: 1e-3
        lr_scheduler_type: cosine
        warmup_ratio: 0.05
        lora_r: 16
        lora_alpha: 32
        lora_dropout: 0.0
        save_steps: 100

        eval:
          dataset_path: data/quickstart/test.jsonl
          batch_size: 64                   # all questions together: the weights are read once a token for all

        generation:
          max_new_tokens: 96

        """#,
        "train": #"""
        # The configuration that `mlops train` takes when it is given no other: every key, at its default.
        # `mlops config explain KEY` says what a key does; Docs/Configuration.md has them all.

        # Model and data
        model_name: HuggingFaceTB/SmolLM2-135M-Instruct
        dataset_path: data                 # a file, or a directory
        dataset_pattern: "*.jsonl"
        data_format: auto                  # auto, messages, prompt_completion, tokenized, text
        on_invalid: error                  # error, skip: what becomes of rows that cannot be used
        max_length: 512                    # tokens
        overlength: error                  # error, drop, truncate
        train_on: completion               # completion, all
        test_size: 0.1                     # share of the rows held out; 0 holds out none
        shuffle: true
        packing: false                     # without effect: rows are never padded
        output_dir: outputs/runs
        seed: 42

        # Learning
        method: lora                       # lora, full
        init: pretrained                   # pretrained, random
        epochs: 3
        max_steps: null                    # optimizer steps; goes before epochs
        batch_size: 4                      # rows of a micro-batch
        gradient_accumulation_steps: 1     # micro-batches of an optimizer step
        lr: 2e-4
        lr_scheduler_type: linear          # linear, cosine, constant, polynomial, inverse_sqrt, … (Docs/Methods.md)
        min_lr_ratio: 0.0                  # share of lr that a falling schedule ends with
        lr_scheduler_kwargs:               # what some schedules take; null: their default
          num_cycles: null
          power: null
          lr_end: null
          timescale: null
          min_lr: null
          min_lr_rate: null
          warmup_lr_rate: null
          num_stable_steps: null
          num_decay_steps: null
          warmup_type: null                # linear, cosine, 1-sqrt
          decay_type: null
        loraplus_lr_ratio: null            # times lr, for the adapter's B
        warmup_ratio: 0.0                  # share of all optimizer steps
        warmup_steps: null                 # instead of warmup_ratio
        weight_decay: 0.0
        max_grad_norm: 1.0
        gradient_checkpointing: false
        precision: f32
        bf16: false
        neftune_noise_alpha: null
        label_smoothing_factor: 0.0
        early_stopping_patience: null      # validations without a better loss
        load_best_model_at_end: false

        # Adapter
        lora_r: 16
        lora_alpha: 32
        lora_dropout: 0.05
        # Or all-linear, or a regular expression for whole names such as model.layers.0.self_attn.q_proj.
        lora_target_modules: [q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj]
        exclude_modules: null              # null: none
        rank_pattern: {}                   # ranks by module name, e.g. {down_proj: 32}
        alpha_pattern: {}
        layers_to_transform: null          # null: all
        layers_pattern: null
        modules_to_save: null              # e.g. [embed_tokens, lm_head, norm]
        ensure_weight_tying: false
        trainable_token_indices: null      # e.g. [49150, 49151]: vectors of these tokens
        bias: none                         # none, all, lora_only: the model's biases
        use_rslora: false
        use_dora: false
        init_lora_weights: true            # true, false, gaussian, pissa, pissa_niter_4, olora
        lora_bias: false
        init_adapter: null                 # the directory of an adapter to start from

        # What is saved, logged and validated, in optimizer steps
        save_steps: 200
        save_total_limit: 3
        logging_steps: 1
        eval_steps: null                   # null: after each epoch

        # The evaluation that follows training
        eval:
          enabled: true
          dataset_path: null               # null: the rows that test_size holds out
          dataset_pattern: "*.jsonl"
          max_samples: null
          batch_size: 8
          metrics: [exact_match, jaccard, rouge1, rouge2, rougeL, rougeLsum, bleu, response_length, generation_time]
          perplexity: true

        gate:
          enabled: true
          rules:
            - metric: exact_match
              min_improvement: 0.02
            - metric: rouge1
              min_improvement: 0.05

        generation:
          max_new_tokens: 256
          temperature: 0.0                 # 0: greedy
          top_p: 1.0
          top_k: 0
          seed: 42

        # What watches every step: ignore, warn or stop
        monitoring:
          enabled: true
          non_finite:
            action: stop
          divergence:
            action: stop
            factor: 2.0
            window: 20
          gradient_explosion:
            action: warn
            factor: 20.0
            window: 20
          no_learning:
            action: warn
            steps: 100
            min_improvement: 0.01

        tracking:
          tensorboard: true
          mlflow: false

        cost:
          price_per_hour: null
          currency: USD
          budget: null

        distributed:
          strategy: none

        """#,
        "train_large": #"""
        # A model of nearly two billion parameters on long rows: many cores and 16 GB of memory.
        defaults:
          - train
          - _self_

        model_name: HuggingFaceTB/SmolLM2-1.7B-Instruct
        epochs: 3
        batch_size: 4
        gradient_accumulation_steps: 2
        max_length: 1024
        lr_scheduler_type: cosine
        warmup_ratio: 0.03
        lora_r: 32
        lora_alpha: 64
        lora_dropout: 0.1
        gradient_checkpointing: true

        """#,
        "train_medium": #"""
        # A larger adapter on a model of a third of a billion parameters: an afternoon on a few cores.
        defaults:
          - train
          - _self_

        model_name: HuggingFaceTB/SmolLM2-360M-Instruct
        epochs: 5
        batch_size: 8
        lr: 3e-4
        lr_scheduler_type: cosine
        warmup_ratio: 0.03
        lora_r: 64
        lora_alpha: 128

        """#,
        "train_remote": #"""
        # What `make ssh-train` runs on REMOTE_HOST: the medium model, checkpoints often enough to lose little when the line drops.
        defaults:
          - train_medium
          - _self_

        save_steps: 50
        save_total_limit: 2
        logging_steps: 10

        """#,
        "train_small": #"""
        # A small adapter on a small model: fits a laptop, takes minutes.
        defaults:
          - train
          - _self_

        model_name: HuggingFaceTB/SmolLM2-135M-Instruct
        epochs: 8
        batch_size: 4
        gradient_accumulation_steps: 2
        lr: 5e-4
        lr_scheduler_type: cosine
        warmup_ratio: 0.05
        weight_decay: 0.01
        lora_r: 32
        lora_alpha: 64
        lora_dropout: 0.1
        gradient_checkpointing: true

        """#,
    ]
}
