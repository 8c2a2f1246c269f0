@testable import MLOpsTraining
import MLOpsCore
import TestSupport
import Testing

/// Training and scoring with products in bf16: near f32, and as exact about everything else.
@Suite(.serialized) struct HalfPrecisionTests {
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
        kept = try DecoderModel(full.files, options: .emulatingBF16())
        packedEachUse = try DecoderModel(
            full.files, options: .emulatingBF16(.perUse))
        adapter = try kind.adapter(for: full, rank: 5, dropout: 0.2)
        rows = kind.rows([33, 1, 64, 70, 2, 200, 17, 300, 90, 129, 5, 61, 150])
    }

    private func result(_ model: DecoderModel, checkpointing: Bool = false) throws -> LossAndGradients {
        try model.lossAndGradients(of: rows, adapter: adapter, dropout: key, checkpointing: checkpointing)
    }

    @Test func isNearTheFullPrecision() throws {
        let (exact, rounded) = (try result(full), try result(kept))
        #expect(rounded.lossSum != exact.lossSum)
        #expect(abs(rounded.lossSum - exact.lossSum) < 5e-3 * exact.lossSum)
        let difference = zip(rounded.gradients.values, exact.gradients.values).map { $0 - $1 }
        #expect(norm(difference) < 0.35 * norm(exact.gradients.values))
        let scores = try kept.scores(of: rows, adapter: adapter)
        for (score, exact) in zip(scores, try full.scores(of: rows, adapter: adapter)) {
            #expect(
                abs(score.negativeLogLikelihood - exact.negativeLogLikelihood) <= 0.03 * exact.negativeLogLikelihood)
        }
    }

    private func norm(_ x: [Float]) -> Float { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    @Test func keptAndPassingPackingsGiveTheSameBits() throws {
        let (first, second) = (try result(kept), try result(packedEachUse))
        #expect(first.lossSum == second.lossSum && first.gradients == second.gradients)
    }

    /// Layers without an adapter read what lies between products in bf16 alone, too, however weights are packed.
    @Test(arguments: [["q_proj", "v_proj"], ["up_proj"], ["down_proj", "o_proj"], ["k_proj", "gate_proj"]])
    func adaptersOfSomeLayersGiveTheSameBitsToo(targets: [String]) throws {
        let adapter = try kind.adapter(for: full, rank: 5, dropout: 0.2, targets: targets)
        func result(_ model: DecoderModel, checkpointing: Bool = false) throws -> LossAndGradients {
            try model.lossAndGradients(of: rows, adapter: adapter, dropout: key, checkpointing: checkpointing)
        }
        let (exact, first) = (try result(full), try result(kept))
        let difference = zip(first.gradients.values, exact.gradients.values).map { $0 - $1 }
        #expect(norm(difference) < 0.35 * norm(exact.gradients.values))
        for again in [try result(packedEachUse), try result(packedEachUse, checkpointing: true)] {
            #expect(again.lossSum == first.lossSum && again.gradients == first.gradients)
        }
    }

    @Test func checkpointingAndThreadsChangeNoBit() throws {
        let threads = ComputeThreads.count
        defer { ComputeThreads.count = threads }
        let first = try result(kept)
        for count in [1, 2, 4] {
            ComputeThreads.count = count
            for model in [kept, packedEachUse] {
                let again = try result(model, checkpointing: true)
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

    @Test func everyInstructionSetGivesTheSameUpToRounding() throws {
        let best = try result(kept)
        for set in Kernels.instructionSets {
            let other = try Kernels.using(set) { try result(kept) }
            // A sum that differs in its last bit may round to another bf16 number in the next layer.
            #expect(abs(other.lossSum - best.lossSum) < 1e-3 * best.lossSum)
            #expect(relativeDifference(other.gradients.values, best.gradients.values) < 0.03)
        }
    }

    @Test func storedTypesMeetAsTheirRoundedNumbers() throws {
        let directory = try TemporaryDirectory()
        let bf16 = try kind.load(in: directory, weights: .bf16, options: .emulatingBF16())
        let row = Array(rows.prefix(4))
        let (first, second) = (
            try bf16.lossAndGradients(of: row, adapter: adapter), try kept.lossAndGradients(of: row, adapter: adapter)
        )
        // The embedding, which is not multiplied, is the f32 one in one of them.
        #expect(abs(first.lossSum - second.lossSum) < 5e-3 * second.lossSum)
    }
}
