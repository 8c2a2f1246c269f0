@testable import MLOpsTraining
import Foundation
import MLOpsCore
import MLOpsPublish
import OrderedCollections
import TestSupport
import Testing

/// Vectors of tokens that are trained one by one (`trainable_token_indices`), and biases of B (`lora_bias`). Whole runs beside
/// PEFT's: MethodRunTests and Tests/Interop/test_methods.py.
@Suite struct TokenVectorTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func adapter(
        _ model: DecoderModel, _ tokens: TrainableTokens?, keepsTiedHead: Bool = false, hasOutputBias: Bool = false,
        saved: [String] = []
    ) throws -> LoRAAdapter {
        try LoRAAdapter(
            for: model,
            configuration: LoRAConfiguration(
                rank: 2, alpha: 3, targetModules: ["down_proj", "v_proj"], savedModules: saved,
                keepsTiedHead: keepsTiedHead, trainableTokens: tokens, hasOutputBias: hasOutputBias))
    }

    /// With a B of zero the model is the base model, so the gradients are rows of those of training all weights.
    @Test(
        arguments: [
            (.embedding([4, 0, 17]), true), (.embedding([4, 0, 17]), false),
            (.modules(["embed_tokens": [1, 2], "lm_head": [2, 1]]), false), (.modules(["lm_head": [5]]), false),
            (.modules(["model.embed_tokens": [9, 4], "lm_head": [9, 4]]), true),
        ] as [(TrainableTokens, Bool)])
    func gradientsAreRowsOfThoseOfTrainingAllWeights(tokens: TrainableTokens, isTied: Bool) throws {
        let kind = TinyModel(name: "tokens", isTied: isTied, seed: 41)
        let model = try kind.load(in: TemporaryDirectory())
        let rows = kind.rows([9, 14, 11])
        let adapter = try adapter(model, tokens)
        let ids: [Int32] = [3, 4, 17, 2]
        #expect(try model.logits(of: ids, adapter: adapter).last == model.logits(of: ids).last)
        let found = try model.lossAndGradients(of: rows, adapter: adapter).gradients.values
        let layout = WeightLayout(model.architecture)
        var all = [Float](repeating: 0, count: layout.count)
        _ = try model.addWeightGradients(
            of: rows, layout: layout, key: nil, checkpointing: false, weight: 1, to: &all)
        #expect(!adapter.layout.savedTensors.isEmpty)
        for saved in adapter.layout.savedTensors {
            let vectors = try #require(saved.tokens)
            let place = try #require(layout.places[vectors.source])
            let width = kind.hidden
            let expected = vectors.ids.flatMap { id in
                all[place.range.lowerBound + Int(id) * width..<place.range.lowerBound + (Int(id) + 1) * width]
            }
            #expect(relativeDifference(Array(found[saved.range]), expected) < 1e-5, "\(saved.name)")
            #expect(expected.contains { $0 != 0 })
        }
    }

    /// In bf16 as in f32, kept or recomputed, whatever is packed.
    @Test(arguments: [ComputeOptions(), .emulatingBF16(), .emulatingBF16(.perUse), .computing(.wholeNumbers)])
    func changedVectorsAreThoseOfAModelThatHasThem(options: ComputeOptions) throws {
        let kind = TinyModel(name: "changed", hidden: 24, inner: 32, seed: 42)
        let model = try kind.load(in: TemporaryDirectory(), options: options)
        let rows = kind.rows([9, 14])
        var adapter = try adapter(model, .embedding([2, 9, 5, 7]), hasOutputBias: true)
        for i in adapter.parameters.indices { adapter.parameters[i] += Float(i % 11) * 0.01 - 0.05 }
        let kept = try model.lossAndGradients(of: rows, adapter: adapter)
        let again = try model.lossAndGradients(of: rows, adapter: adapter, checkpointing: true)
        #expect(kept.lossSum == again.lossSum && kept.gradients == again.gradients)
        // The loss falls along the gradient as it says.
        func loss(_ distance: Float) throws -> Double {
            var moved = adapter
            let norm = Float(kept.gradients.norm)
            for i in moved.parameters.indices { moved.parameters[i] += distance * kept.gradients.values[i] / norm }
            return try model.lossAndGradients(of: rows, adapter: moved).lossSum
        }
        let slope = try (loss(0.01) - loss(-0.01)) / 0.02
        #expect(abs(slope - kept.gradients.norm) < (options.arithmetic == .bf16 ? 0.05 : 2e-3) * kept.gradients.norm)
    }

    @Test(
        arguments: [
            (.embedding([4, 0, 17]), true), (.modules(["embed_tokens": [1, 2], "lm_head": [2, 1]]), true),
            (.modules(["embed_tokens": [1, 2], "lm_head": [2, 1]]), false), (.modules(["lm_head": [5]]), true),
        ] as [(TrainableTokens, Bool)])
    func whatIsWrittenReadsBackAndMerges(tokens: TrainableTokens, isTied: Bool) throws {
        let kind = TinyModel(name: "written", isTied: isTied, attentionBias: true, mlpBias: true, seed: 43)
        let model = try kind.load(in: TemporaryDirectory())
        var adapter = try adapter(model, tokens, hasOutputBias: true)
        for i in adapter.parameters.indices { adapter.parameters[i] += Float(i % 7) * 0.02 }
        try adapter.write(to: directory.url("adapter"), baseModel: "base")
        let read = try LoRAAdapter(contentsOf: directory.url("adapter"), for: model.architecture)
        #expect(read == adapter)
        let merged = try MergedModel(base: model.files, adapter: AdapterFiles(contentsOf: directory.url("adapter")))
        _ = try HuggingFaceExport(merged, type: .f32).write(to: directory.url("merged"))
        let ids: [Int32] = [3, 1, 4, 2]
        let ours = try model.logits(of: ids, adapter: adapter).last
        #expect(relativeDifference(ours, try model.logits(of: ids).last) > 1e-3)
        let whole = try DecoderModel(contentsOf: directory.url("merged"))
        #expect(relativeDifference(ours, try whole.logits(of: ids).last) < 1e-5)
        let isOne = isTied && merged.adapter?.tokenVectors["lm_head"] == nil
        #expect(whole.architecture.tiedHead == isOne)
    }

    /// d(y)/d(c) = s times that of a bias of the layer itself.
    @Test func gradientsOfBiasesAreTheScaledOnesOfTheModels() throws {
        let kind = TinyModel(name: "biases", attentionBias: true, mlpBias: true, seed: 44)
        let model = try kind.load(in: TemporaryDirectory())
        let rows = kind.rows([5, 8, 3])
        let adapter = try adapter(model, nil, hasOutputBias: true)
        let found = try model.lossAndGradients(of: rows, adapter: adapter).gradients.values
        let layout = WeightLayout(model.architecture)
        var all = [Float](repeating: 0, count: layout.count)
        _ = try model.addWeightGradients(
            of: rows, layout: layout, key: nil, checkpointing: false, weight: 1, to: &all)
        for module in adapter.layout.modules {
            let place = try #require(layout.places[module.path + ".bias"])
            let expected = all[place.range].map { $0 * module.scale }
            #expect(relativeDifference(Array(found[module.bias]), expected) < 1e-6, "\(module.path)")
        }
    }

    @Test func aBiasWithoutAPlaceIsNotMerged() throws {
        let model = try TinyModel(name: "nowhere", seed: 45).load(in: TemporaryDirectory())
        try adapter(model, nil, hasOutputBias: true).write(to: directory.url("adapter"))
        let error = #expect(throws: PublishError.self) {
            try MergedModel(base: model.files, adapter: AdapterFiles(contentsOf: directory.url("adapter")))
        }
        #expect(error?.message.contains("lora_bias") == true)
    }

    @Test(
        arguments: [
            (.embedding([]), "empty"), (.embedding([23]), "22"), (.embedding([-1]), "-1"),
            (.embedding([4, 4]), "twice"),
            (.modules(["embed_tokens": [4], "model.embed_tokens": [5]]), "twice"),
            (.modules(["k_proj": [1]]), "k_proj"),
            (.modules([:]), "no tokens"),
        ] as [(TrainableTokens, String)])
    func tokensThatAreNoneAreNamed(tokens: TrainableTokens, word: String) throws {
        let model = try TinyModel(name: "none", seed: 46).load(in: TemporaryDirectory())
        let error = #expect(throws: AdapterError.self) { try adapter(model, tokens) }
        #expect(error?.code == .invalidConfiguration && error?.message.contains("trainable_token_indices") == true)
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test func whatContradictsItselfIsNamed() throws {
        let model = try TinyModel(name: "contrary", seed: 47).load(in: TemporaryDirectory())
        let others: TrainableTokens = .modules(["embed_tokens": [4], "lm_head": [5]])
        let tied = #expect(throws: AdapterError.self) { try adapter(model, others, keepsTiedHead: true) }
        #expect(tied?.message.contains("ensure_weight_tying") == true)
        for saved in ["embed_tokens", "lm_head"] {
            let both = #expect(throws: AdapterError.self) { try adapter(model, .embedding([4]), saved: [saved]) }
            #expect(both?.message.contains("modules_to_save") == true)
        }
        for (isDecomposed, initialization) in [(true, .standard), (false, .pissa)]
            as [(Bool, AdapterConfiguration.Initialization)]
        {
            let error = #expect(throws: AdapterError.self) {
                try LoRAConfiguration(
                    hasOutputBias: true, usesWeightDecomposition: isDecomposed, initialization: initialization
                ).validate()
            }
            #expect(error?.message.contains("lora_bias") == true)
        }
    }
}
