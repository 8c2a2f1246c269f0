@testable import MLOpsTraining
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// New adapters: where their numbers lie, how they are drawn, what is refused.
@Suite struct LoRAAdapterTests {
    private let architecture: DecoderArchitecture

    init() throws { architecture = try ModelFiles(contentsOf: Fixture.tinyLlama).architecture }

    private func adapter(_ configuration: LoRAConfiguration, seed: UInt64 = 1) throws -> LoRAAdapter {
        try LoRAAdapter(
            configuration: configuration, layout: LoRALayout(architecture, configuration: configuration), seed: seed)
    }

    @Test func modulesTileTheBufferWithoutGaps() throws {
        let layout = try LoRALayout(architecture, configuration: LoRAConfiguration(rank: 3))
        #expect(layout.modules.count == architecture.layerCount * 7)
        var end = 0
        for module in layout.modules {
            #expect(module.a.lowerBound == end && module.b.lowerBound == module.a.upperBound)
            #expect(module.a.count == 3 * module.shape.inputs && module.b.count == 3 * module.shape.outputs)
            end = module.b.upperBound
        }
        #expect(end == layout.parameterCount)
    }

    @Test func aNewAdapterChangesNothingAndCanLearn() throws {
        let model = try DecoderModel(contentsOf: Fixture.tinyLlama)
        let adapter = try adapter(LoRAConfiguration(rank: 4))
        let ids: [Int32] = [1, 5, 250, 17]
        #expect(try model.logits(of: ids, adapter: adapter).last == model.logits(of: ids).last)
        let row = TokenizedExample(ids: ids, isSupervised: [false, true, true, true])
        let gradients = try model.lossAndGradients(of: [row], adapter: adapter).gradients.values
        for module in adapter.layout.modules {
            #expect(gradients[module.a].allSatisfy { $0 == 0 }, "A cannot move while B is zero")
            #expect(gradients[module.b].contains { $0 != 0 }, "\(module.path)")
        }
    }

    @Test func drawsAAsPEFTDoesAndBZero() throws {
        for initialization in [AdapterConfiguration.Initialization.standard, .gaussian] {
            let adapter = try adapter(LoRAConfiguration(rank: 16, initialization: initialization))
            for module in adapter.layout.modules {
                let a = adapter.parameters[module.a].map { Double($0) }
                let bound = 1 / Double(module.shape.inputs).squareRoot()
                let variance = initialization == .standard ? bound * bound / 3 : 1 / 256.0
                let measured = a.reduce(0) { $0 + $1 * $1 } / Double(a.count)
                #expect(abs(measured - variance) < 5 * variance * (2 / Double(a.count)).squareRoot())
                #expect(abs(a.reduce(0, +)) < 5 * (variance * Double(a.count)).squareRoot())
                #expect(initialization == .gaussian || a.allSatisfy { abs($0) <= bound })
                #expect(adapter.parameters[module.b].allSatisfy { $0 == 0 })
            }
        }
    }

    @Test func equalSeedsGiveEqualNumbersAndOthersDoNot() throws {
        let configuration = LoRAConfiguration(rank: 2)
        #expect(try adapter(configuration) == adapter(configuration))
        #expect(try adapter(configuration) != adapter(configuration, seed: 2))
    }

    @Test(arguments: [
        (LoRAConfiguration(rank: 0), "lora_r"), (LoRAConfiguration(rank: -1), "lora_r"),
        (LoRAConfiguration(rank: 4097), "lora_r"), (LoRAConfiguration(alpha: 0), "lora_alpha"),
        (LoRAConfiguration(alpha: -.infinity), "lora_alpha"), (LoRAConfiguration(alpha: .nan), "lora_alpha"),
        (LoRAConfiguration(dropout: 1), "lora_dropout"), (LoRAConfiguration(dropout: -0.1), "lora_dropout"),
        (LoRAConfiguration(dropout: .nan), "lora_dropout"),
        (LoRAConfiguration(targetModules: []), "lora_target_modules"),
        (LoRAConfiguration(targetModules: ["q_proj", "lm_head"]), "lm_head"),
        (LoRAConfiguration(targetModules: ["proj"]), "'proj'"),
        (LoRAConfiguration(initialization: .pissa), "pissa"),
    ])
    func valuesOutOfRangeAreRefusedByName(configuration: LoRAConfiguration, word: String) throws {
        let error = try #require(throws: AdapterError.self) { try adapter(configuration) }
        #expect(error.message.contains(word), "\(error.message)")
        #expect(error.exitStatus == .configuration)
    }

    @Test func targetsMatchWholeNamesAtTheEndOfAPath() throws {
        func paths(_ targets: [String]) throws -> [String] {
            try LoRALayout(architecture, configuration: LoRAConfiguration(targetModules: targets)).modules.map(\.path)
        }
        #expect(try paths(["layers.1.self_attn.v_proj"]) == ["model.layers.1.self_attn.v_proj"])
        #expect(try paths(["model.layers.0.mlp.up_proj"]) == ["model.layers.0.mlp.up_proj"])
        #expect(try paths(["q_proj", "self_attn.q_proj"]).count == 2)
    }

