internal import OrderedCollections

/// What the modules of a family are called in its checkpoints, and so in adapters of PEFT.
extension DecoderArchitecture.Family {
    /// The embedding's path.
    public var embeddingPath: String {
        switch self {
        case .gptNeoX: "gpt_neox.embed_in"
        case .gpt2, .gptj, .gptBigCode, .mpt, .gptNeo, .codegen: "transformer.wte"
        case .falcon, .bloom: "transformer.word_embeddings"
        case .opt: "model.decoder.embed_tokens"
        case .biogpt: "biogpt.embed_tokens"
        default: "model.embed_tokens"
        }
    }

    /// The path of the vectors of positions, where they are learned.
    public var positionPath: String {
        switch self {
        case .opt: "model.decoder.embed_positions"
        case .biogpt: "biogpt.embed_positions"
        default: "transformer.wpe"
        }
    }

    /// Learned vectors that lie before the first position's, and are no position's.
    package var positionOffset: Int { self == .opt || self == .biogpt ? 2 : 0 }

    /// Whether queries and keys are turned by their positions, in any model of the family.
    package var turnsPositions: Bool {
        ![.gpt2, .gptBigCode, .opt, .bloom, .mpt, .gptNeo, .biogpt].contains(self)
    }

    /// The path of the embeddings' norm, where there is one.
    public var embeddingNormPath: String { "transformer.word_embeddings_layernorm" }

    /// The path of the norm before the head.
    public var finalNormPath: String {
        switch self {
        case .gptNeoX: "gpt_neox.final_layer_norm"
        case .gpt2, .gptj, .gptBigCode, .falcon, .bloom, .gptNeo, .codegen: "transformer.ln_f"
        case .mpt: "transformer.norm_f"
        case .opt: "model.decoder.final_layer_norm"
        case .biogpt: "biogpt.layer_norm"
        case .phi, .persimmon: "model.final_layernorm"
        default: "model.norm"
        }
    }

    /// The head's path.
    public var headPath: String {
        switch self {
        case .gptNeoX: "embed_out"
        case .biogpt: "output_projection"
        default: "lm_head"
        }
    }

    /// What transformers 5 calls the head, and so PEFT in adapters: GPT-NeoX's files have another name.
    package var headModule: String { self == .gptNeoX ? "lm_head" : headPath }

    /// The names of all families' heads, for files that do not say of which family they are.
    static let headModules = Set(allCases.map(\.headModule))

    /// Returns a decoder layer's path.
    public func path(ofLayer layer: Int) -> String {
        switch self {
        case .gptNeoX: "gpt_neox.layers.\(layer)"
        case .gpt2, .gptj, .gptBigCode, .falcon, .bloom, .gptNeo, .codegen: "transformer.h.\(layer)"
        case .mpt: "transformer.blocks.\(layer)"
        case .opt: "model.decoder.layers.\(layer)"
        case .biogpt: "biogpt.layers.\(layer)"
        default: "model.layers.\(layer)"
        }
    }

    /// What the number of a layer follows in a path.
    public var layersName: String {
        switch self {
        case .gpt2, .gptj, .gptBigCode, .falcon, .bloom, .gptNeo, .codegen: "h"
        case .mpt: "blocks"
        default: "layers"
        }
    }

    /// Whether checkpoints hold the weights of linear layers as [inputs, outputs].
    public var storesTransposed: Bool { self == .gpt2 }

    /// Returns a linear layer's path within its decoder layer, such as `self_attn.q_proj`.
    public func path(of projection: DecoderArchitecture.Projection) -> String {
        switch (self, projection) {
        case (.graniteHybrid, .gateUp): "shared_mlp.input_linear"
        case (.graniteHybrid, .down): "shared_mlp.output_linear"
        case (.phi, .output): "self_attn.dense"
        case (.phi, .up), (.nanochat, .up): "mlp.fc1"
        case (.phi, .down), (.nanochat, .down): "mlp.fc2"
        case (.starcoder2, .up), (.gptNeo, .up): "mlp.c_fc"
        case (.starcoder2, .down), (.gptNeo, .down): "mlp.c_proj"
        case (.gptNeo, .output): "attn.attention.out_proj"
        case (.gptNeo, _): "attn.attention." + projection.rawValue
        case (.gpt2, .queryKeyValue), (.gptBigCode, .queryKeyValue): "attn.c_attn"
        case (.gpt2, .output), (.gptBigCode, .output): "attn.c_proj"
        case (.gpt2, .up), (.gptBigCode, .up): "mlp.c_fc"
        case (.gpt2, .down), (.gptBigCode, .down): "mlp.c_proj"
        case (.opt, .output), (.biogpt, .output): "self_attn.out_proj"
        case (.opt, .up), (.biogpt, .up): "fc1"
        case (.opt, .down), (.biogpt, .down): "fc2"
        case (.gptj, .output), (.codegen, .output): "attn.out_proj"
        case (.gptj, .up), (.codegen, .up): "mlp.fc_in"
        case (.gptj, .down), (.codegen, .down): "mlp.fc_out"
        case (.persimmon, .queryKeyValue): "self_attn.query_key_value"
        case (.persimmon, .output): "self_attn.dense"
        case (.gptj, _), (.codegen, _): "attn." + projection.rawValue
        case (.mpt, .queryKeyValue): "attn.Wqkv"
        case (.mpt, .output): "attn.out_proj"
        case (.mpt, .up): "ffn.up_proj"
        case (.mpt, .down): "ffn.down_proj"
        case (.falcon, .queryKeyValue), (.bloom, .queryKeyValue): "self_attention.query_key_value"
        case (.falcon, .output), (.bloom, .output): "self_attention.dense"
        case (.falcon, .up), (.bloom, .up): "mlp.dense_h_to_4h"
        case (.falcon, .down), (.bloom, .down): "mlp.dense_4h_to_h"
        case (.gptNeoX, .queryKeyValue): "attention.query_key_value"
        case (.gptNeoX, .output): "attention.dense"
        case (.gptNeoX, .up), (.persimmon, .up): "mlp.dense_h_to_4h"
        case (.gptNeoX, .down), (.persimmon, .down): "mlp.dense_4h_to_h"
        default: (projection.isInMLP ? "mlp." : "self_attn.") + projection.rawValue
        }
    }

