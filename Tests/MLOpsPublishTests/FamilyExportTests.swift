import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

@testable import MLOpsPublish

/// Tiny models of every family, written as GGUF and read again, and back as a Hugging Face directory.
@Suite struct FamilyExportTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Writes a case's model beside a tokenizer that fits it.
    private func base(_ config: JSONValue, _ name: String) throws -> ModelFiles {
        var config = try #require(config.object)
        config["vocab_size"] = 300  // the tokenizer's
        let url = directory.url(name)
        try HashedModel.write(.object(config), to: url)
        for file in ["tokenizer.json", "tokenizer_config.json"] {
            try FileManager.default.copyItem(at: Fixture.tinyLlama.appending(path: file), to: url.appending(path: file))
        }
        return try ModelFiles(contentsOf: url)
    }

    /// Files that llama.cpp would not load.
    @Test(
        arguments: [
            ("qwen3", ["attention_bias": true], "biases"), ("smollm3", ["mlp_bias": true], "biases"),
            ("olmo2", ["attention_bias": true], "biases"), ("gemma2", ["tie_word_embeddings": false], "embedding"),
            ("qwen2", ["head_dim": 12], "wide"), ("olmo2", ["head_dim": 12], "wide"),
            (
                "qwen3",
                [
                    "rope_scaling": [
                        "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
                        "original_max_position_embeddings": 16,
                    ]
                ], "rotation"
            ), ("vaultgemma", [:], "vaultgemma"), ("glm", ["head_dim": 12], "wide"),
            ("cohere", ["tie_word_embeddings": false], "embedding"),
            ("starcoder2", ["use_bias": false], "biases"), ("exaone4", ["sliding_window": 4], "windows"),
            ("olmo3", ["layer_types": ["full_attention", "full_attention"]], "windows"),
            ("cohere2", ["rope_scaling": ["rope_type": "linear", "factor": 2], "attention_bias": true], "biases"),
            ("llama", ["hidden_act": "gelu"], "gelu"),
        ] as [(String, JSONObject, String)])
    func whatLlamaCppDoesNotLoadIsRefused(family: String, keys: JSONObject, word: String) throws {
        let sizes: JSONObject = [
            "model_type": .string(family), "hidden_size": 32, "intermediate_size": 24, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 64,
        ]
        let base = try base(.object(sizes.merging(keys) { _, last in last }), "model")
        let error = #expect(throws: PublishError.self) { try GGUFExport(MergedModel(base: base), type: .f32) }
        #expect(error?.code == .notExpressible && error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        for (i, example) in try HashedModel.cases().enumerated() {
            let comment: Comment = "\(example["name"]?.string ?? "")"
            let base = try base(try #require(example["config"]), "\(i)")
            let url = directory.url("\(i).gguf")
            do {
                try GGUFExport(MergedModel(base: base), type: .f32).write(to: url)
            } catch let error as PublishError {
                #expect(error.code == .notExpressible, comment)
                continue
            }
            let model = try ModelFiles(contentsOf: url)
            #expect(model.architecture.family.ggufName == base.architecture.family.ggufName)
            #expect(model.architecture.layerAttention == base.architecture.layerAttention, comment)
            #expect(model.architecture.rotarySize == base.architecture.rotarySize, comment)
            if base.architecture.family == .graniteHybrid { continue }  // has other weights there
            #expect(model.architecture.tensorShapes == shapes(base.architecture), comment)
            let query = base.architecture.queryKeyNorm == .none ? ".q_proj." : ".q_norm."
            let scale = GGUFHyperparameters.queryScale(base.architecture)
            let offset = base.architecture.normOffset
            for name in base.tensorNames {
                let added = name.hasSuffix("norm.weight") ? offset : 0
                let factor = name.contains(query) ? scale : 1
                let (ours, theirs) = (try model.tensor(name).floats(), try base.tensor(name).floats())
                #expect(ours.count == theirs.count)
                for (a, b) in zip(ours, theirs) { #expect(abs(a - ((b + added) * factor - added)) < 3e-7, comment) }
            }
            // Back as a directory, which is the same model.
            let back = directory.url("\(i)-back")
            do {
                _ = try HuggingFaceExport(MergedModel(base: model), type: .f32).write(to: back)
            } catch let error as PublishError {
                #expect(error.code == .notExpressible, comment)  // factors of no published model
                continue
            }
            let again = try ModelFiles(contentsOf: back)
            #expect(again.architecture.layerAttention == base.architecture.layerAttention, comment)
            #expect(again.architecture.tensorShapes == model.architecture.tensorShapes, comment)
            if [.mistral, .internlm3, .iquestcoder].contains(base.architecture.family) { continue }
            #expect(again.architecture.family == base.architecture.family, comment)
            #expect(again.architecture.normEpsilon == base.architecture.normEpsilon, comment)
        }
    }

    /// In GGUF, a Granite whose gate and up are one weight is one of two, with a word about its positions.
    @Test func gateAndUpBecomeTwoWeights() throws {
        let cases = try HashedModel.cases().filter { $0["config"]?["model_type"] == "granitemoehybrid" }
        #expect(cases.count == 2)
        for (i, example) in cases.enumerated() {
            let base = try base(try #require(example["config"]), "granite-\(i)")
            let url = directory.url("granite-\(i).gguf")
            let isTurned = base.architecture.layerAttention[0].rotation != .none
            try GGUFExport(MergedModel(base: base), type: .f32).write(to: url)
            let file = try GGUFFile(contentsOf: url)
            #expect(file.metadata["general.architecture"]?.string == "granite")
            #expect(file.metadata["granite.rope.scaling.finetuned"]?.bool == (isTurned ? nil : false))
            let model = try ModelFiles(contentsOf: url)
            #expect(model.architecture.family == .granite)
            for name in base.tensorNames where !name.contains("input_linear") {
                let theirs = name.replacing("shared_mlp.output_linear", with: "mlp.down_proj")
                #expect(try model.tensor(theirs).floats() == base.tensor(name).floats(), "\(name)")
            }
            for layer in 0..<base.architecture.layerCount {
                let path = "model.layers.\(layer)."
                let halves = try ["gate", "up"].flatMap { try model.tensor(path + "mlp.\($0)_proj.weight").floats() }
                #expect(try halves == base.tensor(path + "shared_mlp.input_linear.weight").floats())
            }
            if isTurned {
                _ = try HuggingFaceExport(MergedModel(base: model), type: .f32).write(to: directory.url("back-\(i)"))
            } else {
                let error = #expect(throws: PublishError.self) {
                    try HuggingFaceExport(MergedModel(base: model), type: .f32).write(to: directory.url("back-\(i)"))
                }
                #expect(error?.message.contains("without positions") == true)
            }
        }
    }

    /// Apertus' activation is in the metadata, as gguf 0.19.0 names it, and its head in the file though it is the embedding.
    @Test func theNumbersOfAnActivationAreKept() throws {
        let base = try base(
            [
                "model_type": "apertus", "hidden_size": 32, "intermediate_size": 24, "num_hidden_layers": 2,
                "num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": true,
                "rope_parameters": ["rope_type": "default", "rope_theta": 100],
            ], "apertus")
        let url = directory.url("apertus.gguf")
        try GGUFExport(MergedModel(base: base), type: .f32).write(to: url)
        let file = try GGUFFile(contentsOf: url)
        #expect(file.metadata["general.architecture"]?.string == "apertus" && file.tensors["output.weight"] != nil)
        #expect(!file.tensors.keys.contains { $0.contains("act_fn") || $0.contains("xielu") })
        let model = try ModelFiles(contentsOf: url)
        for name in base.tensorNames {
            #expect(try model.tensor(name).floats() == base.tensor(name).floats(), "\(name)")
            #expect(try model.tensor(name).shape == base.tensor(name).shape, "\(name)")
        }
        #expect(model.architecture.rope == base.architecture.rope)
        _ = try HuggingFaceExport(MergedModel(base: model), type: .f32).write(to: directory.url("back"))
        let again = try ModelFiles(contentsOf: directory.url("back"))
        #expect(again.architecture.rope == base.architecture.rope)
        #expect(again.architecture.family == .apertus && again.architecture.activation == .xielu)
        // A list of another length, and none.
        var metadata = file.metadata
        for value in [GGUFValue.array(.float32([1])), .string("x"), nil] {
            metadata["xielu.beta"] = value
            try GGUFWriter.write(metadata: metadata, tensors: file.tensors.values.map(TensorToWrite.init), to: url)
            let error = #expect(throws: ModelFileError.self) { try ModelFiles(contentsOf: url) }
            #expect(error?.message.contains("xielu.beta") == true)
        }
    }

    /// llama.cpp's OLMo 2 has a head of its own.
    private func shapes(_ model: DecoderArchitecture) -> OrderedDictionary<String, [Int]> {
        var shapes = model.tensorShapes
        if model.family == .olmo2 || model.family == .gptNeoX {
            shapes[model.family.headPath + ".weight"] = [model.vocabularySize, model.hiddenSize]
        }
        return shapes
    }

    @Test func aFusedWeightTakesAnAdapter() throws {
        let example = try #require(try HashedModel.cases().first { $0["config"]?["model_type"] == "phi3" })
        let base = try base(try #require(example["config"]), "phi3")
        let shape = try #require(base.architecture.tensorShapes["model.layers.1.self_attn.qkv_proj.weight"])
        let path = "base_model.model.model.layers.1.self_attn.qkv_proj.lora_"
        let a = HashedModel.weights(path + "A.weight", shape: [2, shape[1]], isGemma: false)
        let b = HashedModel.weights(path + "B.weight", shape: [shape[0], 2], isGemma: false)
        try directory.write(
            #"{"peft_type": "LORA", "r": 2, "lora_alpha": 6, "target_modules": ["qkv_proj"]}"#,
            to: "adapter/adapter_config.json")
        try SafetensorsWriter.write(
            [
                TensorToWrite(name: path + "A.weight", shape: [2, shape[1]], floats: a),
                TensorToWrite(name: path + "B.weight", shape: [shape[0], 2], floats: b),
            ], to: directory.url("adapter/adapter_model.safetensors"))
        let merged = try MergedModel(base: base, adapter: AdapterFiles(contentsOf: directory.url("adapter")))
        let name = "model.layers.1.self_attn.qkv_proj.weight"
        let (before, after) = (try base.tensor(name).floats(), try merged.floats(name))
        for row in 0..<shape[0] {
            for column in 0..<shape[1] {
                let added = 3 * (b[row * 2] * a[column] + b[row * 2 + 1] * a[shape[1] + column])
                let at = row * shape[1] + column
                #expect(abs(after[at] - before[at] - added) < 1e-5)
            }
        }
    }
}
