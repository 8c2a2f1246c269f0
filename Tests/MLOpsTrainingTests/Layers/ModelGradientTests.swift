@testable import MLOpsTraining
import Foundation
import MLOpsCore
import TestSupport
import Testing

/// The whole model's loss and gradients against ``ReferenceModel``.
@Suite struct ModelGradientTests {
    /// Rows of their own, and rows with a common beginning, which is computed once.
    @Test(arguments: TinyModel.kinds, [false, true])
    func lossAndEveryGradientAgreeWithFiniteDifferences(kind: TinyModel, beginAlike: Bool) throws {
        let model = try kind.load(in: TemporaryDirectory())
        let adapter = try kind.adapter(for: model)
        let rows = beginAlike ? kind.rowsBeginningAlike([3, 1, 4], beginning: 5) : kind.rows([5, 1, 9])
        let result = try model.lossAndGradients(of: rows, adapter: adapter)

        let reference = ReferenceModel(kind, model.architecture)
        var parameters = adapter.parameters.doubles
        let loss = reference.loss(rows, adapter, parameters: parameters)
        #expect(abs(result.lossSum - loss) < 1e-6 * loss)
        #expect(result.supervisedCount == rows.reduce(0) { $0 + $1.supervisedCount })

        let epsilon = 1e-5
        let expected = parameters.indices.map { i in
            let value = parameters[i]
            defer { parameters[i] = value }
            parameters[i] = value + epsilon
            let above = reference.loss(rows, adapter, parameters: parameters)
            parameters[i] = value - epsilon
            return (above - reference.loss(rows, adapter, parameters: parameters)) / (2 * epsilon)
        }
        for module in adapter.layout.modules {
            for (range, matrix) in [(module.a, "A"), (module.b, "B")] {
                expectClose(
                    Array(result.gradients.values[range]), Array(expected[range]), within: 4e-5,
                    "\(matrix) of \(module.path)")
            }
        }
    }

    @Test(arguments: [ElementType.bf16, .f16])
    func storedTypesGiveTheGradientsOfTheirRoundedWeights(type: ElementType) throws {
        let kind = TinyModel.wide
        let model = try kind.load(in: TemporaryDirectory(), weights: type)
        let rounded = try kind.load(in: TemporaryDirectory())
        let adapter = try kind.adapter(for: model)
        let rows = kind.rows([20, 30])
        let (a, b) = (
            try model.lossAndGradients(of: rows, adapter: adapter),
            try rounded.lossAndGradients(of: rows, adapter: adapter)
        )
        // Rounding to 8 or 11 bits moves the loss a little, and it must move it.
        #expect(a.lossSum != b.lossSum)
        #expect(abs(a.lossSum - b.lossSum) < 0.02 * b.lossSum)
        #expect(relativeDifference(a.gradients.values, b.gradients.values) < 0.2)
    }

    @Test func gradientsUnderDropoutAreThoseOfTheLossUnderTheSameDropout() throws {
        let kind = TinyModel.wide
        let model = try kind.load(in: TemporaryDirectory())
        var adapter = try kind.adapter(for: model, rank: 3, dropout: 0.3)
        let rows = kind.rows([40, 25, 33])
        let key = DropoutKey(seed: 11, step: 4)
        let result = try model.lossAndGradients(of: rows, adapter: adapter, dropout: key)
        #expect(try result.lossSum != model.lossAndGradients(of: rows, adapter: adapter).lossSum)

        // Along the gradient the loss grows by its norm; f32 allows four digits of that.
        let (start, norm) = (adapter.parameters, result.gradients.norm)
        func loss(_ distance: Float) throws -> Double {
            adapter.parameters = zip(start, result.gradients.values).map { $0 + distance * $1 / Float(norm) }
            return try model.lossAndGradients(of: rows, adapter: adapter, dropout: key).lossSum
        }
        func slope(_ distance: Float) throws -> Double {
            try (loss(distance) - loss(-distance)) / (2 * Double(distance))
        }
        let extrapolated = try (4 * slope(0.004) - slope(0.008)) / 3
        #expect(abs(extrapolated - norm) < 5e-4 * norm)
    }

    @Test(arguments: [TinyModel.wide] + TinyModel.kinds.suffix(2))
    func smoothedLossesAndGradientsAreThoseOfTheFormula(kind: TinyModel) throws {
        let model = try kind.load(in: TemporaryDirectory())
        var adapter = try kind.adapter(for: model)
        let rows = kind.rows([9, 4, 12])
        let share = 0.15
        func loss(_ share: Double) throws -> LossAndGradients {
            try model.lossAndGradients(
                of: rows, adapter: adapter, dropout: DropoutKey(seed: 1, step: 0, labelSmoothing: share))
        }
        let smoothed = try loss(share)
        var expected = 0.0
        for row in rows {
            for position in row.ids.indices.dropLast() where row.isSupervised[position + 1] {
                let logits = try model.logits(of: Array(row.ids.prefix(position + 1)), adapter: adapter).last.doubles
                let sum = logits.reduce(0) { $0 + exp($1) }
                let mean = logits.reduce(0, +) / Double(logits.count)
                expected += log(sum) - (1 - share) * logits[Int(row.ids[position + 1])] - share * mean
            }
        }
        #expect(abs(smoothed.lossSum - expected) < 1e-5 * expected)

        let (start, norm) = (adapter.parameters, smoothed.gradients.norm)
        func along(_ distance: Float) throws -> Double {
            adapter.parameters = zip(start, smoothed.gradients.values).map { $0 + distance * $1 / Float(norm) }
            return try loss(share).lossSum
        }
        let slope = try (along(0.004) - along(-0.004)) / 0.008
        #expect(abs(slope - norm) < 2e-3 * norm)
    }

    @Test func untargetedProjectionsHaveNoGradientsAndChangeNothing() throws {
        let kind = TinyModel.wide
        let model = try kind.load(in: TemporaryDirectory())
        let all = try kind.adapter(for: model)
        var some = try kind.adapter(for: model, targets: ["q_proj", "layers.1.mlp.down_proj"])
        #expect(
            some.layout.modules.map(\.path).map { $0.hasSuffix("q_proj") ? "q" : $0 } == [
                "q", "q", "model.layers.1.mlp.down_proj",
            ])
        // The same A and B as in the large one, whose other modules are zero.
        var zeroed = all
        zeroed.parameters = zeroed.parameters.map { _ in 0 }
        for module in some.layout.modules {
            let same = try #require(all.layout.module(layer: module.layer, module.projection))
            some.parameters.replaceSubrange(module.a, with: all.parameters[same.a])
            some.parameters.replaceSubrange(module.b, with: all.parameters[same.b])
            zeroed.parameters.replaceSubrange(same.a, with: all.parameters[same.a])
            zeroed.parameters.replaceSubrange(same.b, with: all.parameters[same.b])
        }
        let rows = kind.rows([12, 20])
        let few = try model.lossAndGradients(of: rows, adapter: some)
        let many = try model.lossAndGradients(of: rows, adapter: zeroed)
        #expect(abs(few.lossSum - many.lossSum) < 1e-6 * many.lossSum)
        for module in some.layout.modules {
            let same = try #require(all.layout.module(layer: module.layer, module.projection))
            let (ours, theirs) = (few.gradients.values[module.b], many.gradients.values[same.b])
            #expect(relativeDifference(Array(ours), Array(theirs)) < 1e-5)
        }
    }
}
