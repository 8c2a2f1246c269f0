import Foundation
@testable import MLOpsTraining
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// Adapter files: those of PEFT, our own, and broken ones.
@Suite struct AdapterReadingTests {
    private let architecture: DecoderArchitecture
    private let directory: TemporaryDirectory
    private var folder: URL { directory.url("adapter") }

    init() throws {
        architecture = try ModelFiles(contentsOf: Fixture.tinyLlama).architecture
        directory = try TemporaryDirectory()
        try FileManager.default.copyItem(at: Fixture.url("Training/adapter"), to: directory.url("adapter"))
    }

    private func read() throws -> LoRAAdapter { try LoRAAdapter(contentsOf: folder, for: architecture) }

    private func rewriteConfiguration(_ change: (inout JSONObject) -> Void) throws {
        let url = folder.appending(path: "adapter_config.json")
        var members = try #require(try JSONValue(parsing: WholeFile.read(url)).object)
        change(&members)
        try WholeFile.write(JSONValue.object(members).text(), to: url)
    }

    private func rewriteTensors(_ change: (TensorData) -> TensorToWrite?) throws {
        let url = folder.appending(path: "adapter_model.safetensors")
        let file = try SafetensorsFile(contentsOf: url)
        let tensors = file.names.compactMap { file[$0] }.compactMap(change)
        try SafetensorsWriter.write(tensors, to: url)
    }

    @Test func readsWhatPEFTWroteAndComputesWhatItComputes() throws {
        let adapter = try read()
        #expect(adapter.configuration.rank == 3 && adapter.configuration.alpha == 7)
        #expect(adapter.configuration.dropout == 0.1)
        #expect(adapter.layout.modules.count == 6)
        let expected = try JSONValue(parsing: WholeFile.read(Fixture.url("Training/adapter.json")))
        let ids = try #require(expected["ids"]).ids
        let model = try DecoderModel(contentsOf: Fixture.tinyLlama)
        let (logits, _) = try model.logits(of: ids, adapter: adapter)
        #expect(relativeDifference(logits, try #require(expected["logits"]).floats) < 1e-5)
        #expect(relativeDifference(logits, try model.logits(of: ids).last) > 1e-2, "the adapter matters")
    }

    @Test func namesThatNoModuleOfTheModelHasAreLeftOut() throws {
        let names = try read().configuration.targetModules
        try rewriteConfiguration { $0["target_modules"] = .array((names + ["qkv_proj", "qq"]).map { .string($0) }) }
        #expect(try read().configuration.targetModules == names)
    }

    /// PEFT's file sorts patterns, of which the first that matches counts: the run's own settings know the order.
    @Test func patternsCountInTheOrderInWhichTheyWereGiven() throws {
        let name = try #require(try read().layout.modules.first).projection.rawValue
        try rewriteConfiguration { $0["alpha_pattern"] = .object([".*": 1, name: 9]) }
        let sorted = try read()
        let given = LoRAConfiguration(alphaPattern: [name: 9, ".*": 1])
        let ordered = try LoRAAdapter(contentsOf: folder, besideMovedWeightsOf: architecture, configured: given)
        #expect(ordered.layout.modules[0].scale == 9 * sorted.layout.modules[0].scale)
        #expect(ordered.configuration.alphaPattern.keys.first == name)
        let others = LoRAConfiguration(alphaPattern: [name: 8, ".*": 1])
        let kept = try LoRAAdapter(contentsOf: folder, besideMovedWeightsOf: architecture, configured: others)
        #expect(kept.layout == sorted.layout)
    }

