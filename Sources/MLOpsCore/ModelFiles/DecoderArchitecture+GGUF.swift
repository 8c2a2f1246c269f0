internal import Foundation
internal import OrderedCollections

extension DecoderArchitecture {
    /// Reads a description from a GGUF file's metadata and the tensors it has.
    ///
    /// - Throws: ``ModelFileError`` naming the key when it is missing, impossible, or asks for something unsupported.
    public init(_ file: GGUFFile) throws(ModelFileError) {
        let metadata = try GGUFModelMetadata(file)
        let family = metadata.family
        let headCount = try metadata.size("attention.head_count")
        let keyValueHeadCount = try metadata.optionalSize("attention.head_count_kv") ?? headCount
        let hiddenSize = try metadata.size("embedding_length")
        guard headCount.isMultiple(of: keyValueHeadCount) else {
            throw metadata.invalid("\(headCount) query heads cannot share \(keyValueHeadCount) key heads")
        }
        let keySize = try metadata.optionalSize("attention.key_length")
        guard keySize != nil || hiddenSize.isMultiple(of: headCount) else {
            throw metadata.invalid("the width \(hiddenSize) is not a multiple of the \(headCount) heads")
        }
        let headSize = keySize ?? hiddenSize / headCount
        guard headSize.isMultiple(of: 2) else {
            throw metadata.invalid("heads of \(headSize) cannot be turned in pairs")
        }
        if let valueSize = try metadata.optionalSize("attention.value_length"), valueSize != headSize {
            throw metadata.unsupported("'\(metadata.prefix).attention.value_length' differs from the key's length")
        }
        if let turned = try metadata.optionalSize("rope.dimension_count"), turned != headSize {
            throw metadata.unsupported("'\(metadata.prefix).rope.dimension_count' \(turned) of heads of \(headSize)")
        }
        let maximumPositions = try metadata.size("context_length")
        try metadata.refuseFeatures(maximumPositions: maximumPositions)
        guard let embedding = file.tensors["token_embd.weight"], embedding.shape.count == 2 else {
            throw metadata.invalid("there is no matrix 'token_embd.weight'")
        }
        let hasBias = { (name: String) in file.tensors["blk.0.\(name).bias"] != nil }
        self.init(
            family: family,
            vocabularySize: embedding.shape[0],
            hiddenSize: hiddenSize,
            intermediateSize: try metadata.size("feed_forward_length"),
            layerCount: try metadata.size("block_count", limit: 10_000),
            headCount: headCount,
            keyValueHeadCount: keyValueHeadCount,
            headSize: headSize,
            normEpsilon: Float(try metadata.positive("attention.layer_norm_rms_epsilon") ?? 1e-6),
            rope: try metadata.rope(headSize: headSize, maximumPositions: maximumPositions),
            attentionBias: hasBias("attn_output") ? .all : hasBias("attn_q") ? .queryKeyValue : .none,
            mlpBias: hasBias("ffn_gate"),
            tiedHead: file.tensors["output.weight"] == nil,
            maximumPositions: maximumPositions
        )
    }
}

/// Typed reading of the metadata under a GGUF file's architecture; every refusal names the key.
struct GGUFModelMetadata {
    let file: GGUFFile
    let prefix: String
    let family: DecoderArchitecture.Family

    init(_ file: GGUFFile) throws(ModelFileError) {
        self.file = file
        let names = ["llama", "qwen2"]
        guard let name = file.metadata["general.architecture"]?.string else {
            throw ModelFileError(
                .invalid, "'\(file.path)': metadata 'general.architecture' is missing, so it is not a model.")
        }
        guard names.contains(name), let family = DecoderArchitecture.Family(rawValue: name) else {
            throw ModelFileError(
                .unsupported,
                "'\(file.path)': the architecture '\(name)' is not supported; \(names.joined(separator: ", ")) are.")
        }
        prefix = name
        self.family = family
    }

    func invalid(_ reason: String) -> ModelFileError { ModelFileError(.invalid, "'\(file.path)': \(reason).") }

    func unsupported(_ reason: String) -> ModelFileError {
        ModelFileError(.unsupported, "'\(file.path)': \(reason) is not supported.")
    }

    func value(_ key: String) -> GGUFValue? { file.metadata["\(prefix).\(key)"] }

