extension RunConfiguration: ComposableConfiguration {
    /// Every key of a training configuration.
    public static let schema: ConfigurationSchema<RunConfiguration> = {
        let start = RunConfiguration(modelName: "")
        let make = ConfigurationBindings(defaults: start)
        return ConfigurationSchema(
            title: "run",
            start: start,
            bindings: modelAndData(make) + learning(make) + adapter(make) + recording(make) + evaluation(make)
                + generation + watching(make),
            foreignNames: ForeignNames.inRuns,
            settle: { found throws(ConfigurationError) in
                try settleWarmup(&found)
                try refuseAllLinear(found)
                try refuseOtherMethods(found)
            })
    }()

    private typealias Make = ConfigurationBindings<RunConfiguration>
    private typealias Binding = ConfigurationBinding<RunConfiguration>

    private static func modelAndData(_ make: Make) -> [Binding] {
        [
            make.text(
                "model_name", \.modelName, isRequired: true,
                "The base model: a model directory, a GGUF file, a run, or a hub name such as HuggingFaceTB/SmolLM2-135M-Instruct."
            ),
            make.text("dataset_path", \.data.path, "The training rows: a file, or a directory that holds the files."),
            make.text("dataset_pattern", \.data.pattern, "Which files of the directory are read, as a glob."),
            make.choice("data_format", \.data.format, "The form of the rows; auto finds it out row by row."),
            make.choice(
                "on_invalid", \.data.onInvalid,
                "What happens to rows that cannot be used: error stops and names them; skip leaves them out, and counts and names them."
            ),
            make.integer("max_length", \.data.maximumLength, 2..., unit: "tokens", "The most tokens a row may have."),
            make.choice("overlength", \.data.overlength, "What happens to a row with more tokens than max_length."),
            make.choice(
                "train_on", \.data.trainOn,
                "Which tokens are learned: the assistant's words and the end of its turn (completion), or all of them."),
            make.number(
                "test_size", \.data.testSize, .from(0, below: 1), unit: "share of the rows",
                "The rows held out for validation and evaluation; 0 holds out none."),
            make.flag(
                "shuffle", \.data.shuffle, "Visit the rows of an epoch in a seeded random order instead of file order."),
            make.flag(
                "packing", \.data.packing,
                "Accepted for configurations of other tools: rows are never padded here, so there is nothing to pack, and true and false give the same result."
            ),
            make.text("output_dir", \.outputDirectory, "The directory that holds the runs."),
            make.seed("seed", \.seed, "The seed of every random choice: split, order, dropout, the adapter's start."),
        ]
    }

