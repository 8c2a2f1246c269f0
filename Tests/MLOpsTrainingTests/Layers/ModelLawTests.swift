@testable import MLOpsTraining
import MLOpsCore
import TestSupport
import Testing

/// What must not change the loss and its gradients: how rows are batched, what is kept, how many threads there are.
@Suite(.serialized) struct ModelLawTests {
    private let kind = TinyModel.wide
    private let model: DecoderModel
    private let adapter: LoRAAdapter
    /// Together more than one pass takes.
    private let rows: [TokenizedExample]
    private let key = DropoutKey(seed: 3, step: 2)

    init() throws {
        model = try kind.load(in: TemporaryDirectory())
        adapter = try kind.adapter(for: model, rank: 5, dropout: 0.2)
        rows = kind.rows([33, 1, 64, 70, 2, 200, 17, 300, 90, 129, 5, 61, 150])
    }

    private func result(_ rows: [TokenizedExample], checkpointing: Bool = false) throws -> LossAndGradients {
        try model.lossAndGradients(of: rows, adapter: adapter, dropout: key, checkpointing: checkpointing)
    }

    @Test func accumulatedPartsGiveTheGradientOfTheWhole() throws {
        let whole = try result(rows)
        for size in [1, 4] {
            var (loss, count, gradients) = (0.0, 0, adapter.zeroGradients)
            for start in stride(from: 0, to: rows.count, by: size) {
                var key = key
                key.firstRow = start
                let part = try model.lossAndGradients(
                    of: Array(rows[start..<min(rows.count, start + size)]), adapter: adapter, dropout: key)
                loss += part.lossSum
                count += part.supervisedCount
                gradients.add(part.gradients)
            }
            #expect(abs(loss - whole.lossSum) < 1e-6 * whole.lossSum)
            #expect(count == whole.supervisedCount)
            #expect(relativeDifference(gradients.values, whole.gradients.values) < 1e-5)
        }
    }

    @Test func checkpointingChangesNoBit() throws {
        let (kept, recomputed) = (try result(rows), try result(rows, checkpointing: true))
        #expect(kept.lossSum == recomputed.lossSum)
        #expect(kept.gradients == recomputed.gradients)
    }

    @Test func anyNumberOfThreadsGivesTheSameBits() throws {
        let threads = ComputeThreads.count
        defer { ComputeThreads.count = threads }
        for checkpointing in [false, true] {
            let results = try [1, 2, 4].map { count in
                ComputeThreads.count = count
                return try result(rows, checkpointing: checkpointing)
            }
            #expect(results.allSatisfy { $0.lossSum == results[0].lossSum && $0.gradients == results[0].gradients })
        }
    }

    @Test func equalCallsGiveEqualBits() throws {
        let (first, second) = (try result(rows), try result(rows))
        #expect(first.lossSum == second.lossSum && first.gradients == second.gradients)
    }

    @Test func theOrderOfRowsDoesNotMatter() throws {
        let forth = try model.lossAndGradients(of: rows, adapter: adapter)
        let back = try model.lossAndGradients(of: rows.reversed(), adapter: adapter)
        #expect(abs(forth.lossSum - back.lossSum) < 1e-6 * forth.lossSum)
        #expect(relativeDifference(forth.gradients.values, back.gradients.values) < 1e-5)
    }

    @Test func rowsOfABatchDoNotSeeEachOther() throws {
        let together = try model.scores(of: rows, adapter: adapter)
        for (row, score) in zip(rows, together) {
            let alone = try #require(model.scores(of: [row], adapter: adapter).first)
            #expect(alone.tokenCount == score.tokenCount)
            #expect(
                abs(alone.negativeLogLikelihood - score.negativeLogLikelihood) <= 1e-5 * alone.negativeLogLikelihood)
        }
    }

    @Test func aBeginningComputedOnceGivesWhatItGivesInEachRow() throws {
        let rows = kind.rowsBeginningAlike([30, 1, 66, 9, 64], beginning: 70)
        #expect(model.batches(rows).map(\.sharedCount) == [69])
        let together = try result(rows)
        var (loss, gradients) = (0.0, adapter.zeroGradients)
        for (i, row) in rows.enumerated() {
            var key = key
            key.firstRow = i
            let part = try model.lossAndGradients(of: [row], adapter: adapter, dropout: key)
            loss += part.lossSum
            gradients.add(part.gradients)
        }
        #expect(abs(together.lossSum - loss) < 1e-6 * loss)
        #expect(relativeDifference(together.gradients.values, gradients.values) < 1e-5)
        let checkpointed = try result(rows, checkpointing: true)
        #expect(checkpointed.lossSum == together.lossSum && checkpointed.gradients == together.gradients)
        let scores = try model.scores(of: rows, adapter: adapter).map(\.negativeLogLikelihood)
        for (row, score) in zip(rows, scores) {
            let alone = try model.scores(of: [row], adapter: adapter)[0].negativeLogLikelihood
            #expect(abs(alone - score) < 1e-5 * alone)
        }
    }

    @Test func scoresAreTheLossOfTraining() throws {
        let scores = try model.scores(of: rows, adapter: adapter)
        let training = try model.lossAndGradients(of: rows, adapter: adapter)
        let sum = scores.reduce(0) { $0 + $1.negativeLogLikelihood }
        #expect(abs(sum - training.lossSum) < 1e-6 * sum)
        #expect(scores.reduce(0) { $0 + $1.tokenCount } == training.supervisedCount)
    }

    @Test func dropoutDependsOnSeedStepAndRow() throws {
        let row = [rows[2]]
        func loss(_ key: DropoutKey?) throws -> Double {
            try model.lossAndGradients(of: row, adapter: adapter, dropout: key).lossSum
        }
        let losses = try [
            nil, key, DropoutKey(seed: 4, step: 2), DropoutKey(seed: 3, step: 3),
            DropoutKey(seed: 3, step: 2, firstRow: 1),
        ].map(loss)
        #expect(Set(losses).count == losses.count)
        #expect(try loss(key) == losses[1])
    }

    @Test func everyInstructionSetGivesTheSameUpToRounding() throws {
        let best = try result(rows)
        for set in Kernels.instructionSets {
            let other = try Kernels.using(set) { try result(rows) }
            #expect(abs(other.lossSum - best.lossSum) < 1e-6 * best.lossSum)
            #expect(relativeDifference(other.gradients.values, best.gradients.values) < 2e-5)
        }
    }

    @Test func rowsWithoutTargetsAndEmptyBatchesCountNothing() throws {
        let silent = TokenizedExample(ids: [1, 2, 3], isSupervised: [true, false, false])
        for rows in [[], [silent], [silent, silent]] {
            let result = try result(rows)
            #expect(result.lossSum == 0 && result.supervisedCount == 0 && result.gradients == adapter.zeroGradients)
        }
        let with = try result([rows[0], silent])
        #expect(with.lossSum == (try result([rows[0]])).lossSum)
    }

    @Test(arguments: [[], [3, 101], [-1]] as [[Int32]])
    func idsOutsideTheVocabularyAreRefusedByName(ids: [Int32]) throws {
        let row = TokenizedExample(
            ids: ids, isSupervised: ids.map { _ in true }, origin: RowOrigin(file: "rows.jsonl", line: 7))
        let error = try #require(throws: ModelError.self) { try result([row]) }
        #expect(error.code == .invalidInput && error.message.contains("rows.jsonl"))
    }
}
