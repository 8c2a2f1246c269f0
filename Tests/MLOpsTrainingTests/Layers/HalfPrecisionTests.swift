@testable import MLOpsTraining
import MLOpsCore
import TestSupport
import Testing

/// Training and scoring with products in bf16, or in the whole numbers that some processors take for it: near f32, and as exact about
/// everything else.
@Suite(.serialized) struct HalfPrecisionTests {
    private static let arithmetics: [ComputeOptions.Arithmetic] = [.bf16, .wholeNumbers]

    @Test func isNearTheFullPrecision() throws {
        let models = try RoundedModels(.bf16)
        let (exact, rounded) = (try models.result(models.full), try models.result(models.kept))
        #expect(rounded.lossSum != exact.lossSum)
        #expect(abs(rounded.lossSum - exact.lossSum) < 5e-3 * exact.lossSum)
        let difference = zip(rounded.gradients.values, exact.gradients.values).map { $0 - $1 }
        #expect(norm(difference) < 0.35 * norm(exact.gradients.values))
        let scores = try models.kept.scores(of: models.rows, adapter: models.adapter)
        for (score, exact) in zip(scores, try models.full.scores(of: models.rows, adapter: models.adapter)) {
            #expect(
                abs(score.negativeLogLikelihood - exact.negativeLogLikelihood) <= 0.03 * exact.negativeLogLikelihood)
        }
    }

    private func norm(_ x: [Float]) -> Float { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    @Test(arguments: arithmetics)
    func keptAndPassingPackingsGiveTheSameBits(arithmetic: ComputeOptions.Arithmetic) throws {
        let models = try RoundedModels(arithmetic)
        let (first, second) = (try models.result(models.kept), try models.result(models.packedEachUse))
        #expect(first.lossSum == second.lossSum && first.gradients == second.gradients)
    }

    /// Layers without an adapter read what lies between products in bf16 alone, too, however weights are packed.
    @Test(
        arguments: arithmetics,
        [["q_proj", "v_proj"], ["up_proj"], ["down_proj", "o_proj"], ["k_proj", "gate_proj"]])
    func adaptersOfSomeLayersGiveTheSameBitsToo(arithmetic: ComputeOptions.Arithmetic, targets: [String]) throws {
        let models = try RoundedModels(arithmetic, targets: targets)
        let (exact, first) = (try models.result(models.full), try models.result(models.kept))
        let difference = zip(first.gradients.values, exact.gradients.values).map { $0 - $1 }
        #expect(norm(difference) < (arithmetic == .bf16 ? 0.35 : 0.01) * norm(exact.gradients.values))
        for again in [
            try models.result(models.packedEachUse), try models.result(models.packedEachUse, checkpointing: true),
        ] {
            #expect(again.lossSum == first.lossSum && again.gradients == first.gradients)
        }
    }

    @Test(arguments: arithmetics) func checkpointingAndThreadsChangeNoBit(arithmetic: ComputeOptions.Arithmetic) throws
    {
        let models = try RoundedModels(arithmetic)
        let threads = ComputeThreads.count
        defer { ComputeThreads.count = threads }
        let first = try models.result(models.kept)
        for count in [1, 2, 4] {
            ComputeThreads.count = count
            for model in [models.kept, models.packedEachUse] {
                let again = try models.result(model, checkpointing: true)
                #expect(again.lossSum == first.lossSum && again.gradients == first.gradients)
            }
        }
    }

    @Test func aProcessorThatMultipliesNoBF16IsMentioned() {
        #expect(ComputeOptions.notice(asked: .bf16, computed: .f32)?.contains("computed in f32") == true)
        #expect(ComputeOptions.notice(asked: .bf16, computed: .bf16) == nil)
        #expect(ComputeOptions.notice(asked: .f32, computed: .f32) == nil)
        #expect(ComputeOptions.notice(asked: .bf16, computed: .wholeNumbers)?.contains("whole numbers") == true)
        let options = ComputeOptions(precision: .bf16)
        #expect((options.notice == nil) == (options.products == .bf16) && ComputeOptions().notice == nil)
    }

    /// A sum of bf16 products that differs in its last bit may round to another bf16 number in the next layer.
    @Test(arguments: [(ComputeOptions.Arithmetic.bf16, 1e-3, 0.03), (.wholeNumbers, 1e-4, 0.01)])
    func everyInstructionSetGivesTheSameUpToRounding(
        arithmetic: ComputeOptions.Arithmetic, loss: Double, gradients: Double
    ) throws {
        let models = try RoundedModels(arithmetic)
        let best = try models.result(models.kept)
        for set in Kernels.instructionSets {
            let other = try Kernels.using(set) { try models.result(models.kept) }
            #expect(abs(other.lossSum - best.lossSum) < loss * best.lossSum)
            #expect(Double(relativeDifference(other.gradients.values, best.gradients.values)) < gradients)
        }
    }

    @Test func storedTypesMeetAsTheirRoundedNumbers() throws {
        let models = try RoundedModels(.bf16)
        let directory = try TemporaryDirectory()
        let bf16 = try models.kind.load(in: directory, weights: .bf16, options: .emulatingBF16())
        let row = Array(models.rows.prefix(4))
        let (first, second) = (
            try bf16.lossAndGradients(of: row, adapter: models.adapter),
            try models.kept.lossAndGradients(of: row, adapter: models.adapter)
        )
        // The embedding, which is not multiplied, is the f32 one in one of them.
        #expect(abs(first.lossSum - second.lossSum) < 5e-3 * second.lossSum)
    }
}