    private static func learning(_ make: Make) -> [Binding] {
        [
            make.choice(
                "method", \.method, "Train an adapter beside frozen weights (lora), or every weight (full)."),
            make.choice(
                "init", \.start,
                "Begin with the base model's weights (pretrained), or with random ones drawn as its config.json says (random, with 'method: full')."
            ),
            make.integer(
                "epochs", \.optimization.epochs, 1..., unit: "passes over the rows",
                "How long to train; max_steps goes before it."),
            make.integer(
                "max_steps", \.optimization.maximumSteps, 1..., unit: "optimizer steps",
                "When set, training ends after exactly so many steps, over as many epochs as that takes; null: epochs decides."
            ),
            make.integer("batch_size", \.optimization.batchSize, 1..., unit: "rows", "Rows of a micro-batch."),
            make.integer(
                "gradient_accumulation_steps", \.optimization.gradientAccumulationSteps, 1..., unit: "micro-batches",
                "Micro-batches of an optimizer step; their losses are weighted by tokens, so 8 × 1 rows equal 1 × 8."),
            make.number("lr", \.optimization.learningRate, .above(0), "The learning rate after the warm-up."),
            make.choice(
                "lr_scheduler_type", \.optimization.scheduler,
                "How the learning rate moves after the warm-up; the names and the rates are transformers'."),
            make.number(
                "min_lr_ratio", \.optimization.minimumRateRatio, .from(0, to: 1), unit: "share of lr",
                "The rate that linear, cosine or warmup_stable_decay ends with."),
            make.number(
                "loraplus_lr_ratio", \.optimization.loraPlusRatio, .above(0), unit: "times lr",
                "LoRA+: the learning rate of the adapter's B (and of DoRA's magnitudes); null: the same as A's."),
            Binding(
                "warmup_ratio", .number(.from(0, to: 1)), isNullable: true, defaults: make.defaults,
                unit: "share of all optimizer steps",
                "How long the learning rate rises from zero. Not together with warmup_steps; of the two the one said later "
                    + "counts, and the command line is later than every file.",
                read: { root in
                    if case .ratio(let ratio) = root.optimization.warmup { .number(ratio) } else { .null }
                },
                write: { root, value in if let ratio = value.double { root.optimization.warmup = .ratio(ratio) } }),
            Binding(
                "warmup_steps", .integer(0...Int.max), isNullable: true, defaults: make.defaults,
                unit: "optimizer steps",
                "How long the learning rate rises from zero, as a number of steps.",
                read: { root in
                    if case .steps(let steps) = root.optimization.warmup { .integer(Int64(steps)) } else { .null }
                },
                write: { root, value in if let steps = value.int { root.optimization.warmup = .steps(steps) } }),
            make.number(
                "weight_decay", \.optimization.weightDecay, .atLeast(0),
                "AdamW's decoupled weight decay; norms and biases do not decay, as in transformers."),
            make.number(
                "max_grad_norm", \.optimization.maximumGradientNorm, .above(0),
                "The norm that larger gradients are scaled down to; null leaves them alone."),
            make.flag(
                "gradient_checkpointing", \.optimization.gradientCheckpointing,
                "Compute activations again in the backward pass instead of keeping them: slower, with less memory."),
            make.choice(
                "precision", \.precision,
                "The number format of the matrix products: f32, or bf16 with sums in f32, which is twice as fast where the "
                    + "processor has fast products of bf16; others take 16-bit whole numbers with scales, or f32."),
            Binding(
                "bf16", .boolean, defaults: make.defaults, "Short for 'precision: bf16'.",
                read: { .bool($0.precision == .bf16) },
                write: { root, value in if value.bool == true { root.precision = .bf16 } }),
            make.number(
                "neftune_noise_alpha", \.optimization.noiseAlpha, .above(0),
                "NEFTune: in training, uniform noise in ±alpha/√(tokens of the row · hidden size) on the embeddings; null: none."
            ),
            make.number(
                "label_smoothing_factor", \.optimization.labelSmoothing, .from(0, below: 1),
                "The share of each learned token's target that is spread over the whole vocabulary, as in transformers; "
                    + "losses of held-out rows are without it."),
            make.integer(
                "early_stopping_patience", \.optimization.earlyStoppingPatience, 1..., unit: "validations",
                "Validations without a better loss after which the run ends, with the best model; null: never."),
            make.flag(
                "load_best_model_at_end", \.optimization.restoresBest,
                "End with the model of the best validation instead of the last one; its checkpoint is kept."),
        ] + schedule(make)
    }

    private static func recording(_ make: Make) -> [Binding] {
        [
            make.integer(
                "save_steps", \.recording.saveSteps, 1..., unit: "optimizer steps",
                "Steps between checkpoints; null: one at the end only."),
            make.integer(
                "save_total_limit", \.recording.saveTotalLimit, 1..., unit: "checkpoints",
                "How many are kept, the newest; null: all."),
            make.integer(
                "logging_steps", \.recording.loggingSteps, 1..., unit: "optimizer steps",
                "Steps between lines of the log and points of the curves; events.jsonl has every step."),
            make.integer(
                "eval_steps", \.recording.evaluationSteps, 1..., unit: "optimizer steps",
                "Steps between validations on the rows that test_size holds out; null: one after each epoch."),
        ]
    }

    private static func evaluation(_ make: Make) -> [Binding] {
        [
            make.flag("eval.enabled", \.evaluation.isEnabled, "Evaluate the tuned and the base model after training."),
            make.text(
                "eval.dataset_path", \.evaluation.datasetPath,
                "The test rows: a file or a directory; null: the rows that test_size holds out."),
            make.text(
                "eval.dataset_pattern", \.evaluation.datasetPattern, "Which files of the directory are read, as a glob."
            ),
            make.integer(
                "eval.max_samples", \.evaluation.maximumSamples, 1..., unit: "rows",
                "The most rows evaluated, the first ones; null: all."),
            make.integer(
                "eval.batch_size", \.evaluation.batchSize, 1..., unit: "prompts", "Prompts answered at a time."),
            make.names("eval.metrics", \.evaluation.metrics, "The metrics measured."),
            make.flag(
                "eval.perplexity", \.evaluation.measuresPerplexity,
                "Measure the perplexity of the expected answers too."),
        ] + GateConfiguration.bindings.map { $0.lifted(to: \.gate) }
    }

    private static var generation: [Binding] { GenerationOptions.bindings.map { $0.lifted(to: \.generation) } }

