import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

@Suite struct DecoderArchitectureTests {
    private static let base: JSONObject = [
        "model_type": "llama", "vocab_size": 320, "hidden_size": 64, "intermediate_size": 176, "num_hidden_layers": 3,
        "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-6, "max_position_embeddings": 256,
    ]

    private func read(_ changes: JSONObject) throws -> DecoderArchitecture {
        try DecoderArchitecture(configJSON: .object(Self.base.merging(changes) { _, last in last }), path: "c.json")
    }

    @Test func readsLlama() throws {
        let architecture = try read([:])
        #expect(
            architecture
                == DecoderArchitecture(
                    vocabularySize: 320, hiddenSize: 64, intermediateSize: 176, layerCount: 3, headCount: 4,
                    keyValueHeadCount: 2, headSize: 16, maximumPositions: 256))
        #expect(architecture.tensorShapes["model.layers.2.self_attn.k_proj.weight"] == [32, 64])
        #expect(architecture.tensorShapes.count == 3 + 3 * 9)
    }

    @Test func readsWhatVariantsAdd() throws {
        let variant = try read([
            "attention_bias": true, "mlp_bias": true, "head_dim": 24, "tie_word_embeddings": true,
            "num_key_value_heads": nil,
        ])
        #expect(variant.attentionBias == .all && variant.mlpBias && variant.headSize == 24 && variant.tiedHead)
        #expect(variant.keyValueHeadCount == 4)
        #expect(variant.tensorShapes["model.layers.0.self_attn.q_proj.weight"] == [96, 64])
        #expect(variant.tensorShapes["model.layers.0.self_attn.o_proj.weight"] == [64, 96])
        #expect(variant.tensorShapes["model.layers.0.mlp.down_proj.bias"] == [64])
        #expect(variant.tensorShapes["lm_head.weight"] == nil)
        #expect(
            try read(["model_type": "qwen2", "use_sliding_window": false, "sliding_window": 8]).attentionBias
                == .queryKeyValue)
        #expect(try read(["model_type": "mistral", "sliding_window": nil]).family == .mistral)
        #expect(try read(["model_type": "mistral", "sliding_window": 4096]).family == .mistral)
    }

    @Test(
        arguments: [
            (["type": "linear", "factor": 4.0], .linear(factor: 4)),
            (["rope_type": "default"], .none),
            (["type": "dynamic", "factor": 2], .dynamic(factor: 2, originalPositions: 256)),
            (
                [
                    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                    "original_max_position_embeddings": 64,
                ], .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 64)
            ),
            (
                [
                    "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "beta_fast": 16,
                    "truncate": false,
                ],
                .yarn(.init(factor: 4, originalPositions: 64, betaFast: 16, truncates: false))
            ),
        ] as [(JSONValue, RotaryEmbedding.Scaling)])
    func readsRopeInBothSpellings(scaling: JSONValue, expected: RotaryEmbedding.Scaling) throws {
        let old = try read(["rope_theta": 5000.0, "rope_scaling": scaling])
        #expect(old.rope == RotaryEmbedding(base: 5000, scaling: expected))
        var members = try #require(scaling.object)
        members["rope_theta"] = 5000.0
        let new = try read(["rope_parameters": .object(members)])
        #expect(new.rope == old.rope)
    }

    /// As transformers reads them; before it, what stands in both places was taken from the other.
    @Test func whatIsSaidTwiceCountsWhereTransformersLooks() throws {
        let yarn: JSONValue = ["rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 64]
        let beside = try read(["rope_scaling": yarn, "original_max_position_embeddings": 32])
        #expect(beside.rope.scaling == .yarn(.init(factor: 4, originalPositions: 32)))
        let both = try read(["rope_scaling": ["type": "linear", "factor": 2], "rope_parameters": yarn])
        #expect(both.rope.scaling == .linear(factor: 2))
        #expect(try read(["rope_scaling": [:], "rope_parameters": yarn]).rope.scaling != .none)
        let part: JSONValue = ["type": "default", "partial_rotary_factor": 0.5]
        #expect(try read(["model_type": "phi3", "rope_scaling": part]).rotarySize == 8)
        #expect(throws: ModelFileError.self) {
            try read(["model_type": "gemma3_text", "rope_parameters": ["full_attention": part]])
        }
    }

    @Test(
        arguments: [
            ("model_type", "xlnet"), ("model_type", nil), ("hidden_act", "tanh"),
            ("quantization_config", ["bits": 4]), ("per_layer_config", ["0": ["intermediate_size": 3]]),
            ("hidden_size", nil), ("hidden_size", 0), ("hidden_size", "64"), ("hidden_size", 1e300),
            ("hidden_size", 63),
            ("num_key_value_heads", 3), ("num_hidden_layers", 1_000_000), ("rms_norm_eps", -1), ("attention_bias", 1),
            ("head_dim", 15), ("pretraining_tp", 2), ("partial_rotary_factor", 0.5), ("rope_theta", 0),
            ("rope_scaling", ["type": "longrope"]), ("rope_scaling", ["type": "linear"]), ("rope_scaling", 3),
            ("rope_parameters", ["local_attention": ["rope_type": "default"]]),
            ("rope_scaling", ["full_attention": ["rope_type": "linear", "factor": 2]]),
            ("layer_types", ["sliding_attention"]),
            ("layer_types", ["sliding_attention", "full_attention", "full_attention"]),
            ("use_bidirectional_attention", true), ("is_causal", false), ("transformers_weights", "a.safetensors"),
            ("vocab_size", nil),
        ] as [(String, JSONValue)])
    func whatIsMissingImpossibleOrUnsupportedIsNamed(key: String, value: JSONValue) {
        let error = #expect(throws: ModelFileError.self) { try read([key: value]) }
        #expect(error?.message.contains(key) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("c.json") == true && error?.exitStatus == .invalidData)
    }

    /// Windows of the layers (0: none), as transformers' configuration classes distribute them.
    @Test(
        arguments: [
            ("mistral", ["sliding_window": 8], [8, 8, 8]), ("mistral", [:], [4096, 4096, 4096]),
            ("mistral", ["sliding_window": nil], [0, 0, 0]), ("qwen2", ["sliding_window": 8], [0, 0, 0]),
            ("qwen2", ["sliding_window": 8, "use_sliding_window": true, "max_window_layers": 2], [0, 0, 8]),
            (
                "qwen3",
                [
                    "sliding_window": 8, "use_sliding_window": true,
                    "layer_types": ["sliding_attention", "full_attention", "full_attention"],
                ], [8, 0, 0]
            ),
            ("gemma2", ["sliding_window": 8], [8, 0, 8]), ("gemma3_text", ["sliding_window": 8], [8, 8, 8]),
            ("gemma3_text", ["sliding_window": 8, "sliding_window_pattern": 2], [8, 0, 8]),
            ("phi3", [:], [0, 0, 0]), ("phi3", ["sliding_window": 5], [5, 5, 5]),
            ("smollm3", ["sliding_window": 5], [0, 0, 0]),
            ("smollm3", ["sliding_window": 5, "use_sliding_window": true, "no_rope_layers": [0, 1, 0]], [5, 0, 5]),
        ] as [(JSONValue, JSONObject, [Int])])
    func readsWindows(type: JSONValue, keys: JSONObject, windows: [Int]) throws {
        let architecture = try read(keys.merging(["model_type": type]) { own, _ in own })
        #expect(architecture.layerAttention.map { $0.window ?? 0 } == windows)
    }

    @Test func readsWhichLayersArePositioned() throws {
        let third = try read(["model_type": "smollm3", "no_rope_layer_interval": 3])
        #expect(third.layerAttention.map(\.rotation) == [.global, .global, .none])
        #expect(third.rope.base == 2_000_000)
        let gemma = try read(["model_type": "gemma3_text", "sliding_window_pattern": 2])
        #expect(gemma.layerAttention.map(\.rotation) == [.local, .global, .local])
        #expect(gemma.rope.base == 1_000_000 && gemma.localRope.base == 10000)
    }

    @Test(
        arguments: [
            ("phi3", "partial_rotary_factor", 0.1), ("phi3", "partial_rotary_factor", 2),
            ("phi3", "short_factor", nil), ("smollm3", "no_rope_layers", [1]), ("smollm3", "no_rope_layers", ["a"]),
            ("smollm3", "no_rope_layer_interval", 0), ("gemma2", "query_pre_attn_scalar", 0),
            ("gemma2", "final_logit_softcapping", -1), ("gemma2", "hidden_activation", "tanh"),
            ("gemma2", "sliding_window", nil), ("granite", "logits_scaling", 0),
            ("granite", "residual_multiplier", "a"),
            ("gemma3_text", "rope_scaling", ["type": "linear", "factor": 2]),
            ("gemma3_text", "sliding_window_pattern", 0), ("qwen2", "layer_types", ["chunked_attention", 1, 2]),
        ] as [(JSONValue, String, JSONValue)])
    func whatAFamilyCannotHaveIsNamed(type: JSONValue, key: String, value: JSONValue) {
        var keys: JSONObject = ["model_type": type, key: value]
        if key == "short_factor" {
            keys["rope_scaling"] = ["type": "longrope", "long_factor": [1, 1, 1, 1, 1, 1, 1, 1]]
        }
        let error = #expect(throws: ModelFileError.self) { try read(keys) }
        #expect(error?.message.contains(key) == true && error?.exitStatus == .invalidData, "\(error?.message ?? "")")
    }

    private static let graniteHybrid: JSONObject = [
        "model_type": "granitemoehybrid", "shared_intermediate_size": 20, "intermediate_size": 7,
        "num_local_experts": 0, "layer_types": ["attention", "full_attention", "attention"],
    ]

    @Test func readsAGraniteWithoutStateSpaceLayers() throws {
        let model = try read(Self.graniteHybrid)
        #expect(model.intermediateSize == 20 && model.layerAttention.allSatisfy { $0.rotation == .none })
        #expect(model.tensorShapes["model.layers.2.shared_mlp.input_linear.weight"] == [40, model.hiddenSize])
        #expect(model.tensorShapes["model.layers.2.shared_mlp.output_linear.weight"] == [model.hiddenSize, 20])
        let turned = try read(Self.graniteHybrid.merging(["position_embedding_type": "rope"]) { _, new in new })
        #expect(turned.layerAttention.allSatisfy { $0.rotation == .global })
    }

    @Test(
        arguments: [
            ("num_local_experts", 4), ("num_local_experts", nil), ("layer_types", ["mamba", "attention", "attention"]),
            ("layer_types", nil), ("layer_types", ["attention"]), ("shared_intermediate_size", nil),
            ("position_embedding_type", "learned"), ("position_embedding_type", 3),
        ] as [(String, JSONValue)])
    func namesWhatAGraniteHasThatIsNotSupported(key: String, value: JSONValue) {
        let error = #expect(throws: ModelFileError.self) {
            try read(Self.graniteHybrid.merging([key: value]) { _, new in new })
        }
        let message = error?.message ?? ""
        #expect(message.contains("'\(key)'") && error?.exitStatus == .invalidData, "\(message)")
    }

    /// The names of published checkpoints and of those that transformers 5 saves.
    private static let gpt2: JSONObject = [
        "model_type": "gpt2", "vocab_size": 50, "n_embd": 12, "n_layer": 2, "n_head": 3, "n_positions": 20,
    ]

    @Test func readsGPT2UnderItsOwnNames() throws {
        let model = try DecoderArchitecture(configJSON: .object(Self.gpt2))
        #expect(model.tiedHead && model.learnsPositions && model.activation == .geluTanh && model.headSize == 4)
        #expect(model.intermediateSize == 48 && model.layerAttention.allSatisfy { $0.rotation == .none })
        #expect(model.tensorShapes["transformer.wpe.weight"] == [20, 12])
        #expect(model.tensorShapes["transformer.h.1.attn.c_attn.weight"] == [36, 12])
        #expect(model.storedShape(of: "transformer.h.1.attn.c_attn.weight") == [12, 36])
        #expect(model.storedShape(of: "transformer.wte.weight") == [50, 12] && model.storedShape(of: "lm_head") == nil)
        #expect(model.linearNames == ["c_attn", "c_proj", "c_fc"])
        let other = Self.gpt2.merging(["n_inner": 5, "scale_attn_weights": false]) { _, last in last }
        let variant = try DecoderArchitecture(configJSON: .object(other))
        #expect(variant.intermediateSize == 5 && variant.attentionScale == 1)
    }

    @Test(
        arguments: [
            ("n_embd", 13), ("n_embd", "many"), ("n_inner", -1), ("activation_function", "tanh"),
            ("scale_attn_by_inverse_layer_idx", true), ("add_cross_attention", true),
        ] as [(String, JSONValue)])
    func whatGPT2CannotBeIsNamed(key: String, value: JSONValue) {
        let config = Self.gpt2.merging([key: value]) { _, last in last }
        let error = #expect(throws: ModelFileError.self) { try DecoderArchitecture(configJSON: .object(config)) }
        #expect(error?.message.contains("'\(key)'") == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [("language_model.model.", ""), ("model.language_model.", "model.")])
    func readsTheTextPartOfAModelThatSeesImages(prefix: String, other: String) throws {
        let directory = try TemporaryDirectory()
        var text = Self.base
        text["model_type"] = "gemma3_text"
        try HashedModel.write(.object(text), to: directory.url("text"))
        let plain = try ModelFiles(contentsOf: directory.url("text"))
        let config: JSONValue = ["model_type": "gemma3", "text_config": .object(text), "eos_token_id": 7]
        try directory.write(config.text(), to: "both/config.json")
        let tensors = try plain.tensorNames.map { name in
            let tensor = try plain.tensor(name)
            return TensorToWrite(
                name: prefix + name.dropFirst(6), shape: tensor.shape, floats: tensor.floats())
        }
        let image = TensorToWrite(name: other + "vision_tower.patch.weight", shape: [1], floats: [1])
        try SafetensorsWriter.write(tensors + [image], to: directory.url("both/model.safetensors"))
        let both = try ModelFiles(contentsOf: directory.url("both"))
        #expect(both.architecture == plain.architecture && both.tensorNames == plain.tensorNames)
        #expect(both.configJSON?["model_type"] == "gemma3_text" && both.configJSON?["eos_token_id"] == 7)
    }
}
