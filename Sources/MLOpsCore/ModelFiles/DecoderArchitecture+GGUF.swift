internal import Foundation
internal import OrderedCollections

extension DecoderArchitecture {
    /// Reads a description from a GGUF file's metadata and the tensors it has.
    ///
    /// - Throws: ``ModelFileError`` naming the key when it is missing, impossible, or asks for something unsupported.
    public init(_ file: GGUFFile) throws(ModelFileError) {
        let metadata = try GGUFModelMetadata(file)
        let family = metadata.family
        let headCount = try metadata.size("attention.head_count", limit: 1 << 20)
        let keyValueHeadCount = try metadata.optionalSize("attention.head_count_kv") ?? headCount
        let hiddenSize = try metadata.size("embedding_length")
        guard headCount.isMultiple(of: keyValueHeadCount) else {
            throw metadata.invalid("\(headCount) query heads cannot share \(keyValueHeadCount) key heads")
        }
        let keySize = try metadata.optionalSize("attention.key_length", limit: 1 << 16)
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
        let turned = try metadata.optionalSize("rope.dimension_count") ?? headSize
        let mayTurnPart = [.phi3, .stablelm, .phi, .glm, .glm4, .nemotron, .gptNeoX].contains(family)
        guard turned == headSize || (mayTurnPart && turned < headSize && turned.isMultiple(of: 2)) else {
            throw metadata.unsupported("'\(metadata.prefix).rope.dimension_count' \(turned) of heads of \(headSize)")
        }
        let maximumPositions = try metadata.size("context_length")
        try metadata.refuseFeatures()
        guard let embedding = file.tensors["token_embd.weight"], embedding.shape.count == 2 else {
            throw metadata.invalid("there is no matrix 'token_embd.weight'")
        }
        let hasBias = { (name: String) in file.tensors["blk.0.\(name).bias"] != nil }
        let hasQueryBias = hasBias(family == .phi3 ? "attn_qkv" : "attn_q")
        let hasNoGate = [
            .phi3, .glm, .glm4, .phi, .starcoder2, .nemotron, .arcee, .gptNeoX, .gpt2, .apertus, .gptBigCode, .falcon,
            .jais2, .bloom, .mpt,
        ].contains(family)
        let epsilon = family.ggufHasLayerNorm ? "layer_norm_epsilon" : "layer_norm_rms_epsilon"
        let defaults = FamilyDefaults(family)
        let rope = try metadata.rope(rotarySize: turned, maximumPositions: maximumPositions)
        self.init(
            family: family,
            vocabularySize: embedding.shape[0],
            hiddenSize: hiddenSize,
            intermediateSize: try metadata.size("feed_forward_length"),
            layerCount: try metadata.size("block_count", limit: 10_000),
            headCount: headCount,
            keyValueHeadCount: keyValueHeadCount,
            headSize: headSize,
            normEpsilon: Float(try metadata.positive("attention.\(epsilon)") ?? 1e-6),
            rope: rope,
            activation: defaults.activation,
            attentionBias: hasBias("attn_output") ? .all : hasQueryBias ? .queryKeyValue : .none,
            mlpBias: hasBias(hasNoGate ? "ffn_up" : "ffn_gate"),
            tiedHead: file.tensors["output.weight"] == nil,
            maximumPositions: maximumPositions
        )
        paddingID = file.metadata["tokenizer.ggml.padding_token_id"]?.int
        rotarySize = turned
        if family == .gemma3 {
            localRope = RotaryEmbedding(base: try metadata.positive("rope.freq_base_swa") ?? 10000)
        }
        // ggml does not scale the rotation of layers with windows there.
        if family == .olmo3 { localRope = RotaryEmbedding(base: rope.base) }
        layerAttention = try metadata.layerAttention(layerCount: layerCount, hasLocalRope: localRope != rope)
        applyStructure()
        try metadata.applyMultipliers(to: &self)
    }
}

