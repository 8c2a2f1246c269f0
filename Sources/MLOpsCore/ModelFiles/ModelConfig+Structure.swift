internal import Foundation

/// What a family's own keys say about its structure.
extension ModelConfig {
    /// Reads the numbers that scores, residuals and logits are multiplied by or bounded with.
    func applyMultipliers(to model: inout DecoderArchitecture) throws(ModelFileError) {
        switch model.family {
        case .granite, .graniteHybrid, .hyperclovax:
            model.embeddingScale = Float(try positive("embedding_multiplier") ?? 1)
            model.residualScale = Float(try positive("residual_multiplier") ?? 1)
            model.attentionScale = try positive("attention_multiplier")
            model.logitDivisor = Float(try positive("logits_scaling") ?? 1)
            if model.family == .graniteHybrid {
                let experts = value("num_local_experts") ?? 8
                guard experts == 0 else {
                    throw unsupported(
                        "'num_local_experts' \(experts.text()), a mixture of experts, is not supported; 0 is")
                }
            }
            if model.family != .hyperclovax {
                model.attentionScale = model.attentionScale ?? 1
            } else {
                model.logitDivisor = 1 / model.logitDivisor
                if try flag("use_post_norm", default: true) { model.normPlacement = .around }
            }
        case .gemma2, .vaultgemma:
            model.attentionScale = pow(try positive("query_pre_attn_scalar") ?? 256, -0.5)
            model.attentionSoftcap = try bound("attn_logit_softcapping", default: 50)
            model.logitSoftcap = try bound("final_logit_softcapping", default: 30)
        case .gemma3:
            // `attn_logit_softcapping` is a key of this family too, but its attention has no bound.
            model.attentionScale = pow(try positive("query_pre_attn_scalar") ?? 256, -0.5)
            model.logitSoftcap = try bound("final_logit_softcapping", default: nil)
        case .olmo: model.projectionBound = try positive("clip_qkv").map { Float($0) }
        case .stablelm:
            for key in ["qk_layernorm", "use_parallel_residual"] where try flag(key) {
                throw unsupported("'\(key)' true is not supported")
            }
        case .gptNeoX:
            model.isParallel = try flag("use_parallel_residual", default: true)
        case .phi:
            guard try !flag("qk_layernorm") else { throw unsupported("'qk_layernorm' true is not supported") }
        case .gpt2, .gptBigCode:
            guard try !flag("scale_attn_by_inverse_layer_idx") else {
                throw unsupported("'scale_attn_by_inverse_layer_idx' true is not supported")
            }
            if try !flag("scale_attn_weights", default: true) { model.attentionScale = 1 }
        case .cohere, .cohere2:
            if model.family == .cohere, try flag("use_qk_norm") {
                throw unsupported("'use_qk_norm' true is not supported")
            }
            model.logitDivisor = Float(1 / (try positive("logit_scale") ?? 0.0625))
        case .falcon: try applyFalcon(to: &model)
        case .bloom:
            guard try !flag("apply_residual_connection_post_layernorm") else {
                throw unsupported("'apply_residual_connection_post_layernorm' true is not supported")
            }
        case .mpt: try applyMPT(to: &model)
        case .gptNeo: model.attentionScale = 1
        case .nanochat: model.logitSoftcap = try bound("final_logit_softcapping", default: 15)
        case .codegen:
            guard model.headCount.isMultiple(of: 4) else {
                throw invalid("'num_attention_heads' \(model.headCount) is not a multiple of 4")
            }
        case .biogpt:
            if try flag("scale_embedding", default: true) {
                model.embeddingScale = Float(Double(model.hiddenSize).squareRoot())
            }
        case .persimmon: if try flag("qk_layernorm", default: true) { model.queryKeyNorm = .eachHead }
        case .opt:
            guard try flag("do_layer_norm_before", default: true) else {
                throw unsupported("'do_layer_norm_before' false, norms after what is added, is not supported")
            }
            if let width = try optionalSize("word_embed_proj_dim"), width != model.hiddenSize {
                throw unsupported(
                    "'word_embed_proj_dim' \(width) of a model as wide as \(model.hiddenSize) is not supported")
            }
            guard try !flag("_remove_final_layer_norm") else {
                throw unsupported("'_remove_final_layer_norm' true is not supported")
            }
            if try !flag("layer_norm_elementwise_affine", default: true) { model.normKind = .layerWithoutWeights }
        case .ministral3: model.queryGrowth = try queryGrowth(model)
        default: break
        }
        let numbers = [model.embeddingScale, model.residualScale, model.logitDivisor, Float(model.attentionScale ?? 1)]
        guard numbers.allSatisfy({ $0.isNormal }) else {
            throw invalid("a multiplier is too small or too large for binary32")
        }
    }

