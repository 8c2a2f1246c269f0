internal import OrderedCollections

extension ModelConfig {
    /// A family's own names of keys that other families call otherwise. Of some of them transformers takes the others' too.
    struct FamilyNames {
        private let names: [(own: String, usual: String)]
        /// Others' names that are no keys of the family, whatever they say.
        private let foreign: [String]
        /// Whether the inside of the MLP is four times as wide as the model where no key says how wide.
        private let hasWidthByRule: Bool

        private static let gpt2: [(own: String, usual: String)] = [
            ("n_embd", "hidden_size"), ("n_positions", "max_position_embeddings"), ("n_head", "num_attention_heads"),
            ("n_layer", "num_hidden_layers"), ("n_inner", "intermediate_size"), ("activation_function", "hidden_act"),
        ]

        /// nil when the family's names are the usual ones.
        init?(_ config: JSONValue) {
            switch config["model_type"] {
            case "gpt2", "gptj", "gpt_bigcode", "codegen":
                (names, foreign, hasWidthByRule) = (Self.gpt2, ["intermediate_size", "hidden_act"], true)
            case "gpt_neo":
                names = [
                    ("num_layers", "num_hidden_layers"), ("num_heads", "num_attention_heads"),
                    ("activation_function", "hidden_act"), ("window_size", "sliding_window"),
                ]
                (foreign, hasWidthByRule) = (["hidden_act", "sliding_window", "layer_types"], true)
            case "opt":
                names = [("ffn_dim", "intermediate_size"), ("activation_function", "hidden_act")]
                (foreign, hasWidthByRule) = (["intermediate_size", "hidden_act"], false)
            case "falcon":
                names = [
                    ("n_embed", "hidden_size"), ("ffn_hidden_size", "intermediate_size"), ("activation", "hidden_act"),
                    ("num_kv_heads", "num_key_value_heads"),
                ]
                foreign = ["intermediate_size", "hidden_act", "num_key_value_heads"]
                hasWidthByRule = true
            case "bloom":
                names = [
                    ("n_embed", "hidden_size"), ("n_layer", "num_hidden_layers"), ("n_head", "num_attention_heads"),
                ]
                (foreign, hasWidthByRule) = (["intermediate_size", "hidden_act"], true)
            case "mpt":
                names = [
                    ("d_model", "hidden_size"), ("n_layers", "num_hidden_layers"), ("n_heads", "num_attention_heads"),
                    ("max_seq_len", "max_position_embeddings"),
                ]
                (foreign, hasWidthByRule) = (["intermediate_size", "hidden_act", "max_position_embeddings"], true)
            case "internlm3":
                (names, foreign, hasWidthByRule) = ([("qkv_bias", "attention_bias"), ("bias", "mlp_bias")], [], false)
            case "granitemoehybrid":
                // The other is that of the experts.
                names = [("shared_intermediate_size", "intermediate_size")]
                (foreign, hasWidthByRule) = (["intermediate_size"], false)
            default: return nil
            }
        }

        /// Returns a configuration of the family under the usual names.
        func renamed(_ config: JSONValue, path: String) throws(ModelFileError) -> JSONValue {
            guard var members = config.object else { return config }
            for key in foreign { members[key] = nil }
            for (own, usual) in names {
                guard let value = members.removeValue(forKey: own) else { continue }
                if let other = members[usual], other != value {
                    throw ModelConfig(members: config, path: path).invalid(
                        "'\(own)' is \(value.text()), and its name in other families, which means the same, \(other.text())"
                    )
                }
                members[usual] = value
            }
            if hasWidthByRule, members["intermediate_size"]?.isNull ?? true, let hidden = members["hidden_size"]?.int,
                hidden < 1 << 40
            {
                members["intermediate_size"] = .integer(Int64(4 * hidden))
            }
            return .object(members)
        }

        /// Returns an error about them in the family's own names.
        func renamed(_ error: ModelFileError) -> ModelFileError {
            var message = error.message
            for name in names { message = message.replacing("'\(name.usual)'", with: "'\(name.own)'") }
            return ModelFileError(error.code, message)
        }
    }
}
