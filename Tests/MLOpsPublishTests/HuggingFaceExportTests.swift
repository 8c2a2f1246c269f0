import Foundation
import MLOpsCore
import MLOpsPublish
import OrderedCollections
import TestSupport
import Testing

@Suite struct HuggingFaceExportTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: HuggingFaceExport.WeightType.allCases)
    func theDirectoryIsTheMergedModel(type: HuggingFaceExport.WeightType) throws {
        let merged = try MergedModelTests.merged()
        let files = try HuggingFaceExport(merged, type: type).write(to: directory.url("out"))
        #expect(files.last == "config.json" && files.first == "model.safetensors")
        let model = try ModelFiles(contentsOf: directory.url("out"))
        #expect(model.architecture == merged.base.architecture)
        for name in merged.tensorNames {
            let expected = ElementEncoding.bytes(try merged.floats(name), as: type.elementType)
            #expect(try model.tensor(name).bytes() == expected, "\(name)")
        }
        #expect(
            model.configJSON?["dtype"]
                == .string(["f32": "float32", "f16": "float16", "bf16": "bfloat16"][type.rawValue] ?? ""))
        #expect(try model.tokenizerJSON() == merged.base.tokenizerJSON())
        #expect(try model.chatTemplate() == merged.base.chatTemplate())
        #expect(try model.eosIDs() == [2])
    }

    @Test func equalInputsGiveEqualBytes() throws {
        for name in ["a", "b"] {
            _ = try HuggingFaceExport(MergedModelTests.merged(), type: .bf16).write(to: directory.url(name))
        }
        let weights = try ["a", "b"].map { try Data(contentsOf: directory.url("\($0)/model.safetensors")) }
        #expect(weights[0] == weights[1])
    }

    @Test func aLargeModelIsWrittenInShards() throws {
        let merged = try MergedModelTests.merged()
        var export = HuggingFaceExport(merged, type: .f32)
        export.maximumShardSize = 40_000
        let files = try export.write(to: directory.url("out"))
        #expect(files.contains("model-00001-of-00003.safetensors") && files.contains("model.safetensors.index.json"))
        let model = try ModelFiles(contentsOf: directory.url("out"))
        for name in merged.tensorNames { #expect(try model.tensor(name).floats() == merged.floats(name)) }
    }

    /// The model of the GGUF fixture is TinyLlama, so the directory made from it must be TinyLlama too.
    @Test func aGGUFModelBecomesTheDirectoryItCameFrom() throws {
        let base = try ModelFiles(contentsOf: Fixture.url("TensorFile/tiny-llama.gguf"))
        _ = try HuggingFaceExport(MergedModel(base: base), type: .init(of: base)).write(to: directory.url("out"))
        let original = try ModelFiles(contentsOf: Fixture.tinyLlama)
        let model = try ModelFiles(contentsOf: directory.url("out"))
        #expect(model.architecture == original.architecture)
        for name in original.tensorNames { #expect(try model.tensor(name).bytes() == original.tensor(name).bytes()) }
        for key in ["rms_norm_eps", "bos_token_id", "eos_token_id", "pad_token_id", "hidden_act", "vocab_size"] {
            #expect(model.configJSON?[key] == original.configJSON?[key], "\(key)")
        }
        #expect(try model.chatTemplate() == original.chatTemplate())
        let vocabulary = try model.tokenizerJSON()?["model"]?["vocab"]?.object
        let expected = try original.tokenizerJSON()?["model"]?["vocab"]?.object
        #expect(
            try #require(vocabulary).allSatisfy { expected?[$0.key] == $0.value }
                && vocabulary?.count == expected?.count)
        let tokenizer = try PretrainedTokenizer(json: try #require(try model.tokenizerJSON()))
        let reference = try PretrainedTokenizer(json: try #require(try original.tokenizerJSON()))
        let text = "The gate compares 12 rows.\n<|im_end|> é 模型  it's"
        #expect(try tokenizer.encode(text) == reference.encode(text))
    }

    /// transformers' folder of named templates, and the keys that gguf 0.19.0 writes them under.
    @Test func templatesWithNamesAreCopied() throws {
        try FileManager.default.copyItem(at: Fixture.tinyLlama, to: directory.url("named"))
        try directory.write("{{ tools }}", to: "named/additional_chat_templates/tool_use.jinja")
        try directory.write("{{ x }}", to: "named/additional_chat_templates/a-b.jinja")
        try directory.write("no template", to: "named/additional_chat_templates/notes.txt")
        let model = try MergedModel(base: ModelFiles(contentsOf: directory.url("named")))
        let written = try HuggingFaceExport(model, type: .bf16).write(to: directory.url("out"))
        #expect(written.contains("additional_chat_templates/tool_use.jinja"))
        let copied = try ModelFiles(contentsOf: directory.url("out"))
        #expect(try copied.chatTemplates() == model.base.chatTemplates())
        #expect(!FileManager.default.fileExists(atPath: directory.url("out/additional_chat_templates/notes.txt").path))
        try GGUFExport(model, type: .f32).write(to: directory.url("named.gguf"))
        let metadata = try GGUFFile(contentsOf: directory.url("named.gguf")).metadata
        #expect(metadata["tokenizer.chat_templates"]?.strings == ["a_b", "tool_use"])
        #expect(metadata["tokenizer.chat_template.tool_use"]?.string == "{{ tools }}")
        #expect(metadata["tokenizer.chat_template.a_b"]?.string == "{{ x }}")
        #expect(try metadata["tokenizer.chat_template"]?.string == model.base.chatTemplate())
        let file = try MergedModel(base: ModelFiles(contentsOf: directory.url("named.gguf")))
        _ = try HuggingFaceExport(file, type: .f32).write(to: directory.url("back"))
        let back = try ModelFiles(contentsOf: directory.url("back"))
        #expect(try back.chatTemplate(hasTools: true) == "{{ tools }}")
        #expect(try back.chatTemplate() == model.base.chatTemplate())
    }

    @Test func aPlaceWithOtherWeightsIsRefused() throws {
        let export = HuggingFaceExport(try MergedModelTests.merged(), type: .bf16)
        for name in ["pytorch_model.bin", "model.safetensors.index.json", "adapter_model.safetensors", "x.gguf"] {
            try directory.write("", to: "\(name).d/\(name)")
            let error = #expect(throws: PublishError.self) { try export.write(to: directory.url("\(name).d")) }
            #expect(error?.code == .outputInTheWay && error?.message.contains(name) == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url("\(name).d").path) == [name])
        }
        let itself = #expect(throws: PublishError.self) { try export.write(to: Fixture.tinyLlama) }
        #expect(itself?.code == .outputInTheWay)
    }

    @Test func aNumberBeyondTheTypeIsNamed() throws {
        try FileManager.default.copyItem(at: Fixture.tinyLlama, to: directory.url("model"))
        let source = try SafetensorsFile(contentsOf: Fixture.tinyLlama.appending(path: "model.safetensors"))
        let tensors = source.names.compactMap { source[$0] }.map { tensor in
            guard tensor.name == "model.norm.weight" else { return TensorToWrite(tensor) }
            return TensorToWrite(
                name: tensor.name, elementType: .bf16, shape: [32], floats: .init(repeating: 1e6, count: 32))
        }
        try SafetensorsWriter.write(tensors, to: directory.url("model/model.safetensors"))
        let model = try MergedModel(base: ModelFiles(contentsOf: directory.url("model")))
        let error = #expect(throws: PublishError.self) {
            try HuggingFaceExport(model, type: .f16).write(to: directory.url("out"))
        }
        #expect(error?.message.contains("model.norm.weight") == true)
        #expect(!FileManager.default.fileExists(atPath: directory.url("out/config.json").path))
    }
}