    /// Reads how many keys the heads share.
    func keyValueHeadCount(
        _ family: DecoderArchitecture.Family, _ defaults: FamilyDefaults, headCount: Int
    ) throws(ModelFileError) -> Int {
        switch family {
        // They have no such key.
        case .gptNeoX, .gpt2, .opt, .gptj, .bloom, .mpt, .gptNeo, .codegen, .biogpt, .persimmon: return headCount
        case .gptBigCode: return try flag("multi_query", default: true) ? 1 : headCount
        case .falcon:
            let given = try optionalSize("num_key_value_heads")
            if try flag("new_decoder_architecture") { return given ?? headCount }
            if try flag("multi_query", default: true) { return 1 }
            guard given ?? headCount == headCount else {
                throw unsupported(
                    "'num_key_value_heads' other than the number of heads is not supported without 'new_decoder_architecture'"
                )
            }
            return headCount
        default:
            let missing = members["num_key_value_heads"] == nil ? defaults.keyValueHeadCount : nil
            return try optionalSize("num_key_value_heads") ?? missing ?? headCount
        }
    }

    /// Reads which of its shapes a Falcon has: one norm or two beside each other, or one after the other.
    private func applyFalcon(to model: inout DecoderArchitecture) throws(ModelFileError) {
        if try flag("alibi") {
            guard model.keyValueHeadCount == model.headCount else {
                throw unsupported("'alibi' true of heads that share keys is not supported")
            }
            model.positionBias = .falcon
            for layer in model.layerAttention.indices { model.layerAttention[layer].rotation = .none }
        }
        let isNew = try flag("new_decoder_architecture")
        let count = try optionalSize("num_ln_in_parallel_attn")
        model.isParallel = try flag("parallel_attn", default: true)
        guard model.isParallel || !isNew else {
            throw unsupported("'parallel_attn' false beside 'new_decoder_architecture' is not supported")
        }
        guard count != 2 || isNew || !model.isParallel else {
            throw unsupported("'num_ln_in_parallel_attn' 2 without 'new_decoder_architecture' is not supported")
        }
        model.sharesNorm = model.isParallel && (isNew ? count ?? 2 : 1) != 2
    }

    /// Reads what the attention of an MPT does.
    private func applyMPT(to model: inout DecoderArchitecture) throws(ModelFileError) {
        let attention = ModelConfig(members: value("attn_config") ?? [:], path: path)
        guard attention.members.object != nil else { throw invalid("'attn_config' must be an object") }
        guard try attention.flag("alibi", default: true) else {
            throw unsupported("'alibi' false in 'attn_config' is not supported")
        }
        for key in ["prefix_lm", "qk_ln", "attn_uses_sequence_id"] where try attention.flag(key) {
            throw unsupported("'\(key)' true in 'attn_config' is not supported")
        }
        if let bound = attention.value("clip_qkv"), bound.double != 0 {
            throw unsupported("'clip_qkv' \(bound.text()) in 'attn_config' is not supported")
        }
        if let kind = try attention.text("attn_type"), kind != "multihead_attention" {
            throw unsupported("'attn_type' \(kind) in 'attn_config' is not supported")
        }
        // Transformers' class has no biases, no other width of the MLP and no scale of its logits, whatever these keys say.
        guard try flag("no_bias", default: true) else { throw unsupported("'no_bias' false is not supported") }
        if let ratio = value("expansion_ratio"), ratio != 4 {
            throw unsupported("'expansion_ratio' \(ratio.text()) is not supported; 4 is")
        }
        if let scale = value("logit_scale") { throw unsupported("'logit_scale' \(scale.text()) is not supported") }
        model.attentionScale = try attention.positive("softmax_scale")
        // Transformers computes with 8, whatever the key says.
        guard try attention.positive("alibi_bias_max") ?? 8 == 8 else {
            throw unsupported("'alibi_bias_max' in 'attn_config' is not supported; 8 is")
        }
        model.positionBias = .mpt(maximum: 8)
    }

    /// Reads how the queries of a Ministral 3 grow with their positions.
    private func queryGrowth(
        _ model: DecoderArchitecture
    ) throws(ModelFileError) -> DecoderArchitecture.QueryGrowth? {
        let (rate, first) = ("llama_4_scaling_beta", "original_max_position_embeddings")
        let parameters = value("rope_scaling").flatMap { $0 == [:] ? nil : $0 } ?? value("rope_parameters")
        guard let parameters else { return DecoderArchitecture.QueryGrowth(rate: 0.1, positions: 16384) }
        guard let value = parameters[rate]?.double, value.isFinite else {
            throw invalid("'\(rate)' of the rotation must be a number")
        }
        let beside = try positive(first)
        guard let positions = try positive(first, in: parameters) ?? beside,
            let whole = Int(exactly: positions), whole <= 1 << 31
        else {
            throw invalid("'\(first)' of the rotation must be a whole number from 1 to \(1 << 31)")
        }
        return value == 0 ? nil : DecoderArchitecture.QueryGrowth(rate: value, positions: whole)
    }
}
