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
            "\(prefix).attention.\(model.family.ggufHasLayerNorm ? "layer_norm_epsilon" : "layer_norm_rms_epsilon")":
                .float32(model.normEpsilon),
            "\(prefix).attention.key_length": count(model.headSize),
            "\(prefix).attention.value_length": count(model.headSize),
            "\(prefix).vocab_size": count(model.vocabularySize),
            "\(prefix).rope.dimension_count": count(model.rotarySize),
        ]
        if !model.layerAttention.contains(where: { $0.rotation != .none }) {
            for key in ["rope.freq_base", "rope.dimension_count"] { entries["\(prefix).\(key)"] = nil }
        } else {
            entries.merge(try GGUFRope.entries(model)) { _, last in last }
        }
        entries.merge(try windows(model)) { _, last in last }
        try check(model)
        try checkLoader(model)
        switch model.family {
        case .granite, .graniteHybrid:
            if !model.layerAttention.contains(where: { $0.rotation != .none }) {
                entries["\(prefix).rope.scaling.finetuned"] = .bool(false)
            }
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
        case .cohere, .cohere2: entries["\(prefix).logit_scale"] = .float32(1 / model.logitDivisor)
        case .olmo:
            if let bound = model.projectionBound { entries["\(prefix).attention.clamp_kqv"] = .float32(bound) }
        case .mpt:
            if case .mpt(let maximum) = model.positionBias {
                entries["\(prefix).attention.max_alibi_bias"] = .float32(Float(maximum))
            }
        case .helium: entries[GGUFNames.familyKey] = .string(model.family.rawValue)
        case .stablelm: entries["\(prefix).use_parallel_residual"] = .bool(false)
        case .gptNeoX: entries["\(prefix).use_parallel_residual"] = .bool(model.isParallel)
        default: break
        }
        return entries
    }

    /// The numbers of an activation that has some, by layer.
    static func activations(_ model: MergedModel) throws -> OrderedDictionary<String, GGUFValue> {
        guard model.architecture.activation == .xielu else { return [:] }
        var entries: OrderedDictionary<String, GGUFValue> = [:]
        for (key, name, _) in GGUFActivations.numbers {
            entries[key] = .array(
                .float32(
                    try (0..<model.architecture.layerCount).flatMap { layer in
                        try model.floats(GGUFActivations.name(name, layer: layer, model.architecture))
                    }))
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
        let activation: DecoderArchitecture.Activation =
            switch model.family {
            case .gemma, .gemma2, .gemma3, .phi, .starcoder2, .gpt2, .gptBigCode, .bloom: .geluTanh
            // ggml computes its approximation by tanh, which is what every file of this architecture gets.
            case .gptNeoX, .falcon, .mpt: .gelu
            case .nemotron, .arcee, .jais2: .squaredReLU
            case .apertus: .xielu
            default: .silu
            }
        guard model.activation == activation else {
            throw PublishError(
                .notExpressible,
                "llama.cpp has no \(model.family.ggufName) model with the activation \(model.activation.rawValue).")
        }
        if model.learnsPositions || model.family == .mpt, model.attentionScale != nil {
            throw PublishError(
                .notExpressible,
                "llama.cpp scales the scores of every \(model.family.ggufName) model by its heads' size.")
        }
        if model.family == .falcon, !model.isParallel || model.positionBias != nil {
            throw PublishError(
                .notExpressible,
                "llama.cpp has no falcon model whose MLP follows attention ('parallel_attn' false) or with 'alibi'. Merge to a "
                    + "directory instead.")
        }
        for (layer, attention) in model.layerAttention.enumerated() {
            let isTurned =
                switch model.family {
                case .smollm3: !(layer + 1).isMultiple(of: 4)
                case .cohere2, .exaone4: attention.window != nil || model.family == .exaone4 && model.layerCount != 64
                case .gpt2, .gptBigCode, .bloom, .mpt: false
                case .granite, .graniteHybrid: attention.rotation != .none  // of all layers alike
                default: true
                }
            guard (attention.rotation != .none) == isTurned else {
                throw PublishError(
                    .notExpressible,
                    "llama.cpp leaves positions out of other layers of a \(model.family.rawValue) model than this one's "
                        + "configuration does ('no_rope_layers', 'layer_types'). Merge to a directory instead.")
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
        let isFree =
            [.llama, .mistral, .ministral, .granite, .graniteHybrid, .helium, .internlm3, .iquestcoder].contains(family)
            || (family == .apertus && !model.mlpBias)
        let hasFreeBiases =
            switch family {
            case .qwen2, .phi, .nemotron: true
            case .seedOSS, .stablelm, .glm, .glm4: model.attentionBias != .all && !model.mlpBias
            case .starcoder2, .gptNeoX, .gpt2, .gptBigCode, .jais2, .bloom: model.attentionBias == .all && model.mlpBias
            default: model.attentionBias == .none && !model.mlpBias
            }
        guard isFree || hasFreeBiases else { throw refuse("these biases") }
        if [.gemma, .gemma2, .cohere, .cohere2].contains(family), !model.tiedHead {
            throw refuse("a head that is not the embedding matrix")
        }
        let fixedWidth: [DecoderArchitecture.Family] = [
            .qwen2, .phi3, .olmo2, .olmo, .olmo3, .exaone4, .stablelm, .starcoder2, .phi, .cohere, .cohere2, .nemotron,
            .glm,
        ]
        if fixedWidth.contains(family), model.queryWidth != model.hiddenSize {
            throw refuse("heads that are together not as wide as the model")
        }
        let hasWindows = model.layerAttention.contains { $0.window != nil }
        if family == .cohere, model.layerCount >= 64 { throw refuse("64 layers and no norms of queries and keys") }
        if family == .exaone4, hasWindows != (model.layerCount == 64) {
            throw refuse(hasWindows ? "windows in another number of layers than 64" : "64 layers without windows")
        }
        if family == .cohere2 || family == .olmo3, !hasWindows { throw refuse("no windows") }
        switch model.rope.scaling {
        case .llama3, .frequencyFactors:
            if !isFree, family != .exaone4, family != .arcee { throw refuse("factors of its rotation's frequencies") }
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
        } else if ![.olmo3, .cohere2, .exaone4].contains(family), let period = (0...model.layerCount).first(where: fits)
        {
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
