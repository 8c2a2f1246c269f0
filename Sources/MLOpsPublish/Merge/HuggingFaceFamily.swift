internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// What a `config.json` says beside the sizes that all families have: its class, and the keys of the family.
struct HuggingFaceFamily {
    /// The family by its Hugging Face name.
    let family: DecoderArchitecture.Family
    /// The family's own keys.
    let entries: JSONObject

    /// Keys of others that the family has under other names, or not at all.
    var foreignKeys: [String] {
        switch family {
        case .gptNeoX: ["head_dim", "num_key_value_heads", "rms_norm_eps", "rope_theta"]
        case .falcon:
            [
                "head_dim", "hidden_act", "intermediate_size", "num_key_value_heads", "rms_norm_eps",
            ]
        case .jais2: ["rms_norm_eps"]
        case .bloom, .mpt:
            [
                "attention_dropout", "head_dim", "hidden_act", "intermediate_size", "max_position_embeddings",
                "num_attention_heads", "num_hidden_layers", "num_key_value_heads", "rms_norm_eps", "rope_scaling",
                "rope_theta",
            ] + (family == .mpt ? ["hidden_size"] : [])
        case .gpt2, .gptBigCode:
            [
                "head_dim", "hidden_act", "hidden_size", "intermediate_size", "max_position_embeddings",
                "num_attention_heads", "num_hidden_layers", "num_key_value_heads", "rms_norm_eps", "rope_scaling",
                "rope_theta",
            ]
        case .apertus: ["rope_scaling", "rope_theta", "mlp_bias"]
        default: []
        }
    }

    /// transformers' name of the model's class.
    var className: String {
        let name =
            switch family {
            case .llama: "Llama"
            case .mistral: "Mistral"
            case .ministral: "Ministral"
            case .qwen2: "Qwen2"
            case .qwen3: "Qwen3"
            case .gemma: "Gemma"
            case .gemma2: "Gemma2"
            case .gemma3: "Gemma3"
            case .phi3: "Phi3"
            case .smollm3: "SmolLM3"
            case .granite: "Granite"
            case .olmo: "Olmo"
            case .olmo2: "Olmo2"
            case .olmo3: "Olmo3"
            case .exaone4: "Exaone4"
            case .stablelm: "StableLm"
            case .vaultgemma: "VaultGemma"
            case .seedOSS: "SeedOss"
            case .gptNeoX: "GPTNeoX"
            case .phi: "Phi"
            case .starcoder2: "Starcoder2"
            case .cohere: "Cohere"
            case .cohere2: "Cohere2"
            case .glm: "Glm"
            case .glm4: "Glm4"
            case .helium: "Helium"
            case .ernie: "Ernie4_5"
            case .hunyuan: "HunYuanDenseV1"
            case .nemotron: "Nemotron"
            case .arcee: "Arcee"
            case .apertus: "Apertus"
            case .gpt2: "GPT2"
            case .falcon: "Falcon"
            case .bloom: "Bloom"
            case .mpt: "Mpt"
            case .opt: "OPT"
            case .gptj: "GPTJ"
            case .gptBigCode: "GPTBigCode"
            // Transformers has no classes of their own for these two.
            case .internlm3, .iquestcoder: "Llama"
            case .cwm: "Cwm"
            case .hyperclovax: "HyperCLOVAX"
            case .graniteHybrid: "GraniteMoeHybrid"
            case .jais2: "Jais2"
            case .ministral3: "Ministral3"
            case .gptNeo: "GPTNeo"
            case .codegen: "CodeGen"
            case .biogpt: "BioGpt"
            case .persimmon: "Persimmon"
            case .nanochat: "NanoChat"
            }
        return name + "ForCausalLM"
    }

