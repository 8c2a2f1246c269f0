import Foundation
import MLOpsCore
import MLOpsPublish
import OrderedCollections
import TestSupport
import Testing

@Suite struct MergedModelTests {
    static func merged() throws -> MergedModel {
        try MergedModel(
            base: ModelFiles(contentsOf: Fixture.tinyLlama),
            adapter: AdapterFiles(contentsOf: Fixture.url("Publish/adapter")))
    }

    /// Golden: peft 0.21.2, by Tests/Fixtures/Scripts/make_publish.py.
    @Test func weightsAreThoseThatPEFTMerges() throws {
        let golden = try SafetensorsFile(contentsOf: Fixture.url("Publish/merged.safetensors"))
        let merged = try Self.merged()
        for name in golden.names {
            let expected = try #require(golden[name]?.floats())
            let difference = zip(try merged.floats(name), expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(difference <= 2e-7, "\(name)")
            #expect(try merged.floats(name) != merged.base.tensor(name).floats())
        }
    }

    @Test func whatTheAdapterLeavesAloneStays() throws {
        let merged = try Self.merged()
        for name in ["model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight", "model.norm.weight"] {
            #expect(try merged.floats(name) == merged.base.tensor(name).floats())
        }
        #expect(merged.tensorNames.first == "model.embed_tokens.weight")
        #expect(Set(merged.tensorNames) == Set(merged.base.tensorNames))
    }

    @Test(arguments: [Float.nan, .infinity], ["lora_A", "lora_B"])
    func anAdapterWithANumberThatIsNotFiniteIsNamed(value: Float, part: String) throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.copyItem(at: Fixture.url("Publish/adapter"), to: directory.url("adapter"))
        let weights = directory.url("adapter/adapter_model.safetensors")
        let name = "base_model.model.model.layers.0.self_attn.q_proj.\(part).weight"
        let file = try SafetensorsFile(contentsOf: Fixture.url("Publish/adapter/adapter_model.safetensors"))
        try SafetensorsWriter.write(
            file.names.compactMap { file[$0] }.map { tensor in
                var floats = tensor.floats()
                if tensor.name == name { floats[1] = value }
                return TensorToWrite(name: tensor.name, shape: tensor.shape, floats: floats)
            }, to: weights)
        let merged = try MergedModel(
            base: ModelFiles(contentsOf: Fixture.tinyLlama), adapter: AdapterFiles(contentsOf: directory.url("adapter"))
        )
        let error = #expect(throws: ModelFileError.self) {
            try merged.floats("model.layers.0.self_attn.q_proj.weight")
        }
        #expect(error?.message.contains(name) == true && error?.exitStatus == .invalidData)
    }

    @Test func anAdapterOfAnotherModelIsNamed() throws {
        let directory = try TemporaryDirectory()
        let config: JSONValue = ["peft_type": "LORA", "r": 2, "lora_alpha": 4]
        try directory.write(config.text(), to: "adapter_config.json")
        func failure(_ module: String, outputs: Int, inputs: Int) throws -> PublishError? {
            let name = "base_model.model.\(module)"
            try SafetensorsWriter.write(
                [
                    TensorToWrite(
                        name: "\(name).lora_A.weight", shape: [2, inputs],
                        floats: .init(repeating: 1, count: 2 * inputs)),
                    TensorToWrite(
                        name: "\(name).lora_B.weight", shape: [outputs, 2],
                        floats: .init(repeating: 1, count: 2 * outputs)),
                ], to: directory.url("adapter_model.safetensors"))
            let adapter = try AdapterFiles(contentsOf: directory.url)
            let base = try ModelFiles(contentsOf: Fixture.tinyLlama)
            return #expect(throws: PublishError.self) { try MergedModel(base: base, adapter: adapter) }
        }
        let layer = try failure("model.layers.7.self_attn.q_proj", outputs: 32, inputs: 32)
        #expect(layer?.message.contains("model.layers.7.self_attn.q_proj") == true && layer?.exitStatus == .invalidData)
        #expect(
            try failure("model.layers.0.self_attn.q_proj", outputs: 48, inputs: 32)?.message.contains("[48, 32]")
                == true)
        #expect(try failure("model.norm", outputs: 32, inputs: 32)?.message.contains("model.norm") == true)
        #expect(try failure("lm_head", outputs: 300, inputs: 32)?.message.contains("lm_head") == true)
    }
}
