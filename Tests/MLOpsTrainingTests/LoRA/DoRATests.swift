@testable import MLOpsTraining
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// Weight-decomposed adapters. That they train as PEFT's do is in `MethodRunTests`.
@Suite struct DoRATests {
    private func model(_ kind: TinyModel) throws -> DecoderModel { try kind.load(in: TemporaryDirectory()) }

    @Test(arguments: TinyModel.kinds)
    func lossAndGradientsAgreeWithFiniteDifferences(kind: TinyModel) throws {
        let model = try model(kind)
        let adapter = try kind.adapter(for: model, isDecomposed: true)
        let rows =
            kind.seed.isMultiple(of: 2) ? kind.rowsBeginningAlike([3, 1, 4], beginning: 5) : kind.rows([5, 1, 9])
        let result = try model.lossAndGradients(of: rows, adapter: adapter)
        // The reference keeps the norms of the weights at the adapter's own parameters, as the gradient does.
        let reference = ReferenceModel(kind, model.architecture)
        var parameters = adapter.parameters.doubles
        let loss = reference.loss(rows, adapter, parameters: parameters)
        #expect(abs(result.lossSum - loss) < 1e-6 * loss)
        let epsilon = 1e-5
        // Every third number is compared.
        let expected = parameters.indices.map { i in
            guard i.isMultiple(of: 3) else { return Double(result.gradients.values[i]) }
            let value = parameters[i]
            defer { parameters[i] = value }
            parameters[i] = value + epsilon
            let above = reference.loss(rows, adapter, parameters: parameters)
            parameters[i] = value - epsilon
            return (above - reference.loss(rows, adapter, parameters: parameters)) / (2 * epsilon)
        }
        for module in adapter.layout.modules {
            for (range, part) in [(module.a, "A"), (module.b, "B"), (module.magnitude, "m")] {
                // Gemma 3's is the most sensitive: 1.2e-5 to 1.7e-5 on the four instruction sets, which sum in different orders.
                expectClose(
                    Array(result.gradients.values[range]), Array(expected[range]), within: 2e-5,
                    "\(part) of \(module.path)")
            }
        }
    }

    @Test func aNewOneChangesNothing() throws {
        let model = try model(.wide)
        let ids = TinyModel.wide.rows([30])[0].ids
        let adapter = try LoRAAdapter(for: model, configuration: .init(rank: 3, usesWeightDecomposition: true))
        let (ours, base) = try (model.logits(of: ids, adapter: adapter).last, model.logits(of: ids).last)
        #expect(relativeDifference(ours, base) < 1e-5)
    }