    /// - Throws: ``PublishError`` when transformers has no such model.
    init(_ model: DecoderArchitecture, path: String) throws(PublishError) {
        let window = model.layerAttention.compactMap(\.window).first
        // GGUF files of Mistral and Ministral are `llama`; windows show which they are.
        let isMixed = !model.layerAttention.allSatisfy { $0.window == window }
        let family = model.family != .llama || window == nil ? model.family : isMixed ? .ministral : .mistral
        func refuse(_ what: String) -> PublishError {
            PublishError(.notExpressible, "'\(path)': transformers has no \(family.rawValue) model with \(what).")
        }
        let windowJSON: JSONValue = window.map { .integer(Int64($0)) } ?? .null
        let types: JSONValue = .array(
            model.layerAttention.map { $0.window == nil ? "full_attention" : "sliding_attention" })
        var entries: JSONObject = ["hidden_act": .string(model.activation.rawValue)]
        let hasSomeBiases = model.attentionBias == .queryKeyValue
        switch family {
        case .llama, .smollm3, .granite:
            guard !hasSomeBiases else { throw refuse("biases on query, key and value alone") }
            entries["attention_bias"] = .bool(model.attentionBias == .all)
            entries["mlp_bias"] = .bool(model.mlpBias)
        case .qwen2:
            guard hasSomeBiases, !model.mlpBias else { throw refuse("these biases") }
        case .mistral, .ministral, .phi3:
            guard model.attentionBias == .none, !model.mlpBias else { throw refuse("biases") }
        case .qwen3, .gemma, .gemma2, .gemma3, .olmo2:
            guard !hasSomeBiases, !model.mlpBias else { throw refuse("these biases") }
            entries["attention_bias"] = .bool(model.attentionBias == .all)
        case .stablelm, .glm, .glm4, .starcoder2, .phi, .exaone4, .olmo, .olmo3, .cohere, .cohere2, .ernie, .gptNeoX,
            .gpt2, .gptBigCode, .falcon, .bloom, .mpt:
            break
        case .helium:
            entries["attention_bias"] = .bool(model.attentionBias != .none)
            entries["mlp_bias"] = .bool(model.mlpBias)
        case .hunyuan:
            guard model.attentionBias == .none, !model.mlpBias else { throw refuse("biases") }
        case .seedOSS:
            entries["attention_bias"] = .bool(model.attentionBias != .none)
            entries["attention_out_bias"] = .bool(model.attentionBias == .all)
            entries["mlp_bias"] = .bool(model.mlpBias)
        case .arcee, .nemotron, .apertus, .jais2:
            guard !hasSomeBiases else { throw refuse("biases on query, key and value alone") }
            entries["attention_bias"] = .bool(model.attentionBias == .all)
            entries["mlp_bias"] = .bool(model.mlpBias)
        default:
            // Only GGUF files lack a config.json, and these families have none.
            throw refuse("weights from a GGUF file")
        }
        switch family {
        case .granite:
            guard model.layerAttention.allSatisfy({ $0.rotation != .none }) else {
                throw refuse("layers without positions")
            }
            let scale = model.attentionScale ?? 1 / Double(model.headSize).squareRoot()
            entries["attention_multiplier"] = GGUFDocuments.decimal(Float(scale))
            entries["embedding_multiplier"] = GGUFDocuments.decimal(model.embeddingScale)
            entries["residual_multiplier"] = GGUFDocuments.decimal(model.residualScale)
            entries["logits_scaling"] = GGUFDocuments.decimal(model.logitDivisor)
        case .mistral: entries["sliding_window"] = windowJSON
        case .ministral:
            entries["sliding_window"] = windowJSON
            entries["layer_types"] = types
        case .phi3:
            guard model.layerAttention.allSatisfy({ $0.window == window }) else { throw refuse("windows that differ") }
            entries["sliding_window"] = windowJSON
            entries["partial_rotary_factor"] = .number(Double(model.rotarySize) / Double(model.headSize))
            if case .longrope(let long) = model.rope.scaling {
                entries["original_max_position_embeddings"] = .integer(Int64(long.originalPositions))
            }
        case .qwen2, .qwen3:
            entries["use_sliding_window"] = .bool(window != nil)
            if window != nil {
                entries["sliding_window"] = windowJSON
                entries["layer_types"] = types
            }
        case .gemma2, .gemma3:
            entries["hidden_activation"] = .string(model.activation.rawValue)
            let scale = model.attentionScale ?? 1 / Double(model.headSize).squareRoot()
            entries["query_pre_attn_scalar"] = .integer(Int64((1 / (scale * scale)).rounded()))
            entries["sliding_window"] = window == nil ? 4096 : windowJSON
            entries["layer_types"] = types
            let bound: (Float?) -> JSONValue = { $0.map(GGUFDocuments.decimal) ?? .null }
            entries["final_logit_softcapping"] = bound(model.logitSoftcap)
            entries["attn_logit_softcapping"] = bound(model.attentionSoftcap)
            if family == .gemma3 {
                entries["rope_local_base_freq"] = GGUFDocuments.decimal(Float(model.localRope.base))
            }
        case .smollm3:
            entries["no_rope_layers"] = .array(model.layerAttention.map { $0.rotation == .none ? 0 : 1 })
            entries["use_sliding_window"] = .bool(window != nil)
            entries["sliding_window"] = windowJSON
            entries["layer_types"] = types
        default: entries.merge(try Self.others(model, path: path, window: windowJSON, types: types)) { _, last in last }
        }
        self.family = family
        self.entries = entries
    }

