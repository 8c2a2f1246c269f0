import MLOpsCore
import TestSupport
import Testing

@testable import MLOpsTraining

/// What follows the last layer's attention is computed for the tokens that are read: that changes nothing.
@Suite struct ChosenTokensTests {
    /// The loss and its gradient are those of rows so full of learned tokens that none is left out: each learned token counts by
    /// itself, so the sums over two halves of them are those over all.
    @Test(arguments: TinyModel.kinds) func partsAddUpToTheWhole(kind: TinyModel) throws {
        let folder = try TemporaryDirectory()
        let model = try kind.load(in: folder)
        let adapter = try kind.adapter(for: model, rank: 3)
        let whole = kind.rows([24, 17]).map { learned($0) { _ in true } }
        let parts = [0, 1].map { part in whole.map { learned($0) { $0 % 2 == part } } }
        for checkpointing in [false, true] {
            let all = try model.lossAndGradients(of: whole, adapter: adapter, checkpointing: checkpointing)
            var (loss, gradients) = (0.0, [Float](repeating: 0, count: adapter.layout.parameterCount))
            for part in parts {
                let found = try model.lossAndGradients(of: part, adapter: adapter, checkpointing: checkpointing)
                loss += found.lossSum
                for i in gradients.indices { gradients[i] += found.gradients.values[i] }
            }
            #expect(abs(loss - all.lossSum) < 1e-5 * all.lossSum)
            #expect(relativeDifference(gradients, all.gradients.values) < 1e-4)
        }
        let scores = try parts.map { try model.scores(of: $0, adapter: adapter) }
        for (row, all) in try model.scores(of: whole, adapter: adapter).enumerated() {
            let sum = scores.reduce(0.0) { $0 + $1[row].negativeLogLikelihood }
            #expect(abs(sum - all.negativeLogLikelihood) < 1e-5 * all.negativeLogLikelihood)
        }
    }

    /// The halves leave tokens out, the whole does not: else the test above would compare one with itself.
    @Test func halvesLeaveOut() throws {
        let kind = TinyModel.kinds[0]
        let model = try kind.load(in: TemporaryDirectory())
        let whole = kind.rows([24, 17]).map { learned($0) { _ in true } }
        for (rows, leavesOut) in [(whole, false), (whole.map { learned($0) { $0 % 2 == 0 } }, true)] {
            let batch = model.batches(rows)[0]
            let pass = model.pass(batch, adapter: nil, workspace: Workspace())
            let chosen = ChosenTokens(batch.positions, of: pass, model.architecture, wantsGradient: true)
            #expect((chosen != nil) == leavesOut)
        }
    }

    private func learned(_ row: TokenizedExample, _ isLearned: (Int) -> Bool) -> TokenizedExample {
        TokenizedExample(
            ids: row.ids, isSupervised: row.ids.indices.map { $0 > 0 && isLearned($0) }, origin: row.origin)
    }
}
