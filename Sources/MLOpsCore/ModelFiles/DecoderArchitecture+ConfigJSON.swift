extension DecoderArchitecture {
    /// Reads a description from a Hugging Face `config.json`.
    ///
    /// - Parameter path: the file's path, for messages.
    /// - Throws: ``ModelFileError`` naming the key when it is missing, impossible, or asks for something unsupported.
    public init(configJSON: JSONValue, path: String = "config.json") throws(ModelFileError) {
        let config = ModelConfig(members: configJSON, path: path)
        guard configJSON.object != nil else { throw config.invalid("it is not a JSON object") }
        guard let type = configJSON["model_type"]?.string else {
            throw config.invalid("'model_type' is missing. Is this the directory of a model (or only of an adapter)?")
        }
        guard let family = Family(rawValue: type) else {
            let known = Family.allCases.map(\.rawValue).joined(separator: ", ")
            throw config.unsupported("model_type '\(type)' is not supported; \(known) are")
        }
        try config.refuseFeatures()
        let hiddenSize = try config.size("hidden_size")
        let headCount = try config.size("num_attention_heads")
        let keyValueHeadCount = try config.optionalSize("num_key_value_heads") ?? headCount
        guard headCount.isMultiple(of: keyValueHeadCount) else {
            throw config.invalid(
                "'num_attention_heads' \(headCount) is not a multiple of 'num_key_value_heads' \(keyValueHeadCount)")
        }
        let headSize = try config.optionalSize("head_dim")
        if headSize == nil, !hiddenSize.isMultiple(of: headCount) {
            throw config.invalid("'hidden_size' \(hiddenSize) is not a multiple of 'num_attention_heads' \(headCount)")
        }
        guard (headSize ?? hiddenSize / headCount).isMultiple(of: 2) else {
            throw config.invalid(
                "heads of \(headSize ?? hiddenSize / headCount) cannot be turned in pairs; 'head_dim' must be even")
        }
        let maximumPositions = try config.optionalSize("max_position_embeddings") ?? (family == .llama ? 2048 : 32768)
        let activationName = try config.text("hidden_act") ?? "silu"
        guard let activation = Activation(rawValue: activationName == "swish" ? "silu" : activationName) else {
            throw config.unsupported("'hidden_act' \(activationName) is not supported; silu is")
        }
        let hasAllBiases = family == .llama ? try config.flag("attention_bias") : false
        try config.refuseWindow(family: family, maximumPositions: maximumPositions)
        self.init(
            family: family,
            vocabularySize: try config.size("vocab_size"),
            hiddenSize: hiddenSize,
            intermediateSize: try config.size("intermediate_size"),
            layerCount: try config.size("num_hidden_layers", limit: 10_000),
            headCount: headCount,
            keyValueHeadCount: keyValueHeadCount,
            headSize: headSize,
            normEpsilon: Float(try config.positive("rms_norm_eps") ?? 1e-6),
            rope: try config.rope(maximumPositions: maximumPositions),
            activation: activation,
            attentionBias: family == .qwen2 ? .queryKeyValue : hasAllBiases ? .all : .none,
            mlpBias: family == .llama ? try config.flag("mlp_bias") : false,
            tiedHead: try config.flag("tie_word_embeddings"),
            maximumPositions: maximumPositions
        )
    }
}

/// Typed reading of a `config.json`; every refusal names the key.
struct ModelConfig {
    let members: JSONValue
    let path: String

    func invalid(_ reason: String) -> ModelFileError { ModelFileError(.invalid, "'\(path)': \(reason).") }

    func unsupported(_ reason: String) -> ModelFileError { ModelFileError(.unsupported, "'\(path)': \(reason).") }

    /// A value that is there and not `null`.
    func value(_ key: String) -> JSONValue? {
        guard let value = members[key], !value.isNull else { return nil }
        return value
    }

    func size(_ key: String, limit: Int = 1 << 31) throws(ModelFileError) -> Int {
        guard let size = try optionalSize(key, limit: limit) else { throw invalid("'\(key)' is missing") }
        return size
    }

    /// A positive whole number; the limit keeps products of two of them from overflowing.
    func optionalSize(_ key: String, limit: Int = 1 << 31) throws(ModelFileError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let size = value.int, (1...limit).contains(size) else {
            throw invalid("'\(key)' must be a whole number from 1 to \(limit), not \(value.text())")
        }
        return size
    }

    func positive(_ key: String, in members: JSONValue? = nil) throws(ModelFileError) -> Double? {
        guard let value = (members ?? self.members)[key], !value.isNull else { return nil }
        guard let number = value.double, number > 0, number.isFinite else {
            throw invalid("'\(key)' must be a positive number, not \(value.text())")
        }
        return number
    }

    func flag(_ key: String, default missing: Bool = false) throws(ModelFileError) -> Bool {
        guard let value = value(key) else { return missing }
        guard let flag = value.bool else { throw invalid("'\(key)' must be true or false, not \(value.text())") }
        return flag
    }

    func text(_ key: String) throws(ModelFileError) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw invalid("'\(key)' must be text, not \(value.text())") }
        return text
    }

    /// Refuses what would change the results if it were ignored.
    func refuseFeatures() throws(ModelFileError) {
        if value("quantization_config") != nil {
            throw unsupported("'quantization_config' is not supported. Use the unquantised model, or a GGUF file of it")
        }
        if let tp = value("pretraining_tp"), tp != 1 {
            throw unsupported("'pretraining_tp' \(tp.text()) is not supported; 1 is")
        }
        if let part = value("partial_rotary_factor"), part.double != 1 {
            throw unsupported("'partial_rotary_factor' \(part.text()) is not supported; 1 is")
        }
        for key in ["is_encoder_decoder", "add_cross_attention", "rope_interleaved"] where try flag(key) {
            throw unsupported("'\(key)' true is not supported")
        }
    }

    /// Refuses a sliding window that a sequence could outgrow.
    func refuseWindow(family: DecoderArchitecture.Family, maximumPositions: Int) throws(ModelFileError) {
        if let layers = value("layer_types")?.array, layers.contains(where: { $0 != "full_attention" }) {
            throw unsupported("'layer_types' other than full_attention are not supported")
        }
        let isUsed =
            switch family {
            case .llama: false
            case .mistral: true
            case .qwen2: try flag("use_sliding_window")
            }
        if isUsed, let window = try optionalSize("sliding_window"), window < maximumPositions {
            throw unsupported(
                "'sliding_window' \(window) is shorter than 'max_position_embeddings' \(maximumPositions): "
                    + "sliding-window attention is not supported")
        }
    }
}
