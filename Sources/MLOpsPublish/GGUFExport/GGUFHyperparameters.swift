internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// A decoder's description as the metadata of a GGUF file (`llama.…`, `qwen2.…`).
enum GGUFHyperparameters {
    /// llama.cpp runs Mistral as `llama`.
    static func architectureName(_ model: DecoderArchitecture) -> String { model.family == .qwen2 ? "qwen2" : "llama" }

    /// Returns the entries that describe `model`.
    ///
    /// - Throws: ``PublishError`` when llama.cpp has no such model.
    static func metadata(_ model: DecoderArchitecture) throws(PublishError) -> OrderedDictionary<String, GGUFValue> {
        let prefix = architectureName(model)
        func count(_ value: Int) -> GGUFValue { .uint32(UInt32(clamping: value)) }
        var entries: OrderedDictionary<String, GGUFValue> = [
            "\(prefix).block_count": count(model.layerCount),
            "\(prefix).context_length": count(model.maximumPositions),
            "\(prefix).embedding_length": count(model.hiddenSize),
            "\(prefix).feed_forward_length": count(model.intermediateSize),
            "\(prefix).attention.head_count": count(model.headCount),
            "\(prefix).attention.head_count_kv": count(model.keyValueHeadCount),
            "\(prefix).rope.freq_base": .float32(Float(model.rope.base)),
            "\(prefix).attention.layer_norm_rms_epsilon": .float32(model.normEpsilon),
            "\(prefix).attention.key_length": count(model.headSize),
            "\(prefix).attention.value_length": count(model.headSize),
            "\(prefix).vocab_size": count(model.vocabularySize),
            "\(prefix).rope.dimension_count": count(model.headSize),
        ]
        switch model.rope.scaling {
        case .none, .llama3, .frequencyFactors: break
        case .linear(let factor):
            entries["\(prefix).rope.scaling.type"] = .string("linear")
            entries["\(prefix).rope.scaling.factor"] = .float32(Float(factor))
        case .dynamic(_, let positions):
            // llama.cpp has no growing base; up to the positions of the first training it is no scaling at all.
            entries["\(prefix).context_length"] = count(positions)
        case .yarn(let yarn):
            guard yarn.truncates else {
                throw PublishError(
                    .notExpressible, "llama.cpp has no YaRN with 'truncate' false. Merge to a directory instead.")
            }
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
        }
        return entries
    }

    /// Returns the factors of frequencies to store, nil when there are none.
    static func ropeFactors(_ model: DecoderArchitecture) -> [Float]? {
        switch model.rope.scaling {
        case .frequencyFactors(let factors): factors
        case .llama3(let factor, let low, let high, let positions):
            RopeFactors.llama3(
                base: model.rope.base, headSize: model.headSize, factor: factor, low: low, high: high,
                originalPositions: positions)
        default: nil
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
