@testable import MLOpsTraining
import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// PiSSA and OLoRA: adapters that begin with a part of the weights.
@Suite struct MovedWeightsTests {
    static let starts: [AdapterConfiguration.Initialization] = [.pissa, .pissaFast(iterations: 3), .olora]
    private let kind = TinyModel.wide
    private let directory: TemporaryDirectory
    private let model: DecoderModel

    init() throws {
        directory = try TemporaryDirectory()
        model = try kind.load(in: directory)
    }

    private func configuration(
        _ start: AdapterConfiguration.Initialization, stabilized: Bool = false, decomposed: Bool = false
    ) -> LoRAConfiguration {
        LoRAConfiguration(
            rank: 4, alpha: 6, rankPattern: ["v_proj": 3], alphaPattern: ["o_proj": 2],
            usesRankStabilizedScale: stabilized, usesWeightDecomposition: decomposed, initialization: start)
    }

    @Test(arguments: starts, [false, true])
    func theStartChangesNothingAndTrainingIsSavedForTheBaseModel(
        start: AdapterConfiguration.Initialization, decomposed: Bool
    ) throws {
        for stabilized in [false, true] {
            var training = try AdapterTraining(
                model: model, configuration: configuration(start, stabilized: stabilized, decomposed: decomposed))
            let ids = kind.rows([25])[0].ids
            func beside() throws -> [Float] { try training.model.logits(of: ids, adapter: training.adapter).last }
            #expect(relativeDifference(try beside(), try model.logits(of: ids).last) < 1e-4)
            #expect(
                relativeDifference(try training.model.logits(of: ids).last, try model.logits(of: ids).last) > 0.01,
                "the part is gone from the weights")

            var numbers = TestNumbers(7)
            training.withParameters { parameters in
                for i in parameters.indices { parameters[i] += 0.05 * numbers.float() }
            }
            try training.writeModel(to: directory.url("out"))
            let saved = try LoRAAdapter(contentsOf: directory.url("out"), for: model.architecture)
            #expect(saved.configuration.rank == 8 && saved.configuration.initialization == .standard)
            #expect(relativeDifference(try model.logits(of: ids, adapter: saved).last, try beside()) < 1e-4)

            // And it is taken up again, bit for bit.
            var other = try AdapterTraining(
                model: model, configuration: configuration(start, stabilized: stabilized, decomposed: decomposed))
            try other.readParameters(from: directory.url("out"))
            #expect(other.parameters == training.parameters)
        }
    }

    @Test func anAdapterForMovedWeightsIsNotTakenForOneOfTheBase() throws {
        let training = try AdapterTraining(model: model, configuration: configuration(.pissa))
        try training.adapter.write(to: directory.url("raw"))
        let error = #expect(throws: AdapterError.self) {
            try LoRAAdapter(contentsOf: directory.url("raw"), for: model.architecture)
        }
        #expect(error?.message.contains("init_lora_weights") == true)
        #expect(throws: ModelFileError.self) { try AdapterFiles(contentsOf: directory.url("raw")) }
        // But training goes on from it.
        let again = try AdapterTraining(model: model, continuing: directory.url("raw"))
        #expect(again.parameters == training.parameters)
        #expect(again.start?.parameters == training.start?.parameters)
        #expect(throws: AdapterError.self) { try AdapterTraining(model: model, adapter: training.adapter) }
    }

    @Test func aRankGreaterThanTheWeightIsNamed() throws {
        var wide = configuration(.olora)
        wide.rank = 4000
        let error = #expect(throws: AdapterError.self) { try AdapterTraining(model: model, configuration: wide) }
        #expect(error?.message.contains("lora_r") == true)
        wide.rank = 47
        wide.targetModules = ["k_proj"]
        let small = #expect(throws: AdapterError.self) { try AdapterTraining(model: model, configuration: wide) }
        #expect(small?.message.contains("k_proj") == true)
    }
}