    @Test func withoutAModelThereAreNoNormsToBeginWith() throws {
        let architecture = try model(.wide).architecture
        let error = #expect(throws: AdapterError.self) {
            try LoRAAdapter(for: architecture, configuration: .init(usesWeightDecomposition: true))
        }
        #expect(error?.message.contains("use_dora") == true)
    }

    /// Dropping nothing by the way that drops gives what the other way gives.
    @Test func dropoutOfAlmostNothingChangesAlmostNothing() throws {
        let (kind, model) = (TinyModel.wide, try model(.wide))
        let adapter = try kind.adapter(for: model, rank: 3, dropout: 1e-9, isDecomposed: true)
        let rows = kind.rows([40, 25])
        let plain = try model.lossAndGradients(of: rows, adapter: adapter)
        let dropped = try model.lossAndGradients(of: rows, adapter: adapter, dropout: DropoutKey(seed: 1, step: 1))
        #expect(abs(plain.lossSum - dropped.lossSum) < 1e-6 * plain.lossSum)
        #expect(relativeDifference(dropped.gradients.values, plain.gradients.values) < 1e-4)
    }

    /// Along the gradient, with c = m/n held where it is but for m's own change, the loss grows by the gradient's norm.
    @Test func gradientsUnderDropoutAreThoseOfTheLossWithNormsHeld() throws {
        let (kind, model) = (TinyModel.wide, try model(.wide))
        let start = try kind.adapter(for: model, rank: 3, dropout: 0.3, isDecomposed: true)
        let rows = kind.rows([40, 25, 33])
        let key = DropoutKey(seed: 11, step: 4)
        let gradients = try model.lossAndGradients(of: rows, adapter: start, dropout: key).gradients
        var norms = start
        norms.measureMagnitudes(beside: model)
        func loss(_ distance: Float) throws -> Double {
            var moved = start
            moved.parameters = zip(start.parameters, gradients.values).map {
                $0 + distance * $1 / Float(gradients.norm)
            }
            var there = moved
            there.measureMagnitudes(beside: model)
            for module in start.layout.modules {
                for i in module.magnitude { moved.parameters[i] *= there.parameters[i] / norms.parameters[i] }
            }
            return try model.lossAndGradients(of: rows, adapter: moved, dropout: key).lossSum
        }
        func slope(_ distance: Float) throws -> Double {
            try (loss(distance) - loss(-distance)) / (2 * Double(distance))
        }
        let extrapolated = try (4 * slope(0.004) - slope(0.008)) / 3
        #expect(abs(extrapolated - gradients.norm) < 1e-3 * gradients.norm)
    }

    @Test func threadsAndCheckpointingChangeNoBit() throws {
        let (kind, model) = (TinyModel.wide, try model(.wide))
        let adapter = try kind.adapter(for: model, rank: 5, dropout: 0.2, isDecomposed: true)
        let rows = kind.rows([33, 64, 200, 300, 129])
        let threads = ComputeThreads.count
        defer { ComputeThreads.count = threads }
        let results = try [(1, false), (2, false), (4, true)].map { count, checkpointing in
            ComputeThreads.count = count
            return try model.lossAndGradients(
                of: rows, adapter: adapter, dropout: DropoutKey(seed: 3, step: 2), checkpointing: checkpointing)
        }
        #expect(results.allSatisfy { $0.lossSum == results[0].lossSum && $0.gradients == results[0].gradients })
    }

    @Test(arguments: [ComputeOptions.Arithmetic.bf16, .wholeNumbers], [0, 0.2])
    func roundedProductsAreNearAndDeterministic(arithmetic: ComputeOptions.Arithmetic, dropout: Double) throws {
        let (kind, exact) = (TinyModel.wide, try model(.wide))
        let adapter = try kind.adapter(for: exact, rank: 5, dropout: dropout, isDecomposed: true)
        let rows = kind.rows([33, 64, 200])
        let key = DropoutKey(seed: 3, step: 2)
        let near = try exact.lossAndGradients(of: rows, adapter: adapter, dropout: key)
        let results = try [true, false].map { keeps in
            let options = ComputeOptions.computing(arithmetic, keeps ? .kept : .perUse)
            return try DecoderModel(exact.files, options: options)
                .lossAndGradients(of: rows, adapter: adapter, dropout: key, checkpointing: !keeps)
        }
        #expect(results[0].lossSum == results[1].lossSum && results[0].gradients == results[1].gradients)
        #expect(results[0].lossSum != near.lossSum)
        #expect(abs(results[0].lossSum - near.lossSum) < 5e-3 * near.lossSum)
        #expect(abs(results[0].gradients.norm - near.gradients.norm) < 0.1 * near.gradients.norm)
    }

    @Test func whatIsWrittenReadsBackBitForBit() throws {
        let (kind, model, directory) = (TinyModel.wide, try model(.wide), try TemporaryDirectory())
        let adapter = try kind.adapter(for: model, isDecomposed: true)
        try adapter.write(to: directory.url("a"))
        let back = try LoRAAdapter(contentsOf: directory.url("a"), for: model.architecture)
        #expect(back.parameters == adapter.parameters && back.layout == adapter.layout)
        let names = try SafetensorsFile(contentsOf: directory.url("a/adapter_model.safetensors")).names
        #expect(names.contains("base_model.model.model.layers.0.mlp.down_proj.lora_magnitude_vector"))
        let module = try #require(
            try AdapterFiles(contentsOf: directory.url("a")).modules["model.layers.0.mlp.down_proj"])
        #expect(module.magnitude?.floats() == Array(adapter.parameters[adapter.layout.modules[6].magnitude]))
    }
}
