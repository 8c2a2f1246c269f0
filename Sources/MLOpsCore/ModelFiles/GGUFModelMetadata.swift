internal import Foundation
internal import OrderedCollections

/// Typed reading of the metadata under a GGUF file's architecture; every refusal names the key.
struct GGUFModelMetadata {
    let file: GGUFFile
    let prefix: String
    let family: DecoderArchitecture.Family

    init(_ file: GGUFFile) throws(ModelFileError) {
        self.file = file
        guard let name = file.metadata["general.architecture"]?.string else {
            throw ModelFileError(
                .invalid, "'\(file.path)': metadata 'general.architecture' is missing, so it is not a model.")
        }
        // Files of these have the names of others.
        let others: [DecoderArchitecture.Family] = [.mistral, .ministral, .helium, .olmo3, .internlm3, .iquestcoder]
        let families = DecoderArchitecture.Family.allCases.filter { $0.hasGGUF && !others.contains($0) }
        guard let family = families.first(where: { $0.ggufName == name }) else {
            let names = families.map(\.ggufName).joined(separator: ", ")
            throw ModelFileError(
                .unsupported,
                "'\(file.path)': the architecture '\(name)' is not supported; \(names) are.")
        }
        prefix = name
        let hasWindow = file.metadata["\(name).attention.sliding_window"]?.int ?? 0 > 0
        let isHelium = family == .llama && file.metadata[GGUFNames.familyKey]?.string == "helium"
        self.family = isHelium ? .helium : family == .olmo2 && hasWindow ? .olmo3 : family
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

    /// A whole number of at least 0.
    func optionalCount(_ key: String) throws(ModelFileError) -> Int? {
        value(key)?.int == 0 ? 0 : try optionalSize(key)
    }

    func positive(_ key: String) throws(ModelFileError) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.double, number > 0, number.isFinite else {
            throw invalid("metadata '\(prefix).\(key)' must be a positive number")
        }
        return number
    }

    /// A positive number; 0 is what files say instead of leaving the key out.
    func scale(_ key: String) throws(ModelFileError) -> Double? {
        value(key)?.double == 0 ? nil : try positive(key)
    }

    /// Refuses what would change the results if it were ignored.
    func refuseFeatures() throws(ModelFileError) {
        if let experts = value("expert_count")?.int, experts > 0 {
            throw unsupported("a mixture of \(experts) experts")
        }
        if value("attention.causal")?.bool == false { throw unsupported("attention that looks ahead") }
        guard family != .granite else { return }
        if family != .gptNeoX, value("use_parallel_residual")?.bool == true {
            throw unsupported("'\(prefix).use_parallel_residual' true")
        }
        for key in ["logit_scale", "attention.scale", "embedding_scale", "residual_scale"] {
            if key == "logit_scale", family == .cohere || family == .cohere2 { continue }
            guard let scale = value(key)?.double, scale != 0 else { continue }
            // As a factor, 1 changes nothing; but scores always have one.
            if scale != 1 || key == "attention.scale" {
                throw unsupported("'\(prefix).\(key)' \(scale)")
            }
        }
    }

    /// The tensors that belong to the rotary embedding.
    static let ropeTensors = ["rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"]

    /// Reads the rotary embedding: `rope.*`, and the tensors of factors that stand for `llama3` and LongRoPE.
    func rope(rotarySize: Int, maximumPositions: Int) throws(ModelFileError) -> RotaryEmbedding {
        let base = try positive("rope.freq_base") ?? 10000
        var scaling = try ropeScaling(maximumPositions: maximumPositions)
        if let values = try factors("rope_freqs.weight", rotarySize), values.contains(where: { $0 != 1 }) {
            guard scaling == .none else {
                throw unsupported("'rope_freqs.weight' beside '\(prefix).rope.scaling.type'")
            }
            scaling = .frequencyFactors(values)
        }
        if let long = try factors("rope_factors_long.weight", rotarySize),
            let short = try factors("rope_factors_short.weight", rotarySize)
        {
            guard scaling == .none else {
                throw unsupported("'rope_factors_long.weight' beside '\(prefix).rope.scaling.type'")
            }
            scaling = .longrope(
                RotaryEmbedding.LongRoPE(
                    shortFactors: short, longFactors: long,
                    originalPositions: try optionalSize("rope.scaling.original_context_length") ?? maximumPositions,
                    attentionFactor: try positive("rope.scaling.attn_factor") ?? 1))
        }
        return RotaryEmbedding(base: base, scaling: scaling)
    }

    /// The numbers of a tensor of factors; nil when there is none.
    private func factors(_ name: String, _ rotarySize: Int) throws(ModelFileError) -> [Float]? {
        guard let factors = file.tensors[name] else { return nil }
        guard factors.shape == [rotarySize / 2], factors.elementType.isReal else {
            throw invalid("tensor '\(name)' has the shape \(factors.shape), not [\(rotarySize / 2)]")
        }
        let values = factors.floats()
        guard values.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw invalid("tensor '\(name)' holds numbers that are not positive")
        }
        return values
    }

    private func ropeScaling(maximumPositions: Int) throws(ModelFileError) -> RotaryEmbedding.Scaling {
        let kind = value("rope.scaling.type")?.string ?? "none"
        let factor = try positive("rope.scaling.factor")
        switch kind {
        case "longrope": return .none  // its factors are tensors
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
