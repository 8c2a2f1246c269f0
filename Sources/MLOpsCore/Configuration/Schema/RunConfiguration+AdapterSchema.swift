internal import OrderedCollections

extension RunConfiguration {
    /// The keys of the adapter's shape and start.
    static func adapter(
        _ make: ConfigurationBindings<RunConfiguration>
    ) -> [ConfigurationBinding<RunConfiguration>] {
        [
            make.integer("lora_r", \.lora.rank, 1..., "The adapter's rank: columns of A, rows of B."),
            make.number(
                "lora_alpha", \.lora.alpha, .above(0), "The adapter's output is multiplied by lora_alpha / lora_r."),
            make.number(
                "lora_dropout", \.lora.dropout, .from(0, below: 1), unit: "share of the inputs",
                "The adapter's inputs that are set to zero in a training step."),
            make.namesOrPattern(
                "lora_target_modules", \.lora.namedModules, \.lora.targetPattern,
                "The linear layers that get an adapter: the ends of their names in a list, all-linear, or a regular expression for "
                    + "the whole of a name such as model.layers.0.self_attn.q_proj."),
            make.namesOrPattern(
                "exclude_modules", isNullable: true, \.lora.excludedModules, \.lora.excludedPattern,
                "Those that get none all the same, by the ends of their names, such as layers.0.self_attn.q_proj, or a regular "
                    + "expression for the whole; null: none."),
            make.table(
                "rank_pattern", \.lora.rankPattern, of: .integer(1...4096),
                "Ranks that differ from lora_r, by regular expressions for the end of a module's name; the first that matches counts.",
                json: { .integer(Int64($0)) }, value: \.int),
            make.table(
                "alpha_pattern", \.lora.alphaPattern, of: .number(.above(0)),
                "Alphas that differ from lora_alpha, by regular expressions for the end of a module's name.",
                json: { .number($0) }, value: \.double),
            make.list(
                "layers_to_transform", \.lora.layersToTransform, of: .integer(0...Int.max),
                "The decoder layers that get an adapter, counted from 0; null: all.", json: { .integer(Int64($0)) },
                value: \.int),
            make.list(
                "layers_pattern", \.lora.layersPattern, of: .text,
                "What comes before a layer's number in a module's name, such as layers; null: anything.",
                json: { .string($0) }, value: \.string),
            make.list(
                "modules_to_save", \.lora.savedModules, of: .text,
                "Modules that are trained whole and saved with the adapter, by the ends of their names: embedding, head, norms, "
                    + "linear layers, which then have no adapter, or mlp and self_attn; null: none.",
                json: { .string($0) }, value: \.string),
            make.flag(
                "ensure_weight_tying", \.lora.keepsTiedHead,
                "A head that is the embedding matrix stays it when modules_to_save names one of them; false: each is trained by itself."
            ),
            make.tokens(
                "trainable_token_indices", \.lora.trainableTokens,
                "Tokens whose vectors are trained and saved with the adapter, by their ids: of the embedding, and of a head that is the "
                    + "same matrix; or a mapping from embedding or head to ids; null: none."),
            make.choice(
                "bias", \.lora.bias,
                "The biases of the model that are trained beside the adapter and saved with it: none, all, or those of the linear layers "
                    + "that have an adapter (lora_only)."),
            make.flag(
                "lora_bias", \.lora.hasOutputBias,
                "The adapter's output gets a bias of its own, multiplied by lora_alpha / lora_r as the rest of it."),
            make.flag(
                "use_rslora", \.lora.usesRankStabilizedScale, "Multiply the output by lora_alpha / √lora_r instead."),
            make.flag(
                "use_dora", \.lora.usesWeightDecomposition,
                "Train the weights' magnitudes beside their directions (DoRA)."),
            ConfigurationBinding(
                "init_lora_weights",
                .numberedChoice(
                    AdapterConfiguration.Initialization.words, stem: AdapterConfiguration.Initialization.fastStem),
                defaults: make.defaults,
                "How a new adapter is filled, as in PEFT. true: A uniform, B zero; false: both uniform; gaussian: A normal, B zero; "
                    + "pissa, pissa_niter_4 and olora: from the base weight, by singular vectors, by approximate ones, by QR.",
                read: { $0.lora.initialization.json },
                write: { root, value in
                    let word = value.bool.map { $0 ? "true" : "false" } ?? value.string ?? ""
                    if let initialization = AdapterConfiguration.Initialization(rawValue: word) {
                        root.lora.initialization = initialization
                    }
                }),
            make.text(
                "init_adapter", \.lora.initialAdapter, "The directory of an adapter to start from; null: a new one."),
        ]
    }

    /// Refuses keys that the chosen method would ignore.
    static func refuseOtherMethods(_ found: [String: ConfigNode]) throws(ConfigurationError) {
        let isFull = found["method"]?.string == "full"
        if !isFull, let start = found["init"], start.string == "random" {
            throw ConfigurationError(
                .conflict, "'init: random' trains every weight from nothing, so it needs 'method: full'.", key: "init",
                at: start.origin)
        }
        guard isFull else { return }
        let keys = [
            "use_dora", "use_rslora", "init_adapter", "init_lora_weights", "loraplus_lr_ratio", "layers_to_transform",
            "layers_pattern", "rank_pattern", "alpha_pattern", "exclude_modules", "modules_to_save",
            "ensure_weight_tying", "bias", "lora_bias", "trainable_token_indices",
        ]
        for key in keys {
            guard let node = found[key] else { continue }
            switch node.content {
            case .null: continue
            case .bool(let value) where value == (key == "init_lora_weights"): continue
            case .map(let members) where members.isEmpty: continue
            case _ where key == "bias" && node.string == AdapterConfiguration.Bias.none.rawValue: continue
            default:
                throw ConfigurationError(
                    .conflict,
                    "'\(key)' says something about an adapter, and 'method: full' trains none. Leave it out.",
                    key: key, at: node.origin)
            }
        }
    }
}