    private static func watching(_ make: Make) -> [Binding] {
        [
            make.flag("monitoring.enabled", \.monitoring.isEnabled, "Watch the health of every step."),
            make.choice(
                "monitoring.non_finite.action", \.monitoring.nonFinite,
                "What happens when a loss or a gradient is not a finite number."),
            make.choice(
                "monitoring.divergence.action", \.monitoring.divergence.action,
                "What happens when the smoothed loss rises far above its best."),
            make.number(
                "monitoring.divergence.factor", \.monitoring.divergence.factor, .above(1),
                unit: "times the best smoothed loss",
                "How far is far."),
            make.integer(
                "monitoring.divergence.window", \.monitoring.divergence.window, 1..., unit: "optimizer steps",
                "Steps the loss is smoothed over."),
            make.choice(
                "monitoring.gradient_explosion.action", \.monitoring.gradientExplosion.action,
                "What happens when a gradient's norm is far above those before it."),
            make.number(
                "monitoring.gradient_explosion.factor", \.monitoring.gradientExplosion.factor, .above(1),
                unit: "times the median norm", "How far is far."),
            make.integer(
                "monitoring.gradient_explosion.window", \.monitoring.gradientExplosion.window, 1...,
                unit: "optimizer steps",
                "Steps the median is taken over."),
            make.choice(
                "monitoring.no_learning.action", \.monitoring.noLearning.action,
                "What happens when the loss does not fall."),
            make.integer(
                "monitoring.no_learning.steps", \.monitoring.noLearning.steps, 1..., unit: "optimizer steps",
                "Steps after which the loss must have fallen."),
            make.number(
                "monitoring.no_learning.min_improvement", \.monitoring.noLearning.minimumImprovement,
                .from(0, below: 1),
                unit: "share of the first loss", "How much it must have fallen."),
            make.flag("tracking.tensorboard", \.tracking.tensorboard, "Write TensorBoard event files to logs/."),
            make.flag(
                "tracking.mlflow", \.tracking.mlflow, "Report to the MLflow server of MLFLOW_TRACKING_URI.",
                unless: whenTrue("Leave it false.")),
            make.number(
                "cost.price_per_hour", \.cost.pricePerHour, .atLeast(0), unit: "cost.currency",
                "What an hour of this machine costs.",
                unless: unlessNull("Leave it null.")),
            make.text(
                "cost.currency", \.cost.currency, "What prices are counted in.",
                unless: only("USD", "Leave it USD: prices are not counted yet.")),
            make.number(
                "cost.budget", \.cost.budget, .above(0), unit: "cost.currency",
                "What the run may cost; null: no limit.",
                unless: unlessNull("Leave it null.")),
            make.choice(
                "distributed.strategy", \.distributed.strategy,
                "Who runs the work: this process (none), or another engine.",
                unless: only("none", "Use 'distributed.strategy: none'.")),
        ]
    }

    // MARK: What does not exist yet

    private static func notSupported(_ value: JSONValue, _ advice: String) -> String {
        "\(value.string ?? value.text()) is not supported yet. \(advice)"
    }

    private static func whenTrue(_ advice: String) -> Make.Objection {
        { $0.bool == true ? notSupported($0, advice) : nil }
    }

    private static func unlessNull(_ advice: String) -> Make.Objection {
        { $0.isNull ? nil : notSupported($0, advice) }
    }

    private static func only(_ word: String, _ advice: String) -> Make.Objection {
        { $0.string == word ? nil : notSupported($0, advice) }
    }

    // MARK: Keys that speak of the same thing

    /// Leaves one of `warmup_ratio` and `warmup_steps`: the one that was said later.
    private static func settleWarmup(_ found: inout [String: ConfigNode]) throws(ConfigurationError) {
        guard let ratio = found["warmup_ratio"], let steps = found["warmup_steps"], !ratio.isNull, !steps.isNull else {
            return
        }
        let null = ConfigNode(.null, origin: ratio.origin)
        if ratio.origin.layer != steps.origin.layer {
            found[ratio.origin.layer < steps.origin.layer ? "warmup_ratio" : "warmup_steps"] = null
        } else if ratio.isZero {
            found["warmup_ratio"] = null
        } else if steps.isZero {
            found["warmup_steps"] = null
        } else {
            throw ConfigurationError(
                .conflict, "'warmup_ratio' and 'warmup_steps' are both set (\(ratio.origin)). Set one of them to null.",
                key: "warmup_steps", at: steps.origin)
        }
    }

    private static func refuseAllLinear(_ found: [String: ConfigNode]) throws(ConfigurationError) {
        guard let node = found["lora_target_modules"] else { return }
        let words = node.string.map { [$0] } ?? node.list?.compactMap(\.string) ?? []
        let isText = node.string != nil
        if words.contains(where: {
            ["all_linear", "all"].contains($0) || ($0 == AdapterConfiguration.allLinear && !isText)
        }) {
            throw ConfigurationError(.outOfRange, ForeignNames.allLinear, key: "lora_target_modules", at: node.origin)
        }
    }
}

extension ConfigNode {
    /// Whether this is the number zero.
    fileprivate var isZero: Bool {
        switch content {
        case .integer(let value): value == 0
        case .number(let value): value == 0
        default: false
        }
    }
}