    /// The keys of families that came later.
    private static func others(
        _ model: DecoderArchitecture, path: String, window: JSONValue, types: JSONValue
    ) throws(PublishError) -> JSONObject {
        let epsilon = GGUFDocuments.decimal(model.normEpsilon)
        let part: JSONValue = .number(Double(model.rotarySize) / Double(model.headSize))
        switch model.family {
        case .stablelm:
            return [
                "layer_norm_eps": epsilon, "partial_rotary_factor": part,
                "use_qkv_bias": .bool(model.attentionBias != .none),
            ]
        case .phi: return ["layer_norm_eps": epsilon, "partial_rotary_factor": part]
        case .glm, .glm4:
            return ["attention_bias": .bool(model.attentionBias != .none), "partial_rotary_factor": part]
        case .nemotron: return ["norm_eps": epsilon, "partial_rotary_factor": part]
        case .starcoder2: return ["norm_epsilon": epsilon, "sliding_window": window, "use_bias": true]
        case .olmo: return ["clip_qkv": model.projectionBound.map(GGUFDocuments.decimal) ?? .null]
        case .olmo3:
            guard model.rope.scaling == .none else {
                throw PublishError(
                    .notExpressible, "A scaled rotation of OLMo 3 is not read from a GGUF file. Use its directory.")
            }
            let rope: JSONValue = ["rope_theta": GGUFDocuments.decimal(Float(model.rope.base)), "rope_type": "default"]
            return [
                "layer_types": types, "rope_parameters": ["full_attention": rope, "sliding_attention": rope],
                "rope_scaling": nil, "sliding_window": window,
            ]
        case .gptNeoX:
            return [
                "attention_bias": true, "layer_norm_eps": epsilon, "rotary_pct": part,
                "rotary_emb_base": GGUFDocuments.decimal(Float(model.rope.base)),
                "use_parallel_residual": .bool(model.isParallel),
            ]
        case .jais2: return ["layer_norm_eps": epsilon]
        case .bloom:
            return [
                "layer_norm_epsilon": epsilon, "n_head": .integer(Int64(model.headCount)),
                "n_layer": .integer(Int64(model.layerCount)),
            ]
        case .mpt:
            guard model.positionBias == .mpt(maximum: 8) else {
                throw PublishError(
                    .notExpressible, "'\(path)': transformers has no mpt model with ALiBi up to another number than 8.")
            }
            return [
                "attn_config": ["alibi": true, "alibi_bias_max": 8], "d_model": .integer(Int64(model.hiddenSize)),
                "layer_norm_epsilon": epsilon, "max_seq_len": .integer(Int64(model.maximumPositions)),
                "n_heads": .integer(Int64(model.headCount)), "n_layers": .integer(Int64(model.layerCount)),
                "no_bias": true,
            ]
        case .falcon:
            // One norm beside one key for all heads is the old shape, in which only that can be said.
            let isOld = model.sharesNorm && model.keyValueHeadCount == 1
            return [
                "activation": .string(model.activation.rawValue), "alibi": false,
                "bias": .bool(model.attentionBias != .none), "ffn_hidden_size": .integer(Int64(model.intermediateSize)),
                "layer_norm_epsilon": epsilon, "multi_query": true, "new_decoder_architecture": .bool(!isOld),
                "num_kv_heads": .integer(Int64(model.keyValueHeadCount)),
                "num_ln_in_parallel_attn": model.sharesNorm ? 1 : 2, "parallel_attn": true,
            ]
        case .gpt2, .gptBigCode:
            func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
            let keys: JSONObject =
                model.family == .gpt2 ? [:] : ["multi_query": .bool(model.keyValueHeadCount < model.headCount)]
            let own: JSONObject = [
                "activation_function": .string(model.activation.rawValue), "layer_norm_epsilon": epsilon,
                "n_embd": number(model.hiddenSize), "n_head": number(model.headCount),
                "n_inner": number(model.intermediateSize), "n_layer": number(model.layerCount),
                "n_positions": number(model.maximumPositions),
            ]
            return own.merging(keys) { _, last in last }
        case .exaone4: return ["layer_types": types, "sliding_window": window]
        // Without it, transformers takes the family's own scaling, whatever stands in `rope_theta`.
        case .apertus:
            var rope = try RopeJSON.scaling(model, path: path).object ?? ["rope_type": "default"]
            rope["rope_theta"] = GGUFDocuments.decimal(Float(model.rope.base))
            return ["rope_parameters": .object(rope)]
        case .cohere, .cohere2:
            let keys: JSONObject = [
                "layer_norm_eps": epsilon, "logit_scale": GGUFDocuments.decimal(1 / model.logitDivisor),
            ]
            let windows: JSONObject = ["layer_types": types, "sliding_window": window]
            return model.family == .cohere ? keys : keys.merging(windows) { _, last in last }
        default: return [:]
        }
    }
}
