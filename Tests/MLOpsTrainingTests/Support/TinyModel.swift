@testable import MLOpsTraining
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// A random decoder of a few hundred weights, as files on disk and as plain numbers.
struct TinyModel: CustomTestStringConvertible, Sendable {
    var name: String
    var family = "llama"
    var hidden = 8
    var inner = 12
    var layers = 2
    var heads = 2
    var keyValueHeads = 1
    var headSize = 4
    var vocabulary = 23
    var positions = 64
    var isTied = true
    var attentionBias = false
    var mlpBias = false
    /// Keys of `config.json` beside those of the sizes.
    var keys: JSONObject = [:]
    var seed = 1

    var testDescription: String { name }

    /// The kinds whose gradients differ: grouped heads or not, biases, tied or not, heads wider than hidden/heads.
    static let kinds = [
        TinyModel(name: "grouped, tied"),
        TinyModel(name: "one key a head, untied", heads: 2, keyValueHeads: 2, isTied: false, seed: 2),
        TinyModel(name: "biases everywhere", attentionBias: true, mlpBias: true, seed: 3),
        TinyModel(name: "biases of queries, keys and values", family: "qwen2", heads: 4, keyValueHeads: 2, seed: 4),
        TinyModel(name: "wide heads", heads: 2, keyValueHeads: 1, headSize: 6, isTied: false, seed: 5),
        TinyModel(name: "Mistral, windows", family: "mistral", keys: ["sliding_window": 3], seed: 6),
        TinyModel(name: "Qwen3, head norms", family: "qwen3", heads: 4, keyValueHeads: 2, seed: 7),
        TinyModel(name: "Gemma", family: "gemma", headSize: 6, seed: 8),
        TinyModel(
            name: "Gemma 2, bounds",
            family: "gemma2",
            keys: [
                "sliding_window": 4, "query_pre_attn_scalar": 7, "attn_logit_softcapping": 2.5,
                "final_logit_softcapping": 3,
            ], seed: 9),
        TinyModel(
            name: "Gemma 3, local rotation", family: "gemma3_text",
            keys: [
                "sliding_window": 3, "sliding_window_pattern": 2, "rope_local_base_freq": 10,
                "query_pre_attn_scalar": 5,
            ],
            seed: 10),
        TinyModel(
            name: "Phi-3, fused and partly turned", family: "phi3", heads: 4, keyValueHeads: 2, headSize: 6,
            isTied: false, keys: ["partial_rotary_factor": 0.7, "sliding_window": 6], seed: 11),
        TinyModel(
            name: "SmolLM3, a layer without positions", family: "smollm3", keys: ["no_rope_layers": [0, 1]], seed: 12),
        TinyModel(
            name: "Granite, multipliers", family: "granite",
            keys: [
                "embedding_multiplier": 3, "residual_multiplier": 0.4, "attention_multiplier": 0.3,
                "logits_scaling": 1.7,
            ], seed: 13),
        TinyModel(
            name: "Granite 4, gate and up as one, no positions", family: "granitemoehybrid",
            keys: [
                "shared_intermediate_size": 12, "num_local_experts": 0, "layer_types": ["attention", "full_attention"],
                "embedding_multiplier": 3, "attention_multiplier": 0.3,
            ], seed: 21),
        TinyModel(
            name: "OLMo, norms without weights, bounds", family: "olmo", heads: 4, keyValueHeads: 2,
            keys: ["clip_qkv": 1.1], seed: 15),
        TinyModel(
            name: "StableLM, norms about the mean, biases", family: "stablelm", heads: 4, keyValueHeads: 2,
            isTied: false, keys: ["use_qkv_bias": true, "partial_rotary_factor": 0.5, "hidden_act": "gelu"], seed: 16),
        TinyModel(
            name: "EXAONE 4, windows and a layer without positions", family: "exaone4", heads: 4, keyValueHeads: 2,
            keys: ["sliding_window": 3, "layer_types": ["sliding_attention", "full_attention"]], seed: 17),
        TinyModel(
            name: "OLMo 3, local rotation", family: "olmo3", heads: 4, keyValueHeads: 2,
            keys: ["sliding_window": 3, "layer_types": ["sliding_attention", "full_attention"]], seed: 18),
        TinyModel(
            name: "VaultGemma", family: "vaultgemma", headSize: 6, keys: ["sliding_window": 4], seed: 19),
        TinyModel(name: "Seed-OSS", family: "seed_oss", keys: ["attention_bias": true], seed: 20),
        TinyModel(name: "OLMo 2, norms after", family: "olmo2", heads: 4, keyValueHeads: 2, isTied: false, seed: 14),
    ]

    /// A larger one, whose products take both ways through ``MatrixProducts``.
    static let wide = TinyModel(
        name: "wide", hidden: 48, inner: 80, layers: 2, heads: 6, keyValueHeads: 2, headSize: 8, vocabulary: 101,
        positions: 4096, seed: 6)

