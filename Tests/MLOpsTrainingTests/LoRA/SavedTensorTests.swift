@testable import MLOpsTraining
import Foundation
import MLOpsCore
import MLOpsPublish
import OrderedCollections
import TestSupport
import Testing

/// Tensors that are trained whole beside an adapter (`modules_to_save`, `bias`). Whole runs beside PEFT's: MethodRunTests and
/// Tests/Interop/test_methods.py.
@Suite struct SavedTensorTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func adapter(
        _ model: DecoderModel, _ names: [String], keepsTiedHead: Bool = false,
        bias: AdapterConfiguration.Bias = .none
    ) throws -> LoRAAdapter {
        try LoRAAdapter(
            for: model,
            configuration: LoRAConfiguration(
                rank: 2, targetModules: ["v_proj"], savedModules: names, keepsTiedHead: keepsTiedHead, bias: bias))
    }

    /// With a B of zero the model is the base model, so the gradients are those of training all weights.
    @Test(arguments: [false, true])
    func gradientsAreThoseOfTrainingAllWeights(isTied: Bool) throws {
        let kind = TinyModel(name: "saved", isTied: isTied, seed: 31)
        let model = try kind.load(in: TemporaryDirectory())
        let rows = kind.rows([5, 8, 3])
        let names = isTied ? ["embed_tokens"] : ["embed_tokens", "lm_head"]
        let adapter = try adapter(model, names, keepsTiedHead: isTied)
        let found = try model.lossAndGradients(of: rows, adapter: adapter).gradients.values
        let layout = WeightLayout(model.architecture)
        var all = [Float](repeating: 0, count: layout.count)
        _ = try model.addWeightGradients(
            of: rows, layout: layout, key: nil, checkpointing: false, weight: 1, to: &all)
        #expect(adapter.layout.savedTensors.count == names.count)
        for saved in adapter.layout.savedTensors {
            let place = try #require(layout.places[saved.name])
            #expect(Array(found[saved.range]) == Array(all[place.range]), "\(saved.name)")
            #expect(found[saved.range].contains { $0 != 0 })
        }
    }

    /// Norms, linear layers and biases: their gradients are those of training all weights too.
    @Test(
        arguments: [
            (["norm"], .none, 5), (["down_proj", "k_proj"], .none, 8), (["norm"], .all, 19), ([], .loraOnly, 2),
            (["mlp"], .none, 12), (["layers.0.self_attn", "norm"], .none, 13),
        ] as [([String], AdapterConfiguration.Bias, Int)])
    func gradientsOfLayersAreThoseOfTrainingAllWeights(
        names: [String], bias: AdapterConfiguration.Bias, count: Int
    ) throws {
        let kind = TinyModel(name: "layers", attentionBias: true, mlpBias: true, seed: 36)
        let model = try kind.load(in: TemporaryDirectory())
        let rows = kind.rows([5, 8, 3])
        let adapter = try adapter(model, names, bias: bias)
        let found = try model.lossAndGradients(of: rows, adapter: adapter).gradients.values
        let layout = WeightLayout(model.architecture)
        var all = [Float](repeating: 0, count: layout.count)
        _ = try model.addWeightGradients(
            of: rows, layout: layout, key: nil, checkpointing: false, weight: 1, to: &all)
        #expect(adapter.layout.savedTensors.count == count)
        for saved in adapter.layout.savedTensors {
            let place = try #require(layout.places[saved.name])
            #expect(Array(found[saved.range]) == Array(all[place.range]), "\(saved.name)")
            #expect(found[saved.range].contains { $0 != 0 }, "\(saved.name)")
        }
    }

    @Test(
        arguments: [(["norm", "gate_proj"], .none), ([], .all), (["norm"], .loraOnly)]
            as [([String], AdapterConfiguration.Bias)])
    func layersThatAreWrittenReadBackAndMerge(names: [String], bias: AdapterConfiguration.Bias) throws {
        let kind = TinyModel(name: "merge-layers", attentionBias: true, mlpBias: true, seed: 37)
        let model = try kind.load(in: TemporaryDirectory())
        var adapter = try adapter(model, names, bias: bias)
        for i in adapter.parameters.indices { adapter.parameters[i] += Float(i % 7) * 0.01 }
        try adapter.write(to: directory.url("adapter"), baseModel: "base")
        let read = try LoRAAdapter(contentsOf: directory.url("adapter"), for: model.architecture)
        #expect(read == adapter)
        let merged = try MergedModel(base: model.files, adapter: AdapterFiles(contentsOf: directory.url("adapter")))
        _ = try HuggingFaceExport(merged, type: .f32).write(to: directory.url("merged"))
        let ids: [Int32] = [3, 1, 7, 2]
        let ours = try model.logits(of: ids, adapter: adapter).last
        #expect(relativeDifference(ours, try model.logits(of: ids).last) > 1e-3)
        let whole = try DecoderModel(contentsOf: directory.url("merged")).logits(of: ids).last
        #expect(relativeDifference(ours, whole) < 1e-5)
    }

    /// As in PEFT, what is trained whole has no adapter, though it is a target.
    @Test func whatIsTrainedWholeHasNoAdapter() throws {
        let model = try TinyModel(name: "targets", seed: 39).load(in: TemporaryDirectory())
        let adapter = try LoRAAdapter(
            for: model, configuration: LoRAConfiguration(savedModules: ["layers.0.self_attn.q_proj", "1.mlp"]))
        let paths = Set(adapter.layout.modules.map(\.path))
        #expect(paths.count == 14 - 4 && paths.contains("model.layers.1.self_attn.q_proj"))
        #expect(!paths.contains("model.layers.0.self_attn.q_proj") && !paths.contains("model.layers.1.mlp.up_proj"))
        #expect(adapter.layout.savedTensors.count == 4)
        try adapter.write(to: directory.url("targets"))
        let read = try LoRAAdapter(contentsOf: directory.url("targets"), for: model.architecture)
        #expect(read.layout == adapter.layout && read.parameters == adapter.parameters)
        #expect(try AdapterFiles(contentsOf: directory.url("targets")).savedTensors.count == 4)
    }

    @Test func aBiasIsNotNamedTwice() throws {
        let model = try TinyModel(name: "twice", attentionBias: true, seed: 38).load(in: TemporaryDirectory())
        let error = #expect(throws: AdapterError.self) { try adapter(model, ["q_proj"], bias: .all) }
        #expect(error?.message.contains("self_attn.q_proj.bias") == true)
    }

    @Test func eachOfATiedPairIsTrainedByItselfUnlessTheyAreKeptTogether() throws {
        let kind = TinyModel(name: "tied", seed: 32)
        let model = try kind.load(in: TemporaryDirectory())
        let ids: [Int32] = [3, 1, 7, 2]
        let base = try model.logits(of: ids).last
        func changed(_ names: [String], keepsTiedHead: Bool, token: Int) throws -> [Float] {
            var adapter = try adapter(model, names, keepsTiedHead: keepsTiedHead)
            #expect(try model.logits(of: ids, adapter: adapter).last == base)
            for i in 0..<kind.hidden {
                adapter.parameters[adapter.layout.savedTensors[0].offset + token * kind.hidden + i] += 0.5
            }
            return try model.logits(of: ids, adapter: adapter).last
        }
        // Token 11 is not in the text: its embedding shows in its own logit alone, and only where it is the head too.
        #expect(try changed(["embed_tokens"], keepsTiedHead: false, token: 11) == base)
        let kept = try changed(["embed_tokens"], keepsTiedHead: true, token: 11)
        #expect(kept.indices.filter { kept[$0] != base[$0] } == [11])
        #expect(try changed(["lm_head"], keepsTiedHead: false, token: 11) == kept)
        #expect(try changed(["embed_tokens"], keepsTiedHead: false, token: 3) != base)
    }

    @Test(arguments: [(["embed_tokens"], false), (["lm_head"], false), (["embed_tokens"], true)])
    func whatIsWrittenReadsBackAndMerges(names: [String], keepsTiedHead: Bool) throws {
        let kind = TinyModel(name: "merge", seed: 33)
        let model = try kind.load(in: TemporaryDirectory())
        var adapter = try adapter(model, names, keepsTiedHead: keepsTiedHead)
        for i in adapter.parameters.indices { adapter.parameters[i] += Float(i % 7) * 0.01 }
        try adapter.write(to: directory.url("adapter"), baseModel: "base")
        let read = try LoRAAdapter(contentsOf: directory.url("adapter"), for: model.architecture)
        #expect(read == adapter)
        let merged = try MergedModel(base: model.files, adapter: AdapterFiles(contentsOf: directory.url("adapter")))
        #expect(merged.architecture.tiedHead == keepsTiedHead)
        _ = try HuggingFaceExport(merged, type: .f32).write(to: directory.url("merged"))
        let whole = try DecoderModel(contentsOf: directory.url("merged"))
        #expect(whole.architecture.tiedHead == keepsTiedHead)
        let ids: [Int32] = [3, 1, 7, 2]
        let (ours, theirs) = (try model.logits(of: ids, adapter: adapter).last, try whole.logits(of: ids).last)
        #expect(relativeDifference(ours, theirs) < 1e-5)
    }

    @Test(arguments: [
        (["layers.1"], "also is"), (["v_proj"], "no linear layer"), (["nothing"], "no module"), ([""], "also is"),
        (["model.layers"], "also is"), (["mlp", "up_proj"], "inside"),
        (["embed_tokens", "score"], "score"),
    ])
    func otherModulesAreNamed(names: [String], word: String) throws {
        let model = try TinyModel(name: "others", seed: 34).load(in: TemporaryDirectory())
        let error = #expect(throws: AdapterError.self) { try adapter(model, names) }
        #expect(error?.code == .invalidConfiguration && error?.message.contains("modules_to_save") == true)
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test func filesThatHoldOthersAreNamed() throws {
        let model = try TinyModel(name: "files", seed: 35).load(in: TemporaryDirectory())
        let adapter = try adapter(model, ["embed_tokens"], keepsTiedHead: true)
        try adapter.write(to: directory.url("adapter"))
        let url = directory.url("adapter/adapter_model.safetensors")
        let file = try SafetensorsFile(contentsOf: url)
        let tensors = try file.names.map { try #require(file[$0]) }.map { ($0.name, $0.shape, $0.floats()) }
        func failure(_ change: (String, [Int], [Float]) -> TensorToWrite?) throws -> String {
            try SafetensorsWriter.write(tensors.compactMap { change($0.0, $0.1, $0.2) }, to: url)
            return #expect(throws: AdapterError.self) {
                try LoRAAdapter(contentsOf: directory.url("adapter"), for: model.architecture)
            }?.message ?? ""
        }
        let head = "base_model.model.lm_head.weight"
        #expect(
            try failure { $0 == head ? nil : TensorToWrite(name: $0, shape: $1, floats: $2) }.contains(
                "modules_to_save"))
        #expect(
            try failure {
                TensorToWrite(name: $0, shape: $1, floats: $0 == head ? $2.map { $0 + 1 } : $2)
            }.contains("ensure_weight_tying"))
        #expect(
            try failure {
                TensorToWrite(
                    name: $0, shape: $0 == head ? [$1[0] - 1, $1[1]] : $1,
                    floats: $0 == head ? $2.dropLast($1[1]) : $2)
            }.contains("vocabulary"))
    }
}