    @Test(arguments: [false, true], [AdapterConfiguration.Initialization.standard, .gaussian])
    func whatIsWrittenReadsBackBitForBit(
        stabilized: Bool, initialization: AdapterConfiguration.Initialization
    ) throws {
        let configuration = LoRAConfiguration(
            rank: 5, alpha: 2.5, dropout: 0.25, targetModules: ["k_proj", "up_proj"],
            usesRankStabilizedScale: stabilized, initialization: initialization)
        let layout = try LoRALayout(architecture, configuration: configuration)
        var adapter = try LoRAAdapter(configuration: configuration, layout: layout, seed: 4)
        for i in adapter.parameters.indices { adapter.parameters[i] += Float(i) * 1e-7 }
        try adapter.write(to: directory.url("a/new/place"), baseModel: "base")
        let back = try LoRAAdapter(contentsOf: directory.url("a/new/place"), for: architecture)
        #expect(back.parameters == adapter.parameters && back.layout == layout)
        #expect(back.configuration.scale == configuration.scale && back.configuration.dropout == 0.25)
        #expect(back.configuration.targetModules == configuration.targetModules)
        // Written again: the same bytes.
        try adapter.write(to: directory.url("again"), baseModel: "base")
        for name in ["adapter_config.json", "adapter_model.safetensors"] {
            #expect(
                try WholeFile.read(directory.url("again/\(name)"))
                    == WholeFile.read(directory.url("a/new/place/\(name)")))
        }
    }

    /// A change of `adapter_config.json`, and what the error must name.
    struct Change: CustomTestStringConvertible, Sendable {
        let key: String
        let value: JSONValue?
        var code: AdapterError.Code = .unsupported
        var word: String?
        var testDescription: String { "\(key): \(value.map { $0.text() } ?? "missing")" }
    }

    static let changes = [
        Change(key: "peft_type", value: "LOHA"),
        Change(key: "use_dora", value: true, code: .invalidFile, word: "lora_magnitude_vector"),
        Change(key: "bias", value: "boft_only"), Change(key: "fan_in_fan_out", value: true),
        Change(key: "lora_bias", value: true, code: .invalidFile, word: "lora_B.bias"),
        Change(key: "lora_bias", value: 1, code: .invalidFile),
        Change(key: "modules_to_save", value: ["lm_head"], code: .invalidFile),
        Change(key: "modules_to_save", value: ["norm"], code: .invalidFile),
        Change(key: "modules_to_save", value: ["mlp"], code: .invalidFile),
        Change(key: "modules_to_save", value: ["q_proj"], code: .invalidFile),
        Change(key: "modules_to_save", value: ["layers"], code: .invalidConfiguration),
        Change(key: "rank_pattern", value: ["q_proj": 2], code: .invalidFile, word: "q_proj.lora_A.weight"),
        Change(key: "rank_pattern", value: ["q_proj": 2.5], code: .invalidFile),
        Change(key: "rank_pattern", value: ["q_proj": 5000], code: .invalidConfiguration),
        Change(key: "rank_pattern", value: ["q_(?<n>proj)": 2]),
        Change(key: "rank_pattern", value: ["q_proj": 0], code: .invalidFile),
        Change(key: "alpha_pattern", value: ["q_proj": 0], code: .invalidFile),
        Change(key: "alpha_pattern", value: [1], code: .invalidFile),
        Change(key: "layers_to_transform", value: [2], code: .invalidConfiguration),
        Change(key: "layers_to_transform", value: ["a"], code: .invalidFile),
        Change(key: "init_lora_weights", value: "pissa"), Change(key: "init_lora_weights", value: "loftq"),
        Change(key: "layer_replication", value: [[0, 1]]),
        Change(key: "trainable_token_indices", value: [3], code: .invalidFile),
        Change(key: "trainable_token_indices", value: ["a"], code: .invalidFile),
        Change(key: "trainable_token_indices", value: ["embed_tokens": 3], code: .invalidFile),
        Change(key: "trainable_token_indices", value: ["q_proj": [3]], code: .invalidConfiguration),
        Change(key: "target_parameters", value: ["x"]), Change(key: "use_bdlora", value: true),
        Change(key: "r", value: nil, code: .invalidFile), Change(key: "r", value: "three", code: .invalidFile),
        Change(key: "r", value: 2.5, code: .invalidFile), Change(key: "lora_alpha", value: nil, code: .invalidFile),
        Change(key: "lora_dropout", value: "much", code: .invalidFile),
        Change(key: "use_rslora", value: 1, code: .invalidFile),
        Change(key: "target_modules", value: nil, code: .invalidFile),
        Change(key: "target_modules", value: [1], code: .invalidFile),
        Change(key: "peft_type", value: nil), Change(key: "loftq_config", value: ["bits": 4]),
        Change(key: "corda_config", value: ["verbose": true]), Change(key: "kasa_config", value: ["beta": 0.1]),
        Change(key: "monteclora_config", value: ["samples": 2]), Change(key: "lora_ga_config", value: ["a": 1]),
        Change(key: "init_lora_weights", value: "corda"), Change(key: "something_new", value: 1),
        Change(key: "alora_invocation_tokens", value: [7]), Change(key: "arrow_config", value: ["top_k": 3]),
        Change(key: "r", value: 0, code: .invalidFile), Change(key: "r", value: -3, code: .invalidFile),
        Change(key: "r", value: 1_000_000, code: .invalidConfiguration),
        Change(key: "lora_alpha", value: 0, code: .invalidFile),
        Change(key: "lora_alpha", value: -8, code: .invalidFile),
        Change(key: "lora_alpha", value: .number(.infinity), code: .invalidFile),
        Change(key: "lora_dropout", value: 2, code: .invalidFile),
        Change(key: "lora_dropout", value: 1, code: .invalidConfiguration),
        Change(key: "target_modules", value: ["qq"], code: .invalidConfiguration, word: "'qq'"),
        Change(key: "r", value: 4, code: .invalidFile, word: "q_proj.lora_A.weight"),
        Change(
            key: "target_modules", value: ["q_proj", "o_proj", "down_proj", "v_proj"], code: .invalidFile,
            word: "v_proj"),
        Change(key: "target_modules", value: ["q_proj", "o_proj"], code: .invalidFile, word: "down_proj"),
    ]

    @Test(arguments: changes)
    func aConfigurationThatAsksForMoreIsRefusedByName(change: Change) throws {
        try rewriteConfiguration { $0[change.key] = change.value }
        let error = try #require(throws: AdapterError.self) { try read() }
        #expect(error.code == change.code, "\(error.message)")
        #expect(error.message.contains(change.word ?? change.key), "\(error.message)")
    }

    @Test(arguments: ["layers_to_transform", "target_modules"])
    func modulesPickedByLayerOrPatternAreTakenFromTheTensors(key: String) throws {
        let expected = try read()
        if key == "target_modules" {
            try rewriteConfiguration { $0[key] = #".*\.(q_proj|o_proj|down_proj)"# }
            #expect(try read().parameters == expected.parameters)
        } else {
            try rewriteConfiguration { $0[key] = [1] }
            try rewriteTensors { $0.name.contains("layers.1.") ? TensorToWrite($0) : nil }
            #expect(try read().layout.modules.map(\.layer) == [1, 1, 1])
        }
    }

    @Test func aMissingTensorIsNamed() throws {
        let name = "base_model.model.model.layers.1.self_attn.o_proj.lora_B.weight"
        try rewriteTensors { $0.name == name ? nil : TensorToWrite($0) }
        let error = try #require(throws: AdapterError.self) { try read() }
        #expect(error.code == .invalidFile && error.message.contains(name))
    }

    @Test func aTensorThatBelongsNowhereIsNamed() throws {
        let name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
        try rewriteTensors { $0.name == name ? TensorToWrite($0.renamed("other.weight")) : TensorToWrite($0) }
        let missing = try #require(throws: AdapterError.self) { try read() }
        #expect(missing.message.contains(name))
        let url = folder.appending(path: "adapter_model.safetensors")
        let file = try SafetensorsFile(contentsOf: Fixture.url("Training/adapter/adapter_model.safetensors"))
        let extra = TensorToWrite(name: "other.weight", shape: [1], floats: [1])
        try SafetensorsWriter.write(file.names.compactMap { file[$0] }.map { TensorToWrite($0) } + [extra], to: url)
        let error = try #require(throws: AdapterError.self) { try read() }
        #expect(error.code == .invalidFile && error.message.contains("other.weight"))
    }

    @Test func aWrongShapeAndAWrongTypeAreNamed() throws {
        let name = "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight"
        try rewriteTensors { $0.name == name ? TensorToWrite($0.reshaped($0.shape.reversed())) : TensorToWrite($0) }
        var error = try #require(throws: AdapterError.self) { try read() }
        #expect(error.code == .invalidFile && error.message.contains(name) && error.message.contains("[3, 64]"))
        try rewriteTensors { tensor in
            let bytes = [UInt8](repeating: 0, count: tensor.elementCount)
            return tensor.name == name
                ? TensorToWrite(name: name, elementType: .i8, shape: [3, 64]) { bytes } : TensorToWrite(tensor)
        }
        error = try #require(throws: AdapterError.self) { try read() }
        #expect(error.code == .invalidFile && error.message.contains(name) && error.message.contains("I8"))
    }

    @Test func missingAndDamagedFilesAreErrorsThatNameThem() throws {
        let config = folder.appending(path: "adapter_config.json")
        let weights = folder.appending(path: "adapter_model.safetensors")
        let bytes = try WholeFile.read(weights)
        for count in [0, 7, 100, bytes.count / 2, bytes.count - 1] {
            try Data(bytes.prefix(count)).write(to: weights)
            let error = try #require(throws: TensorFileError.self) { try read() }
            #expect(error.message.contains("adapter_model.safetensors"))
        }
        try FileManager.default.removeItem(at: weights)
        #expect(throws: TensorFileError.self) { try read() }
        for text in ["", "{", "[]", "not json", "\u{0}"] {
            try Data(text.utf8).write(to: config)
            let error = try #require(throws: AdapterError.self) { try read() }
            #expect(error.code == .invalidFile && error.message.contains("adapter_config.json"))
        }
        try FileManager.default.removeItem(at: config)
        let error = try #require(throws: AdapterError.self) { try read() }
        #expect(error.code == .missingFile && error.message.contains("adapter_config.json"))
    }
}