    /// What the model is made of.
    func architecture() throws -> DecoderArchitecture { try DecoderArchitecture(configJSON: config) }

    private var config: JSONValue {
        let config: JSONObject = [
            "model_type": .string(family), "hidden_size": .integer(Int64(hidden)),
            "intermediate_size": .integer(Int64(inner)), "num_hidden_layers": .integer(Int64(layers)),
            "num_attention_heads": .integer(Int64(heads)), "num_key_value_heads": .integer(Int64(keyValueHeads)),
            "head_dim": .integer(Int64(headSize)), "vocab_size": .integer(Int64(vocabulary)),
            "max_position_embeddings": .integer(Int64(positions)), "tie_word_embeddings": .bool(isTied),
            "attention_bias": .bool(attentionBias), "mlp_bias": .bool(mlpBias), "rms_norm_eps": 1e-5,
            "rope_theta": 100.0, "pad_token_id": nil,
        ]
        return .object(config.merging(keys) { _, last in last })
    }

    /// Every tensor's shape by its Hugging Face name.
    private var shapes: OrderedDictionary<String, [Int]> { (try? architecture().tensorShapes) ?? [:] }

    /// Every tensor's numbers.
    var tensors: [String: [Float]] {
        var numbers = TestNumbers(seed)
        var tensors: [String: [Float]] = [:]
        for (name, shape) in shapes {
            let count = shape.reduce(1, *)
            tensors[name] =
                name.contains("norm")
                ? numbers.floats(count, scale: 0.3).map { 1 + $0 } : numbers.floats(count, scale: 0.7)
        }
        return tensors
    }

    /// Writes the model into `directory` and loads it.
    func load(in directory: TemporaryDirectory, weights: ElementType = .f32, options: ComputeOptions = ComputeOptions())
        throws -> DecoderModel
    {
        try directory.write(config.text(.pretty), to: "model/config.json")
        let numbers = tensors
        try SafetensorsWriter.write(
            shapes.map {
                TensorToWrite(
                    name: $0.key, elementType: $0.value.count == 2 ? weights : .f32, shape: $0.value,
                    floats: numbers[$0.key] ?? [])
            }, to: directory.url("model/model.safetensors"))
        return try DecoderModel(contentsOf: directory.url("model"), options: options)
    }

    /// An adapter of all projections whose A and B are random.
    func adapter(
        for model: DecoderModel, rank: Int = 2, dropout: Double = 0,
        targets: [String] = AdapterConfiguration.allProjections, isDecomposed: Bool = false
    ) throws -> LoRAAdapter {
        let configuration = try LoRAConfiguration(
            rank: rank, alpha: 3, dropout: dropout, targetModules: targets, usesWeightDecomposition: isDecomposed
        ).fitted(to: model.architecture)
        let layout = try LoRALayout(model.architecture, configuration: configuration)
        var numbers = TestNumbers(seed + 100)
        var parameters = numbers.floats(layout.parameterCount, scale: 0.4)
        // Rows of almost no norm would make a normed head of nothing but rounding.
        for module in layout.modules { for i in module.magnitude { parameters[i] += 1 } }
        return LoRAAdapter(configuration: configuration, layout: layout, parameters: parameters)
    }

    /// Rows of random tokens, about two thirds of which are learned.
    func rows(_ lengths: [Int], seed: Int = 9) -> [TokenizedExample] {
        var numbers = TestNumbers(seed)
        return lengths.map { length in
            TokenizedExample(
                ids: numbers.ids(length, vocabulary: vocabulary),
                isSupervised: (0..<length).map { $0 > 0 && numbers.integer(below: 3) > 0 })
        }
    }

    /// Rows that begin with the same tokens, of which none is learned; all others are.
    func rowsBeginningAlike(_ lengths: [Int], beginning: Int) -> [TokenizedExample] {
        var numbers = TestNumbers(10)
        let shared = numbers.ids(beginning, vocabulary: vocabulary)
        return lengths.map { length in
            TokenizedExample(
                ids: shared + numbers.ids(length, vocabulary: vocabulary),
                isSupervised: (0..<beginning + length).map { $0 >= beginning })
        }
    }
}

extension ComputeOptions {
    /// Products in bf16 whether this CPU multiplies it or not.
    static func emulatingBF16(_ packedWeights: PackedWeights = .kept) -> ComputeOptions {
        computing(.bf16, packedWeights)
    }

    /// Products as another CPU may compute them for bf16.
    static func computing(_ arithmetic: Arithmetic, _ packedWeights: PackedWeights = .kept) -> ComputeOptions {
        var options = ComputeOptions(precision: .bf16, packedWeights: packedWeights)
        options.emulated = arithmetic
        return options
    }
}
