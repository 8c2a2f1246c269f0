@testable import MLOpsTraining
import MLOpsCore
import TestSupport
import Testing

/// Training and scoring with products in whole numbers, which processors without fast bf16 take for it: nearer to f32, and as exact about
/// everything else.
@Suite(.serialized) struct WholeNumberTests {
    private let kind = TinyModel.wide
    private let full: DecoderModel
    private let kept: DecoderModel
    private let packedEachUse: DecoderModel
    private let adapter: LoRAAdapter
    private let rows: [TokenizedExample]
    private let key = DropoutKey(seed: 3, step: 2)

    init() throws {
        let directory = try TemporaryDirectory()
        full = try kind.load(in: directory)
        kept = try DecoderModel(full.files, options: .computing(.wholeNumbers))
        packedEachUse = try DecoderModel(full.files, options: .computing(.wholeNumbers, .perUse))
        adapter = try kind.adapter(for: full, rank: 5, dropout: 0.2)
        rows = kind.rows([33, 1, 64, 70, 2, 200, 17, 300, 90, 129, 5, 61, 150])
    }

    private func result(_ model: DecoderModel, checkpointing: Bool = false) throws -> LossAndGradients {
        try model.lossAndGradients(of: rows, adapter: adapter, dropout: key, checkpointing: checkpointing)
    }

    @Test func isNearerToTheFullPrecisionThanBF16() throws {
        let (exact, rounded) = (try result(full), try result(kept))
        let halves = try result(DecoderModel(full.files, options: .emulatingBF16()))
        #expect(rounded.lossSum != exact.lossSum)
        #expect(abs(rounded.lossSum - exact.lossSum) < 3e-4 * exact.lossSum)
        let error = relativeDifference(rounded.gradients.values, exact.gradients.values)
        #expect(error < 0.3 * relativeDifference(halves.gradients.values, exact.gradients.values), "\(error)")
        let scores = try kept.scores(of: rows, adapter: adapter)
        for (score, exact) in zip(scores, try full.scores(of: rows, adapter: adapter)) {
            #expect(
                abs(score.negativeLogLikelihood - exact.negativeLogLikelihood) <= 4e-3 * exact.negativeLogLikelihood)
        }
    }

    @Test func packingsCheckpointsAndThreadsChangeNoBit() throws {
        let threads = ComputeThreads.count
        defer { ComputeThreads.count = threads }
        let first = try result(kept)
        for count in [1, 2, 4] {
            ComputeThreads.count = count
            for model in [kept, packedEachUse] {
                for checkpointing in [false, true] {
                    let again = try result(model, checkpointing: checkpointing)
                    #expect(again.lossSum == first.lossSum && again.gradients == first.gradients)
                }
            }
        }
    }

    @Test(arguments: TinyModel.kinds) func everyFamilyIsNear(kind: TinyModel) throws {
        let exact = try kind.load(in: TemporaryDirectory())
        let rounded = try DecoderModel(exact.files, options: .computing(.wholeNumbers))
        let (adapter, rows) = (try kind.adapter(for: exact, rank: 3), kind.rows([7, 20, 33]))
        func result(_ model: DecoderModel) throws -> LossAndGradients {
            try model.lossAndGradients(of: rows, adapter: adapter)
        }
        let (far, near) = (try result(exact), try result(rounded))
        #expect(near.lossSum != far.lossSum && abs(near.lossSum - far.lossSum) < 1e-3 * far.lossSum)
        #expect(relativeDifference(near.gradients.values, far.gradients.values) < 0.03)
    }

    @Test(arguments: [["q_proj", "v_proj"], ["up_proj"], ["down_proj", "o_proj"]])
    func adaptersOfSomeLayersAreNearToo(targets: [String]) throws {
        let adapter = try kind.adapter(for: full, rank: 5, dropout: 0.2, targets: targets)
        func result(_ model: DecoderModel) throws -> LossAndGradients {
            try model.lossAndGradients(of: rows, adapter: adapter, dropout: key)
        }
        #expect(try relativeDifference(result(kept).gradients.values, result(full).gradients.values) < 0.05)
    }

    @Test func everyInstructionSetGivesTheSameUpToRounding() throws {
        let best = try result(kept)
        for set in Kernels.instructionSets {
            let other = try Kernels.using(set) { try result(kept) }
            #expect(abs(other.lossSum - best.lossSum) < 1e-4 * best.lossSum)
            #expect(relativeDifference(other.gradients.values, best.gradients.values) < 0.01)
        }
    }
}
