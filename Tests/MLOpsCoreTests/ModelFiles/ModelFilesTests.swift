import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

@Suite struct ModelFilesTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func failure(_ url: URL) -> ModelFileError? {
        #expect(throws: ModelFileError.self) { try ModelFiles(contentsOf: url) }
    }

    /// A copy of the fixture that a test may damage.
    private func copy(_ path: String) throws -> URL {
        let url = directory.url("model")
        try FileManager.default.copyItem(at: Fixture.url(path), to: url)
        return url
    }

    @Test func opensADirectory() throws {
        let model = try ModelFiles(contentsOf: Fixture.tinyLlama)
        #expect(model.format == .huggingFace && model.architecture.tiedHead && model.architecture.headSize == 8)
        #expect(model.tensorNames.count == 2 + 2 * 9)
        let embedding = try model.tensor("model.embed_tokens.weight")
        #expect(embedding.shape == [300, 32] && embedding.elementType == .bf16)
        #expect(try model.tensor("lm_head.weight").bytes() == embedding.bytes())
        #expect(try model.chatTemplate()?.contains("<|im_start|>") == true)
        #expect(try model.bosID() == 1 && model.eosIDs() == [2])
        #expect(try model.tokenizerJSON()?["model"]?["type"] == "BPE")
        let missing = #expect(throws: ModelFileError.self) { try model.tensor("model.layers.2.mlp.up_proj.weight") }
        #expect(missing?.message.contains("model.layers.2.mlp.up_proj.weight") == true)
    }

    /// Golden: gguf 0.19.0 and safetensors 0.8.0, by Tests/Fixtures/Scripts/make_tensor_files.py.
    @Test(arguments: ["TensorFile/tiny-llama.gguf", "TensorFile/tiny-llama.sharded"])
    func theSameModelInAnotherFormatHasTheSameTensors(path: String) throws {
        let model = try ModelFiles(contentsOf: Fixture.tinyLlama)
        let other = try ModelFiles(contentsOf: Fixture.url(path))
        #expect(other.architecture == model.architecture)
        #expect(other.tensorNames == model.tensorNames)
        for name in model.tensorNames {
            #expect(try other.tensor(name).floats() == model.tensor(name).floats(), "\(name)")
            #expect(try other.tensor(name).shape == model.tensor(name).shape)
        }
    }

    @Test func aGGUFFileAnswersFromItsMetadata() throws {
        let model = try ModelFiles(contentsOf: Fixture.url("TensorFile/tiny-llama.gguf"))
        #expect(model.format == .gguf && model.configJSON == nil)
        #expect(try model.chatTemplate() == ModelFiles(contentsOf: Fixture.tinyLlama).chatTemplate())
        #expect(try model.bosID() == 1 && model.eosIDs() == [2])
        #expect(model.ggufMetadata?["tokenizer.ggml.tokens"]?.strings?.count == 300)
    }

    @Test func whatIsMissingIsNamed() throws {
        #expect(failure(directory.url("nothing"))?.exitStatus == .inputMissing)
        #expect(failure(directory.url)?.message.contains("config.json") == true)
        let model = try copy("TinyLlama")
        try FileManager.default.removeItem(at: model.appending(path: "model.safetensors"))
        #expect(failure(model)?.message.contains("model.safetensors") == true)
        try directory.write("", to: "model/pytorch_model.bin")
        #expect(failure(model)?.message.contains("pytorch_model.bin") == true)
        try directory.write("{", to: "model/config.json")
        #expect(failure(model)?.exitStatus == .invalidData)
    }

    /// As transformers 5.23.0 loads such files.
    @Test func aTiedHeadIsAnotherMatrixOnlyWhereTheFilesHoldAnother() throws {
        let model = try copy("TinyLlama")
        let url = model.appending(path: "model.safetensors")
        let file = try SafetensorsFile(contentsOf: url)
        let stored = try file.names.map { try #require(file[$0]) }.map {
            (name: $0.name, type: $0.elementType, shape: $0.shape, bytes: $0.bytes())
        }
        let embedding = try #require(stored.first { $0.name == "model.embed_tokens.weight" })
        func open(
            _ rename: (String) -> String? = { $0 }, head: [UInt8]? = nil
        ) throws -> ModelFiles {
            var tensors = stored.compactMap { tensor in
                rename(tensor.name).map {
                    TensorToWrite(name: $0, elementType: tensor.type, shape: tensor.shape) { tensor.bytes }
                }
            }
            if let head {
                tensors.append(
                    TensorToWrite(name: "lm_head.weight", elementType: embedding.type, shape: embedding.shape) { head })
            }
            try SafetensorsWriter.write(tensors, to: url)
            return try ModelFiles(contentsOf: model)
        }
        let same = try open(head: embedding.bytes)
        #expect(same.architecture.tiedHead)
        let other = try open(head: embedding.bytes.reversed())
        #expect(!other.architecture.tiedHead && other.configJSON?["tie_word_embeddings"] == false)
        #expect(try other.tensor("lm_head.weight").bytes() == embedding.bytes.reversed())
        #expect(try other.tensor("model.embed_tokens.weight").bytes() == embedding.bytes)
        let moved = try open({ $0 == embedding.name ? "lm_head.weight" : $0 })
        #expect(try moved.architecture.tiedHead && moved.tensor(embedding.name).bytes() == embedding.bytes)
        let headless = try open({ $0.replacing("model.", with: "") })
        #expect(try headless.architecture.tiedHead && headless.tensor(embedding.name).bytes() == embedding.bytes)
    }

    @Test func besideAWholeFileShardsAreNotRead() throws {
        let model = try copy("TensorFile/tiny-llama.sharded")
        try FileManager.default.copyItem(
            at: Fixture.tinyLlama.appending(path: "model.safetensors"), to: model.appending(path: "model.safetensors"))
        for name in try FileManager.default.contentsOfDirectory(atPath: model.path(percentEncoded: false))
        where name.hasPrefix("model-") {
            try FileManager.default.removeItem(at: model.appending(path: name))
        }
        #expect(try ModelFiles(contentsOf: model).tensorNames.count == 20)
    }

    @Test func shardsThatDoNotFitTheirIndexAreNamed() throws {
        let model = try copy("TensorFile/tiny-llama.sharded")
        let index = model.appending(path: "model.safetensors.index.json")
        let text = try String(contentsOf: index, encoding: .utf8)
        func failure(afterReplacing old: String, with new: String) throws -> String {
            try directory.write(text.replacing(old, with: new), to: "model/model.safetensors.index.json")
            return self.failure(model)?.message ?? ""
        }
        #expect(try failure(afterReplacing: "00002-of-00002", with: "00003-of-00002").contains("00003-of-00002"))
        #expect(
            try failure(
                afterReplacing: #""model.norm.weight": "model-00002"#, with: #""model.norm.weight": "model-00001"#
            ).contains(
                "model.norm.weight"))
        #expect(try failure(afterReplacing: "\"model-00002", with: "\"../model-00002").contains("same directory"))
        #expect(try failure(afterReplacing: "weight_map", with: "weights").contains("weight_map"))
        #expect(
            try failure(afterReplacing: #""model.norm.weight""#, with: #""model.gone.weight""#).contains(
                "model.gone.weight"))
    }

    @Test func weightsThatDoNotFitTheConfigurationAreNamed() throws {
        let model = try copy("TinyLlama")
        let config = try String(contentsOf: model.appending(path: "config.json"), encoding: .utf8)
        func failure(afterReplacing old: String, with new: String) throws -> String {
            try directory.write(config.replacing(old, with: new), to: "model/config.json")
            return self.failure(model)?.message ?? ""
        }
        #expect(try failure(afterReplacing: "\"vocab_size\": 300", with: "\"vocab_size\": 301").contains("[300, 32]"))
        #expect(
            try failure(afterReplacing: "hidden_layers\": 2", with: "hidden_layers\": 3").contains("model.layers.2."))
        #expect(try failure(afterReplacing: "hidden_layers\": 2", with: "hidden_layers\": 1").contains("does not have"))
        #expect(
            try failure(afterReplacing: "embeddings\": true", with: "embeddings\": false").contains("lm_head.weight"))
        #expect(
            try failure(afterReplacing: "attention_bias\": false", with: "attention_bias\": true").contains(
                "q_proj.bias"))
    }

    @Test(.enabled(if: Fixture.smolLM2 != nil)) func opensSmolLM2() throws {
        let model = try ModelFiles(contentsOf: try #require(Fixture.smolLM2))
        #expect(model.architecture.layerCount == 30 && model.architecture.vocabularySize == 49152)
        #expect(try model.tensor("model.layers.29.mlp.down_proj.weight").shape == [576, 1536])
    }
}
