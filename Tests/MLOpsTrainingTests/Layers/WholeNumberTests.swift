@testable import MLOpsTraining
import MLOpsCore
import TestSupport
import Testing

/// How near f32 products in whole numbers are, which processors without fast bf16 take for it.
@Suite struct WholeNumberTests {
    @Test func areNearerToTheFullPrecisionThanBF16() throws {
        let models = try RoundedModels(.wholeNumbers)
        let (exact, rounded) = (try models.result(models.full), try models.result(models.kept))
        let halves = try models.result(DecoderModel(models.full.files, options: .emulatingBF16()))
        #expect(rounded.lossSum != exact.lossSum)
        #expect(abs(rounded.lossSum - exact.lossSum) < 3e-4 * exact.lossSum)
        let error = relativeDifference(rounded.gradients.values, exact.gradients.values)
        #expect(error < 0.3 * relativeDifference(halves.gradients.values, exact.gradients.values), "\(error)")
        let scores = try models.kept.scores(of: models.rows, adapter: models.adapter)
        for (score, exact) in zip(scores, try models.full.scores(of: models.rows, adapter: models.adapter)) {
            #expect(
                abs(score.negativeLogLikelihood - exact.negativeLogLikelihood) <= 4e-3 * exact.negativeLogLikelihood)
        }
    }

    @Test(arguments: TinyModel.kinds) func areNearInEveryFamily(kind: TinyModel) throws {
        let exact = try kind.load(in: TemporaryDirectory())
        let rounded = try DecoderModel(exact.files, options: .computing(.wholeNumbers))
        let (adapter, rows) = (try kind.adapter(for: exact, rank: 3), kind.rows([7, 20, 33]))
        let (far, near) = (
            try exact.lossAndGradients(of: rows, adapter: adapter),
            try rounded.lossAndGradients(of: rows, adapter: adapter)
        )
        #expect(near.lossSum != far.lossSum && abs(near.lossSum - far.lossSum) < 1e-3 * far.lossSum)
        #expect(relativeDifference(near.gradients.values, far.gradients.values) < 0.03)
    }
}
