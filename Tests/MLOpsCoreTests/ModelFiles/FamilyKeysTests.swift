import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// Keys of families that have names of their own, and what their models cannot have.
@Suite struct FamilyKeysTests {
    private static let bases: [String: JSONObject] = [
        "falcon": ["hidden_size": 24, "num_attention_heads": 6, "num_hidden_layers": 2, "vocab_size": 50],
        "opt": ["hidden_size": 24, "num_attention_heads": 6, "num_hidden_layers": 2, "vocab_size": 50, "ffn_dim": 9],
        "gptj": ["n_embd": 24, "n_head": 6, "n_layer": 2, "vocab_size": 50, "rotary_dim": 2],
        "gpt_bigcode": ["n_embd": 24, "n_head": 6, "n_layer": 2, "vocab_size": 50],
        "bloom": ["hidden_size": 24, "n_head": 6, "n_layer": 2, "vocab_size": 50],
        "mpt": ["d_model": 24, "n_heads": 6, "n_layers": 2, "vocab_size": 50],
        "gpt_neo": ["hidden_size": 24, "num_heads": 6, "num_layers": 3, "vocab_size": 50],
        "codegen": ["n_embd": 32, "n_head": 8, "n_layer": 2, "vocab_size": 50, "rotary_dim": 2],
        "biogpt": [
            "hidden_size": 24, "num_attention_heads": 6, "num_hidden_layers": 2, "vocab_size": 50,
            "intermediate_size": 9,
        ],
        "nanochat": [
            "hidden_size": 24, "num_attention_heads": 6, "num_hidden_layers": 2, "vocab_size": 50,
            "intermediate_size": 9,
        ],
        "persimmon": [
            "hidden_size": 24, "num_attention_heads": 6, "num_hidden_layers": 2, "vocab_size": 50,
            "intermediate_size": 9,
        ],
        "ministral3": [
            "hidden_size": 24, "num_attention_heads": 8, "num_hidden_layers": 2, "vocab_size": 50,
            "intermediate_size": 9,
        ],
    ]

    private func read(_ type: String, _ keys: JSONObject = [:]) throws -> DecoderArchitecture {
        var members = try #require(Self.bases[type])
        members["model_type"] = .string(type)
        return try DecoderArchitecture(configJSON: .object(members.merging(keys) { _, last in last }))
    }

    @Test func readsTheShapesOfFalcon() throws {
        let old = try read("falcon")
        #expect(old.isParallel && old.sharesNorm && old.keyValueHeadCount == 1 && old.intermediateSize == 96)
        #expect(old.tensorShapes["transformer.h.1.self_attention.query_key_value.weight"] == [32, 24])
        #expect(old.tensorShapes["transformer.h.1.input_layernorm.bias"] == [24] && old.positionBias == nil)
        let new = try read("falcon", ["new_decoder_architecture": true, "num_kv_heads": 2, "ffn_hidden_size": 5])
        #expect(new.isParallel && !new.sharesNorm && new.keyValueHeadCount == 2 && new.attentionFusion == .byHead)
        #expect(new.tensorShapes["transformer.h.0.ln_mlp.weight"] == [24] && new.intermediateSize == 5)
        let rw = try read("falcon", ["alibi": true, "multi_query": false, "parallel_attn": false, "bias": true])
        #expect(!rw.isParallel && rw.positionBias == .falcon && rw.layerAttention.allSatisfy { $0.rotation == .none })
        #expect(rw.tensorShapes["transformer.h.0.post_attention_layernorm.weight"] == [24])
    }

    @Test func positionsOfOPTBeginBehindTwoVectors() throws {
        let model = try read("opt", ["max_position_embeddings": 30])
        #expect(model.tensorShapes["model.decoder.embed_positions.weight"] == [32, 24] && model.paddingID == 1)
        #expect(model.linearNames == ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"])
        #expect(model.activation == .relu && model.attentionBias == .all && model.mlpBias && model.normEpsilon == 1e-5)
    }

    @Test func layersOfGPTNeoSeeWindowsByRuns() throws {
        let model = try read("gpt_neo", ["attention_types": [[["global", "local"], 1], [["local"], 1]]])
        #expect(model.layerAttention.map(\.window) == [nil, 256, 256] && model.intermediateSize == 96)
        #expect(model.attentionScale == 1 && model.hasBias(.output) && !model.hasBias(.query))
        let other = try read("gpt_neo", ["attention_types": [[["local"], 3]], "window_size": 7])
        #expect(other.layerAttention.map(\.window) == [7, 7, 7])
    }

