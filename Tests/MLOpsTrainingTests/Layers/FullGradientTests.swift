@testable import MLOpsTraining
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// The gradients of all weights: embedding, projections, biases, norms, head.
@Suite struct FullGradientTests {
    private func result(
        _ model: DecoderModel, _ rows: [TokenizedExample], key: DropoutKey? = nil, checkpointing: Bool = false,
        weight: Float = 1, startingFrom start: Float = 0
    ) throws -> (lossSum: Double, supervisedCount: Int, gradients: [Float]) {
        let layout = WeightLayout(model.architecture)
        var gradients = [Float](repeating: start, count: layout.count)
        let score = try model.addWeightGradients(
            of: rows, layout: layout, key: key, checkpointing: checkpointing, weight: weight, to: &gradients)
        return (score.negativeLogLikelihood, score.tokenCount, gradients)
    }

    @Test(arguments: TinyModel.kinds)
    func everyTensorAgreesWithFiniteDifferences(kind: TinyModel) throws {
        let model = try kind.load(in: TemporaryDirectory())
        let rows = kind.seed.isMultiple(of: 2) ? kind.rowsBeginningAlike([3, 1], beginning: 4) : kind.rows([5, 1, 8])
        let result = try result(model, rows)
        let layout = WeightLayout(model.architecture)
        #expect(result.gradients.count == layout.count)
        let empty = try kind.adapter(for: model, targets: ["o_proj"])
        let zeros = [Double](repeating: 0, count: empty.parameterCount)
        var reference = ReferenceModel(kind, model.architecture)
        #expect(abs(result.lossSum - reference.loss(rows, empty, parameters: zeros)) < 1e-6 * result.lossSum)
        let epsilon = 1e-5
        for (name, place) in layout.places {
            // Every number of a vector, some of a matrix.
            let step = place.shape.count == 1 ? 1 : 13
            let picked = Array(stride(from: 0, to: place.range.count, by: step))
            let expected = picked.map { i in
                let value = reference.tensors[name]?[i] ?? 0
                defer { reference.tensors[name]?[i] = value }
                reference.tensors[name]?[i] = value + epsilon
                let above = reference.loss(rows, empty, parameters: zeros)
                reference.tensors[name]?[i] = value - epsilon
                return (above - reference.loss(rows, empty, parameters: zeros)) / (2 * epsilon)
            }
            expectClose(
                picked.map { result.gradients[place.range.lowerBound + $0] }, expected, within: 3e-5, "\(name)")
        }
    }

    /// As torch's embeddings with a padding index.
    @Test(arguments: [false, true])
    func theEmbeddingOfThePaddingTokenLearnsOnlyAsAHead(isTied: Bool) throws {
        var kind = TinyModel(name: "padding", isTied: isTied, seed: 21)
        let rows = kind.rows([5, 8])
        let token = Int(rows[0].ids[0])
        let free = try result(kind.load(in: TemporaryDirectory()), rows)
        kind.keys = ["pad_token_id": .integer(Int64(token))]
        let model = try kind.load(in: TemporaryDirectory())
        let padded = try result(model, rows)
        let places = WeightLayout(model.architecture).places
        let embedding = try #require(places["model.embed_tokens.weight"])
        let start = embedding.range.lowerBound + token * kind.hidden
        let row = start..<start + kind.hidden
        #expect(padded.lossSum == free.lossSum && Array(padded.gradients[row]) != Array(free.gradients[row]))
        #expect(isTied || padded.gradients[row].allSatisfy { $0 == 0 })
        for i in padded.gradients.indices where !row.contains(i) { #expect(padded.gradients[i] == free.gradients[i]) }
    }

    @Test(arguments: [ComputeOptions.Arithmetic.bf16, .wholeNumbers])
    func roundedProductsAreNear(arithmetic: ComputeOptions.Arithmetic) throws {
        let kind = TinyModel.wide
        let exact = try kind.load(in: TemporaryDirectory())
        let rows = kind.rows([33, 64, 200])
        let rounded = try DecoderModel(exact.files, options: .computing(arithmetic))
        let (near, far) = (try result(exact, rows), try result(rounded, rows))
        #expect(near.lossSum != far.lossSum && abs(near.lossSum - far.lossSum) < 5e-3 * near.lossSum)
        let difference = zip(near.gradients, far.gradients).map { $0 - $1 }
        #expect(Kernels.squareSum(difference) < 0.05 * Kernels.squareSum(near.gradients))
    }

    /// A quarter of every term is a quarter of the sum, to the last bit.
    @Test(arguments: TinyModel.kinds, [0, 0.1])
    func gradientsAreThoseOfTheWeightedLoss(kind: TinyModel, smoothing: Double) throws {
        let model = try kind.load(in: TemporaryDirectory())
        let rows = kind.rows([5, 1, 8])
        let key = DropoutKey(seed: 1, step: 0, labelSmoothing: smoothing)
        let whole = try result(model, rows, key: key)
        let quarter = try result(model, rows, key: key, weight: 0.25)
        #expect(quarter.lossSum == whole.lossSum && whole.gradients.contains { $0 != 0 })
        #expect(quarter.gradients == whole.gradients.map { 0.25 * $0 })
        let added = try result(model, rows, key: key, startingFrom: 0.5)
        expectClose(added.gradients, whole.gradients.map { Double($0) + 0.5 }, within: 1e-6)
    }

    @Test(arguments: [ComputeOptions.Arithmetic.f32, .bf16, .wholeNumbers])
    func threadsCheckpointingAndNoiseChangeNoBit(arithmetic: ComputeOptions.Arithmetic) throws {
        let kind = TinyModel.wide
        let model = try DecoderModel(
            kind.load(in: TemporaryDirectory()).files, options: .computing(arithmetic))
        let rows = kind.rows([33, 64, 200, 300, 129])
        let threads = ComputeThreads.count
        defer { ComputeThreads.count = threads }
        let key = DropoutKey(seed: 3, step: 2, noiseAlpha: 5)
        let results = try [(1, false), (2, false), (4, true)].map { count, checkpointing in
            ComputeThreads.count = count
            return try result(model, rows, key: key, checkpointing: checkpointing)
        }
        #expect(results.allSatisfy { $0.lossSum == results[0].lossSum && $0.gradients == results[0].gradients })
    }
}
