internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// The rotary embedding as a GGUF file says it: keys `rope.…`, and tensors of factors.
enum GGUFRope {
    /// Returns the entries beside the base of the frequencies.
    ///
    /// - Throws: ``PublishError`` when llama.cpp has no such scaling.
    static func entries(_ model: DecoderArchitecture) throws(PublishError) -> OrderedDictionary<String, GGUFValue> {
        let prefix = model.family.ggufName
        func count(_ value: Int) -> GGUFValue { .uint32(UInt32(clamping: value)) }
        var entries: OrderedDictionary<String, GGUFValue> = [:]
        if model.family == .olmo3 {
            // ggml has one base, and scales the rotation of layers without a window alone.
            guard model.localRope == RotaryEmbedding(base: model.rope.base) else {
                throw notExpressible("sliding layers of OLMo 3 with a base of their own or a scaled rotation")
            }
        } else if model.layerAttention.contains(where: { $0.rotation == .local }) {
            guard model.family == .gemma3, model.localRope.scaling == .none else {
                throw notExpressible("sliding layers with a rotation of their own")
            }
            entries["\(prefix).rope.freq_base_swa"] = .float32(Float(model.localRope.base))
        } else if model.family == .gemma3, model.layerAttention.contains(where: { $0.window != nil }) {
            guard model.rope.scaling == .none else { throw notExpressible("scaled rotation in sliding layers") }
            // Without the key, Gemma 3 has another base in sliding layers all the same.
            entries["\(prefix).rope.freq_base_swa"] = .float32(Float(model.rope.base))
        }
        switch model.rope.scaling {
        case .none, .llama3, .frequencyFactors: break
        case .linear(let factor):
            entries["\(prefix).rope.scaling.type"] = .string("linear")
            entries["\(prefix).rope.scaling.factor"] = .float32(Float(factor))
        case .dynamic(_, let positions):
            // llama.cpp has no growing base; up to the positions of the first training it is no scaling at all.
            entries["\(prefix).context_length"] = count(positions)
        case .yarn(let yarn):
            guard yarn.truncates else { throw notExpressible("YaRN with 'truncate' false") }
            guard model.family != .gemma3 else { throw notExpressible("YaRN in some layers alone") }
            entries["\(prefix).rope.scaling.type"] = .string("yarn")
            entries["\(prefix).rope.scaling.factor"] = .float32(Float(yarn.factor))
            entries["\(prefix).rope.scaling.original_context_length"] = count(yarn.originalPositions)
            entries["\(prefix).rope.scaling.yarn_beta_fast"] = .float32(Float(yarn.betaFast))
            entries["\(prefix).rope.scaling.yarn_beta_slow"] = .float32(Float(yarn.betaSlow))
            let derived = magnitude(yarn.factor, 1)
            let attention = yarn.attentionFactor ?? attentionFactor(yarn)
            if attention != derived {
                entries["\(prefix).rope.scaling.attn_factor"] = .float32(Float(attention / derived))
            }
        case .longrope(let long):
            if model.family != .phi3 { entries["\(prefix).rope.scaling.type"] = .string("longrope") }
            entries["\(prefix).rope.scaling.original_context_length"] = count(long.originalPositions)
            entries["\(prefix).rope.scaling.attn_factor"] = .float32(Float(long.attentionFactor))
        }
        return entries
    }

    private static func notExpressible(_ what: String) -> PublishError {
        PublishError(.notExpressible, "llama.cpp has no \(what). Merge to a directory instead.")
    }

    /// Returns the factors of frequencies to store, by the names of their tensors.
    static func tensors(_ model: DecoderArchitecture) -> [(name: String, factors: [Float])] {
        switch model.rope.scaling {
        case .frequencyFactors(let factors): [("rope_freqs.weight", factors)]
        case .llama3(let factor, let low, let high, let positions):
            [
                (
                    "rope_freqs.weight",
                    RopeFactors.llama3(
                        base: model.rope.base, headSize: model.rotarySize, factor: factor, low: low, high: high,
                        originalPositions: positions)
                )
            ]
        case .longrope(let long):
            [("rope_factors_long.weight", long.longFactors), ("rope_factors_short.weight", long.shortFactors)]
        case .none, .linear, .dynamic, .yarn: []
        }
    }

    /// YaRN's attention factor when the configuration leaves it out (transformers' formula).
    private static func attentionFactor(_ yarn: RotaryEmbedding.YaRN) -> Double {
        guard let mscale = yarn.mscale, let all = yarn.mscaleAllDimensions else { return magnitude(yarn.factor, 1) }
        return magnitude(yarn.factor, mscale) / magnitude(yarn.factor, all)
    }

    private static func magnitude(_ factor: Double, _ mscale: Double) -> Double {
        factor > 1 ? 0.1 * mscale * log(factor) + 1 : 1
    }
}