    /// Returns a linear layer's path, such as `model.layers.0.self_attn.q_proj`.
    public func path(of projection: DecoderArchitecture.Projection, layer: Int) -> String {
        path(ofLayer: layer) + "." + path(of: projection)
    }

    /// Returns a linear layer's name, the end of its path.
    public func name(of projection: DecoderArchitecture.Projection) -> String {
        let path = path(of: projection)
        return path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? path
    }
}

extension DecoderArchitecture {
    /// The names of the linear layers that an adapter can be of.
    public var linearNames: [String] {
        projections.map(family.name(of:)).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Returns the shape that a tensor has in a checkpoint; nil for one that the model does not have.
    public func storedShape(of tensor: String) -> [Int]? {
        tensorShapes[tensor].map { isStoredTransposed(tensor) ? $0.reversed() : $0 }
    }

    /// Whether a checkpoint holds the transpose of the tensor.
    package func isStoredTransposed(_ tensor: String) -> Bool {
        family.storesTransposed && tensor.hasSuffix(".weight")
            && projections.contains { tensor.hasSuffix("." + family.path(of: $0) + ".weight") }
    }

    /// Returns a norm's path within its layer, such as `input_layernorm`; nil when layers have none.
    public func path(of norm: Norm) -> String? {
        switch norm {
        case .beforeAttention where family == .apertus: return "attention_layernorm"
        case .beforeMLP where family == .apertus: return "feedforward_layernorm"
        case .beforeAttention where [.gpt2, .gptBigCode, .gptNeo, .gptj, .codegen].contains(family): return "ln_1"
        case .beforeMLP where [.gpt2, .gptBigCode, .gptNeo].contains(family): return "ln_2"
        case .beforeMLP where family == .gptj || family == .codegen: return "ln_1"
        case .beforeAttention where family == .mpt: return "norm_1"
        case .beforeMLP where family == .mpt: return "norm_2"
        case .beforeAttention where family == .opt || family == .biogpt: return "self_attn_layer_norm"
        case .beforeMLP where family == .opt || family == .biogpt: return "final_layer_norm"
        case .beforeAttention where family == .falcon && isParallel && !sharesNorm: return "ln_attn"
        case .beforeMLP where family == .falcon && isParallel && !sharesNorm: return "ln_mlp"
        case .beforeAttention: return normPlacement == .after ? nil : "input_layernorm"
        case .afterAttention:
            guard normPlacement != .before else { return nil }
            if family == .hyperclovax { return "post_norm1" }
            return family == .glm4 ? "post_self_attn_layernorm" : "post_attention_layernorm"
        case .beforeMLP:
            switch normPlacement {
            case .after: return nil
            case _ where sharesNorm: return "input_layernorm"
            case .before: return family == .vaultgemma ? "pre_feedforward_layernorm" : "post_attention_layernorm"
            case .around:
                let isAfterAttention = family == .glm4 || family == .hyperclovax
                return isAfterAttention ? "post_attention_layernorm" : "pre_feedforward_layernorm"
            }
        case .afterMLP:
            guard normPlacement != .before else { return nil }
            if family == .hyperclovax { return "post_norm2" }
            return family == .glm4 ? "post_mlp_layernorm" : "post_feedforward_layernorm"
        case .query, .key:
            guard queryKeyNorm != .none else { return nil }
            let isQuery = norm == .query
            if family == .hunyuan { return isQuery ? "self_attn.query_layernorm" : "self_attn.key_layernorm" }
            if family == .persimmon { return isQuery ? "self_attn.q_layernorm" : "self_attn.k_layernorm" }
            return isQuery ? "self_attn.q_norm" : "self_attn.k_norm"
        }
    }
}
