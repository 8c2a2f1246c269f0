internal import OrderedCollections

/// GPT-2's names of keys that other families call otherwise. Transformers takes its own and, where there is one, the others'.
extension ModelConfig {
    private static let names: [(own: String, usual: String)] = [
        ("n_embd", "hidden_size"), ("n_positions", "max_position_embeddings"), ("n_head", "num_attention_heads"),
        ("n_layer", "num_hidden_layers"), ("n_inner", "intermediate_size"), ("activation_function", "hidden_act"),
    ]

    /// Returns a configuration of GPT-2 under the names of other families.
    static func renamed(_ config: JSONValue, path: String) throws(ModelFileError) -> JSONValue {
        guard var members = config.object else { return config }
        // These are no keys of the family, whatever they say.
        members["intermediate_size"] = nil
        members["hidden_act"] = nil
        for (own, usual) in names {
            guard let value = members.removeValue(forKey: own) else { continue }
            if let other = members[usual], other != value {
                throw ModelConfig(members: config, path: path).invalid(
                    "'\(own)' is \(value.text()), and its name in other families, which means the same, \(other.text())"
                )
            }
            members[usual] = value
        }
        if members["intermediate_size"]?.isNull ?? true, let hidden = members["hidden_size"]?.int, hidden < 1 << 40 {
            members["intermediate_size"] = .integer(Int64(4 * hidden))
        }
        return .object(members)
    }

    /// Returns an error about them in GPT-2's own names.
    static func renamed(_ error: ModelFileError) -> ModelFileError {
        var message = error.message
        for name in names { message = message.replacing("'\(name.usual)'", with: "'\(name.own)'") }
        return ModelFileError(error.code, message)
    }
}