    @Test func nanochatHasNormsWithoutWeightsAndABoundOfItsLogits() throws {
        let model = try read("nanochat")
        #expect(model.logitSoftcap == 15 && model.activation == .squaredReLU && model.turnsBackwards)
        #expect(model.normsEmbeddings && !model.tensorShapes.keys.contains { $0.contains("norm") })
        #expect(try read("nanochat", ["final_logit_softcapping": nil]).logitSoftcap == nil)
    }

    @Test func queriesOfMinistral3GrowByItsDefault() throws {
        let model = try read("ministral3")
        #expect(model.queryGrowth == DecoderArchitecture.QueryGrowth(rate: 0.1, positions: 16384))
        #expect(model.rope.base == 1_000_000 && model.headSize == 128)
        let keys: JSONObject = [
            "rope_type": "yarn", "factor": 2, "original_max_position_embeddings": 7, "llama_4_scaling_beta": 0.5,
        ]
        let other = try read("ministral3", ["rope_parameters": .object(keys)])
        #expect(other.queryGrowth == DecoderArchitecture.QueryGrowth(rate: 0.5, positions: 7))
    }

    @Test(
        arguments: [
            ("falcon", "alibi", true), ("falcon", "num_ln_in_parallel_attn", 2), ("falcon", "activation", "tanh"),
            ("falcon", "num_kv_heads", 0), ("opt", "do_layer_norm_before", false), ("opt", "word_embed_proj_dim", 12),
            ("opt", "_remove_final_layer_norm", true), ("opt", "ffn_dim", nil), ("gptj", "rotary_dim", 6),
            ("gptj", "rotary_dim", 3), ("gptj", "rope_scaling", ["rope_type": "linear", "factor": 2]),
            ("gpt_bigcode", "n_head", 5), ("bloom", "apply_residual_connection_post_layernorm", true),
            ("bloom", "n_layer", nil), ("mpt", "clip_qkv", 2.5), ("mpt", "qk_ln", true), ("mpt", "alibi", false),
            ("mpt", "alibi_bias_max", 4), ("mpt", "expansion_ratio", 2), ("mpt", "logit_scale", 0.5),
            ("ministral3", "llama_4_scaling_beta", nil), ("gpt_neo", "attention_types", [[["global"], 2]]),
            ("gpt_neo", "attention_types", [[["chunked"], 3]]), ("gpt_neo", "attention_types", "global"),
            // Runs longer than the model, which end before they are written out.
            ("gpt_neo", "attention_types", [[["global", "local"], 3], [["local", "local", "local"], 3]]),
            ("codegen", "n_head", 2), ("codegen", "rope_parameters", ["rope_type": "default"]),
            ("persimmon", "partial_rotary_factor", 0.1),
            ("nanochat", "layer_types", ["sliding_attention", "full_attention"]),
        ] as [(String, String, JSONValue)])
    func whatAFamilyCannotBeIsNamed(type: String, key: String, value: JSONValue) {
        var keys: JSONObject = [key: value]
        if ["clip_qkv", "qk_ln", "alibi", "alibi_bias_max"].contains(key), type == "mpt" {
            keys = ["attn_config": .object(keys)]
        }
        if key == "llama_4_scaling_beta" { keys = ["rope_parameters": ["rope_type": "default"]] }
        let error = #expect(throws: ModelFileError.self) { try read(type, keys) }
        #expect(error?.message.contains("'\(key)'") == true, "\(error?.message ?? "")")
    }

    /// transformers 5.23.0, torch 2.13.0: `_get_alibi_slopes(6, "cpu")` of BLOOM, differences of neighbours in
    /// `build_mpt_alibi_tensor(6, 400)`, and position 317 of Falcon's `build_alibi_tensor` for six heads.
    @Test func slopesAreThoseOfTransformers() {
        func agrees(_ ours: [Float], _ theirs: [Float]) -> Bool {
            ours.count == theirs.count && zip(ours, theirs).allSatisfy { abs($0 - $1) <= 1e-6 * $1 }
        }
        let bloom = DecoderArchitecture.PositionBias.bloom.slopes(headCount: 6)
        #expect(agrees(bloom, [0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125]))
        let mpt = DecoderArchitecture.PositionBias.mpt(maximum: 8).slopes(headCount: 6)
        #expect(agrees(mpt, [0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125]))
        let falcon = DecoderArchitecture.PositionBias.falcon
        let values = falcon.slopes(headCount: 6).map { falcon.value(slope: $0, position: 317) }
        #expect(values == [79, 19.75, 4.9375, 1.234375, 158, 39.5])
        #expect(DecoderArchitecture.PositionBias.bloom.slopes(headCount: 4) == [0.25, 0.0625, 0.015625, 0.00390625])
    }
}