    @Test func patternsOfRanksAndAlphasStandForSomeModule() throws {
        func error(_ ranks: OrderedDictionary<String, Int>, alphas: OrderedDictionary<String, Double> = [:]) -> String?
        {
            let configuration = LoRAConfiguration(
                targetModules: ["q_proj"], rankPattern: ranks, alphaPattern: alphas, layersToTransform: [0])
            do {
                _ = try LoRAAdapter(for: architecture, configuration: configuration)
                return nil
            } catch {
                return error.exitStatus == .configuration ? error.message : ""
            }
        }
        #expect(error([#"layers\.[01]\..*"#: 3, "q_proj": 5], alphas: ["self_attn.q_proj": 2]) == nil)
        #expect(error(["q_proj": 3, "v_proj": 3])?.contains("rank_pattern names 'v_proj'") == true)
        #expect(error([:], alphas: ["q_pro": 3])?.contains("alpha_pattern names 'q_pro'") == true)
        let model = try DecoderModel(ModelFiles(contentsOf: Fixture.tinyLlama))
        let unused = LoRAConfiguration(rankPattern: ["q_porj": 3])
        #expect(throws: AdapterError.self) { try AdapterTraining(model: model, configuration: unused) }
        #expect(error([#"layers\.1\..*"#: 3])?.contains(#"rank_pattern names 'layers\.1"#) == true)
    }

    @Test func aPatternIsOfWholePathsAsInPEFT() throws {
        func paths(_ pattern: String, _ excluded: String? = nil) throws -> [String] {
            let configuration = LoRAConfiguration(targetModules: [], targetPattern: pattern, excludedPattern: excluded)
            return try LoRALayout(architecture, configuration: configuration).modules.map(\.path)
        }
        let last = architecture.layerCount - 1
        #expect(
            try paths(#".*\.\#(last)\..*(up|k)_proj"#)
                == ["self_attn.k_proj", "mlp.up_proj"].map { "model.layers.\(last).\($0)" })
        #expect(
            try paths(".*[qv]_proj", #".*\.0\..*|.*q_proj"#).allSatisfy {
                $0.hasSuffix("v_proj") && !$0.contains(".0.")
            })
        for (pattern, word) in [
            ("q_proj", "regular expression for whole names"), (".*", "'model'"), (".*head|.*q_proj", "lm_head"),
            (".*norm", "model.norm"), ("(", "lora_target_modules"),
        ] {
            let error = #expect(throws: AdapterError.self) { try paths(pattern) }
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
        }
        let both = LoRAConfiguration(targetModules: [], targetPattern: ".*q_proj", layersToTransform: [0])
        #expect(throws: AdapterError.self) { try LoRALayout(architecture, configuration: both) }
    }

    @Test func aPatternIsWrittenForPEFTAndAllLinearAsNames() throws {
        let directory = try TemporaryDirectory()
        var configuration = LoRAConfiguration(rank: 2, targetModules: [], targetPattern: ".*[qk]_proj")
        configuration.excludedPattern = ".*layers.0.*k_proj"
        let adapter = try adapter(configuration)
        try adapter.write(to: directory.url("adapter"))
        let config = try JSONValue(parsing: WholeFile.read(directory.url("adapter/adapter_config.json")))
        #expect(config["target_modules"] == ".*[qk]_proj" && config["exclude_modules"] == ".*layers.0.*k_proj")
        let read = try LoRAAdapter(contentsOf: directory.url("adapter"), for: architecture)
        #expect(read == adapter)
        let all = try LoRAAdapter(
            for: architecture, configuration: LoRAConfiguration(rank: 2, targetModules: [], targetPattern: "All-Linear")
        )
        #expect(all.configuration.targetModules == AdapterConfiguration.allProjections)
        #expect(all.configuration.targetPattern == nil)
    }

    @Test func excludedModulesGetNoneAndAreWrittenForPEFT() throws {
        let names = ["q_proj", "v_proj"]
        let configuration = LoRAConfiguration(
            rank: 2, targetModules: names, excludedModules: ["v_proj", "layers.0.self_attn.q_proj"])
        let adapter = try adapter(configuration)
        #expect(
            adapter.layout.modules.map(\.path)
                == (1..<architecture.layerCount).map { "model.layers.\($0).self_attn.q_proj" })
        let directory = try TemporaryDirectory()
        try adapter.write(to: directory.url("adapter"))
        let config = try JSONValue(parsing: WholeFile.read(directory.url("adapter/adapter_config.json")))
        #expect(config["exclude_modules"] == ["v_proj", "layers.0.self_attn.q_proj"])
        let read = try LoRAAdapter(contentsOf: directory.url("adapter"), for: architecture)
        #expect(read.layout == adapter.layout && read.parameters == adapter.parameters)
        #expect(read.configuration.excludedModules == configuration.excludedModules)
        for (excluded, word) in [(["k_proj"], "k_proj"), (names, "leave no linear layer")] {
            let error = #expect(throws: AdapterError.self) {
                try self.adapter(LoRAConfiguration(targetModules: names, excludedModules: excluded))
            }
            #expect(error?.message.contains(word) == true)
        }
    }

    @Test func theScaleIsAlphaOverRankOrItsRoot() {
        #expect(LoRAConfiguration(rank: 16, alpha: 8).scale == 0.5)
        #expect(LoRAConfiguration(rank: 16, alpha: 8, usesRankStabilizedScale: true).scale == 2)
    }
}