    func size(_ key: String, limit: Int = 1 << 31) throws(ModelFileError) -> Int {
        guard let size = try optionalSize(key, limit: limit) else {
            throw invalid("metadata '\(prefix).\(key)' is missing")
        }
        return size
    }

    func optionalSize(_ key: String, limit: Int = 1 << 31) throws(ModelFileError) -> Int? {
        guard let value = value(key) else { return nil }
        if case .array = value { throw unsupported("a list in '\(prefix).\(key)' (a value for each layer)") }
        guard let size = value.int, (1...limit).contains(size) else {
            throw invalid("metadata '\(prefix).\(key)' must be a whole number from 1 to \(limit)")
        }
        return size
    }

    func positive(_ key: String) throws(ModelFileError) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.double, number > 0, number.isFinite else {
            throw invalid("metadata '\(prefix).\(key)' must be a positive number")
        }
        return number
    }

    /// Refuses what would change the results if it were ignored.
    func refuseFeatures(maximumPositions: Int) throws(ModelFileError) {
        if let experts = value("expert_count")?.int, experts > 0 {
            throw unsupported("a mixture of \(experts) experts")
        }
        if let window = value("attention.sliding_window")?.int, window > 0, window < maximumPositions {
            throw unsupported("a sliding window of \(window) tokens")
        }
        if value("attention.causal")?.bool == false { throw unsupported("attention that looks ahead") }
        for key in ["logit_scale", "attention.scale", "embedding_scale", "residual_scale"] {
            if let scale = value(key)?.double, scale != 0, scale != 1 {
                throw unsupported("'\(prefix).\(key)' \(scale)")
            }
        }
    }

    /// Reads the rotary embedding: `rope.*`, and the tensor of frequency factors that stands for `llama3`.
    func rope(headSize: Int, maximumPositions: Int) throws(ModelFileError) -> RotaryEmbedding {
        let base = try positive("rope.freq_base") ?? 10000
        var scaling = try ropeScaling(maximumPositions: maximumPositions)
        if let factors = file.tensors["rope_freqs.weight"] {
            guard factors.shape == [headSize / 2], factors.elementType.isReal else {
                throw invalid("tensor 'rope_freqs.weight' has the shape \(factors.shape), not [\(headSize / 2)]")
            }
            let values = factors.floats()
            guard values.allSatisfy({ $0.isFinite && $0 > 0 }) else {
                throw invalid("tensor 'rope_freqs.weight' holds numbers that are not positive")
            }
            if values.contains(where: { $0 != 1 }) {
                guard scaling == .none else {
                    throw unsupported("'rope_freqs.weight' beside '\(prefix).rope.scaling.type'")
                }
                scaling = .frequencyFactors(values)
            }
        }
        return RotaryEmbedding(base: base, scaling: scaling)
    }

    private func ropeScaling(maximumPositions: Int) throws(ModelFileError) -> RotaryEmbedding.Scaling {
        let kind = value("rope.scaling.type")?.string ?? "none"
        let factor = try positive("rope.scaling.factor")
        switch kind {
        case "none":
            if let linear = try positive("rope.scale_linear"), linear != 1 { return .linear(factor: linear) }
            return .none
        case "linear": return .linear(factor: factor ?? 1)
        case "yarn":
            guard let factor else { throw invalid("metadata '\(prefix).rope.scaling.factor' is missing") }
            // ggml multiplies what it derives from the factor by `attn_factor`.
            let derived = factor > 1 ? 0.1 * log(factor) + 1 : 1
            let attention = try positive("rope.scaling.attn_factor")
            if value("rope.scaling.yarn_log_multiplier") != nil {
                throw unsupported("'\(prefix).rope.scaling.yarn_log_multiplier'")
            }
            return .yarn(
                RotaryEmbedding.YaRN(
                    factor: factor,
                    originalPositions: try optionalSize("rope.scaling.original_context_length") ?? maximumPositions,
                    betaFast: try positive("rope.scaling.yarn_beta_fast") ?? 32,
                    betaSlow: try positive("rope.scaling.yarn_beta_slow") ?? 1,
                    attentionFactor: attention.flatMap { $0 == 1 ? nil : $0 * derived }))
        default: throw unsupported("'\(prefix).rope.scaling.type' \(kind)")
        }
    }
}