extension GGUFModelMetadata {
    /// Reads which layers have a window, and which of them are turned by positions.
    func layerAttention(
        layerCount: Int, hasLocalRope: Bool
    ) throws(ModelFileError) -> [DecoderArchitecture.LayerAttention] {
        var window = try optionalCount("attention.sliding_window")
        if window == nil, family == .gemma2 { window = 4096 }
        // ggml has windows in EXAONE 4 of 64 layers, whether the file says so or not, and in no other.
        if family == .exaone4 { window = layerCount == 64 ? window ?? 4096 : nil }
        if window == 0 { window = nil }
        let key = "attention.sliding_window_pattern"
        var isSliding: [Bool]
        if case .array(.bool(let layers))? = value(key) {
            guard layers.count == layerCount else { throw invalid("'\(prefix).\(key)' is not of \(layerCount) layers") }
            isSliding = layers
        } else {
            let period = try optionalCount(key) ?? family.ggufWindowPeriod
            isSliding = (0..<layerCount).map { DecoderArchitecture.Family.ggufHasWindow(layer: $0, period: period) }
        }
        switch family {
        case .llama, .mistral, .ministral, .qwen2, .qwen3, .gemma2, .gemma3, .phi3, .smollm3, .starcoder2, .olmo3,
            .exaone4:
            break
        case .cohere2:
            guard window != nil else { throw invalid("metadata '\(prefix).attention.sliding_window' is missing") }
        default:
            if let window { throw unsupported("'\(prefix).attention.sliding_window' \(window)") }
        }
        return isSliding.enumerated().map { layer, isSliding in
            let isLocal = isSliding && window != nil && hasLocalRope
            // ggml leaves out every fourth layer; no key says otherwise.
            let isFree = family.ggufTurnsWindowsAlone && window != nil && !isSliding
            let isTurned =
                switch family {
                case .smollm3: !(layer + 1).isMultiple(of: 4)
                // To ggml's Granite the key is no remark but a switch.
                case .granite: value("rope.scaling.finetuned")?.bool != false
                default: !isFree && family.turnsPositions
                }
            return DecoderArchitecture.LayerAttention(
                window: isSliding ? window : nil, rotation: !isTurned ? .none : isLocal ? .local : .global)
        }
    }

    /// Reads the numbers that scores, residuals and logits are multiplied by or bounded with.
    func applyMultipliers(to model: inout DecoderArchitecture) throws(ModelFileError) {
        switch family {
        case .granite:
            model.attentionScale = try scale("attention.scale")
            model.embeddingScale = Float(try scale("embedding_scale") ?? 1)
            model.residualScale = Float(try scale("residual_scale") ?? 1)
            model.logitDivisor = Float(try scale("logit_scale") ?? 1)
        case .gemma2:
            model.attentionScale = model.ggufGemmaScale
            model.attentionSoftcap = Float(try scale("attn_logit_softcapping") ?? 50)
            model.logitSoftcap = Float(try scale("final_logit_softcapping") ?? 30)
        case .gemma3:
            model.attentionScale = model.ggufGemmaScale
            model.logitSoftcap = try scale("final_logit_softcapping").map { Float($0) }
        case .cohere, .cohere2: model.logitDivisor = Float(1 / (try scale("logit_scale") ?? 1))
        case .gptNeoX:
            guard let isParallel = value("use_parallel_residual")?.bool else {
                throw invalid("metadata '\(prefix).use_parallel_residual' is missing")
            }
            model.isParallel = isParallel
        case .olmo: model.projectionBound = try scale("attention.clamp_kqv").map { Float($0) }
        case .mpt:
            guard try scale("attention.clamp_kqv") == nil else { throw unsupported("'\(prefix).attention.clamp_kqv'") }
            model.positionBias = .mpt(maximum: try scale("attention.max_alibi_bias") ?? 8)
        case .falcon: (model.isParallel, model.sharesNorm) = (true, file.tensors["blk.0.attn_norm_2.weight"] == nil)
        default: break
        }
    }
}
