@testable import MLOpsTraining
import MLOpsCore
import TestSupport
import Testing

/// NEFTune's noise.
@Suite struct EmbeddingNoiseTests {
    private let kind = TinyModel.wide
    private let key = DropoutKey(seed: 5, step: 3, noiseAlpha: 4)

    @Test func isUniformWithinTheBoundOfItsRow() throws {
        let rows = kind.rowsBeginningAlike([60, 20], beginning: 30)
        let batch = SupervisedBatch(rows, rows: 0..<2, sharesBeginnings: false)
        let x = Matrix(rows: batch.ids.count, columns: 48)
        x.fill(0)
        try #require(EmbeddingNoise(key)).add(to: x, batch, rows)
        for segment in batch.segments {
            let bound = 4 / (Float(rows[segment.row].ids.count) * 48).squareRoot()
            let noise = x.rows(segment.tokens).elements()
            #expect(noise.allSatisfy { abs($0) <= bound })
            #expect(abs(noise.reduce(0, +) / Float(noise.count)) < 0.05 * bound)
            // The variance of a uniform number in ±b is b²/3.
            let variance = noise.reduce(0) { $0 + $1 * $1 } / Float(noise.count)
            #expect(abs(variance - bound * bound / 3) < 0.05 * bound * bound)
        }
    }

    @Test func dependsOnTheRowOfTheStepAndNotOnBatches() throws {
        let model = try kind.load(in: TemporaryDirectory())
        let adapter = try kind.adapter(for: model)
        let rows = kind.rowsBeginningAlike([12, 9, 30, 4], beginning: 10)
        let whole = try model.lossAndGradients(of: rows, adapter: adapter, dropout: key)
        var (loss, gradients) = (0.0, adapter.zeroGradients)
        for (i, row) in rows.enumerated() {
            var key = key
            key.firstRow = i
            let part = try model.lossAndGradients(of: [row], adapter: adapter, dropout: key)
            loss += part.lossSum
            gradients.add(part.gradients)
        }
        #expect(abs(loss - whole.lossSum) < 1e-6 * loss)
        #expect(relativeDifference(gradients.values, whole.gradients.values) < 1e-5)
        let plain = try model.lossAndGradients(of: rows, adapter: adapter)
        #expect(abs(plain.lossSum - whole.lossSum) > 1e-4 * plain.lossSum)
        var later = key
        later.step += 1
        #expect(try model.lossAndGradients(of: rows, adapter: adapter, dropout: later).lossSum != whole.lossSum)
    }
}
