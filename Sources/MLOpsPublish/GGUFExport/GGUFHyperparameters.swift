internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// A decoder's description as the metadata of a GGUF file (`llama.…`, `qwen2.…`).
///
/// What llama.cpp would compute in another way without saying so is refused.
enum GGUFHyperparameters {
    /// A bound of scores or logits that no number reaches, for an architecture that always has one.
    private static let noBound: Float = 1e6

    /// Returns the entries that describe `model`.
    ///
    /// - Throws: ``PublishError`` when llama.cpp has no such model.
    static func metadata(_ model: DecoderArchitecture) throws(PublishError) -> OrderedDictionary<String, GGUFValue> {
        guard model.family.hasGGUF else {
            throw PublishError(
                .notExpressible,
                "GGUF files of \(model.family.rawValue) models are not written. Merge to a directory instead.")
        }
        let prefix = model.family.ggufName
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
            "\(prefix).rope.dimension_count": count(model.rotarySize),
        ]
        entries.merge(try GGUFRope.entries(model)) { _, last in last }
        entries.merge(try windows(model)) { _, last in last }
        try check(model)
        try checkLoader(model)
        switch model.family {
        case .granite:
            entries["\(prefix).attention.scale"] = .float32(
                Float(model.attentionScale ?? 1 / Double(model.headSize).squareRoot()))
            entries["\(prefix).embedding_scale"] = .float32(model.embeddingScale)
            entries["\(prefix).residual_scale"] = .float32(model.residualScale)
            entries["\(prefix).logit_scale"] = .float32(model.logitDivisor)
        case .gemma2:
            entries["\(prefix).attn_logit_softcapping"] = .float32(model.attentionSoftcap ?? noBound)
            entries["\(prefix).final_logit_softcapping"] = .float32(model.logitSoftcap ?? noBound)
        case .gemma3:
            if let bound = model.logitSoftcap { entries["\(prefix).final_logit_softcapping"] = .float32(bound) }
        default: break
        }
        return entries
    }

    /// What the weights of queries are multiplied by, so that a Gemma's scores come out as it wants them: llama.cpp takes the
    /// scale from the model's size, not from a key.
    static func queryScale(_ model: DecoderArchitecture) -> Float {
        guard model.family == .gemma2 || model.family == .gemma3, let scale = model.attentionScale else { return 1 }
        return Float(scale / model.ggufGemmaScale)
    }

    private static func check(_ model: DecoderArchitecture) throws(PublishError) {
        let isGemma = [.gemma, .gemma2, .gemma3].contains(model.family)
        guard model.activation == (isGemma ? .geluTanh : .silu) else {
            throw PublishError(
                .notExpressible,
                "llama.cpp has no \(model.family.ggufName) model with the activation \(model.activation.rawValue).")
        }
        for (layer, attention) in model.layerAttention.enumerated() {
            let isTurned = model.family != .smollm3 || !(layer + 1).isMultiple(of: 4)
            guard (attention.rotation != .none) == isTurned else {
                throw PublishError(
                    .notExpressible,
                    "llama.cpp leaves positions out of every fourth layer of a smollm3 model; this one has other "
                        + "'no_rope_layers'. Merge to a directory instead.")
            }
        }
    }

    /// Refuses what a file can say and llama.cpp's loader of the architecture does not take; each was tried with the llama.cpp of
    /// llama-cpp-python 0.3.36.
    private static func checkLoader(_ model: DecoderArchitecture) throws(PublishError) {
        let family = model.family
        func refuse(_ what: String) -> PublishError {
            PublishError(
                .notExpressible,
                "llama.cpp loads no \(family.ggufName) model with \(what). Merge to a directory instead.")
        }
        let isFree = [.llama, .mistral, .ministral, .granite].contains(family)
        guard isFree || family == .qwen2 || (model.attentionBias == .none && !model.mlpBias) else {
            throw refuse("these biases")
        }
        if [.gemma, .gemma2].contains(family), !model.tiedHead {
            throw refuse("a head that is not the embedding matrix")
        }
        if [.qwen2, .phi3, .olmo2].contains(family), model.queryWidth != model.hiddenSize {
            throw refuse("heads that are together not as wide as the model")
        }
        switch model.rope.scaling {
        case .llama3, .frequencyFactors: if !isFree { throw refuse("factors of its rotation's frequencies") }
        case .longrope: if !isFree, family != .phi3 { throw refuse("LongRoPE") }
        case .none, .linear, .dynamic, .yarn: break
        }
    }

    /// The windows of the layers: their size, and which layers have one when it is not the architecture's own rule.
    private static func windows(
        _ model: DecoderArchitecture
    ) throws(PublishError) -> OrderedDictionary<String, GGUFValue> {
        let (family, prefix) = (model.family, model.family.ggufName)
        let isSliding = model.layerAttention.map { $0.window != nil }
        guard let window = model.layerAttention.compactMap(\.window).first else {
            // Without the key, Gemma 2 has a window all the same.
            return family == .gemma2
                ? ["\(prefix).attention.sliding_window": .uint32(UInt32(clamping: model.maximumPositions))] : [:]
        }
        var entries: OrderedDictionary<String, GGUFValue> = [
            "\(prefix).attention.sliding_window": .uint32(UInt32(clamping: window))
        ]
        func fits(_ period: Int) -> Bool {
            isSliding.enumerated().allSatisfy { layer, isSliding in
                DecoderArchitecture.Family.ggufHasWindow(layer: layer, period: period) == isSliding
            }
        }
        let key = "\(prefix).attention.sliding_window_pattern"
        if fits(family.ggufWindowPeriod) {
            return entries
        } else if let period = (0...model.layerCount).first(where: fits) {
            entries[key] = .uint32(UInt32(clamping: period))
        } else if family == .gemma2 || family == .gemma3 {
            throw PublishError(
                .notExpressible,
                "llama.cpp has no \(prefix) model whose 'layer_types' follow no period. Merge to a directory instead.")
        } else {
            entries[key] = .array(.bool(isSliding))
        }
        return entries
    }
}
