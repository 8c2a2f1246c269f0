@testable import MLOpsTraining
import MLOpsCore
import Testing

/// Which tokens of some rows are computed, and where the loss is.
@Suite struct SupervisedBatchTests {
    private func row(_ ids: [Int32], learning: Int...) -> TokenizedExample {
        TokenizedExample(ids: ids, isSupervised: ids.indices.map(learning.contains))
    }

    private func batch(_ rows: [TokenizedExample], sharing: Bool = true) -> SupervisedBatch {
        SupervisedBatch(rows, rows: rows.indices, sharesBeginnings: sharing)
    }

    @Test func whatRowsBeginWithIsThereOnce() {
        let batch = batch([row([1, 2, 3, 4, 5], learning: 3, 4), row([1, 2, 6, 7], learning: 3)])
        #expect(batch.sharedCount == 2)
        #expect(batch.ids == [1, 2, 3, 4, 6])
        #expect(batch.segments.map(\.tokens) == [0..<2, 2..<4, 4..<5] && batch.rowCounts == [2, 1])
        #expect(batch.segments.map(\.parent) == [nil, 0, 0] && batch.segments.map(\.firstPosition) == [0, 2, 2])
        #expect(batch.positions == [2, 3, 4] && batch.targets == [4, 5, 7])
    }

    @Test func beginningsBranchLikeATree() {
        let rows = [
            row([1, 2, 3, 4, 9], learning: 4), row([1, 2, 5, 6], learning: 3), row([1, 2, 3, 4, 7, 8], learning: 5),
            row([8, 8, 8], learning: 2), row([1, 2, 3, 9, 9, 9], learning: 4, 5),
        ]
        let batch = batch(rows)
        // 1 2 │ 3 │ 4 (row 0) │ 4 7 (row 2) │ 9 9 (row 4) │ 5 (row 1) │ 8 8 (row 3)
        #expect(batch.ids == [1, 2, 3, 4, 4, 7, 9, 9, 5, 8, 8])
        #expect(batch.segments.map(\.parent) == [nil, 0, 1, 1, 1, 0, nil])
        #expect(batch.segments.map(\.row) == [0, 0, 0, 2, 4, 1, 3])
        #expect(batch.segments.map(\.firstPosition) == [0, 2, 3, 3, 3, 2, 0])
        #expect(batch.positions == [3, 8, 5, 10, 6, 7] && batch.targets == [9, 6, 8, 8, 9, 9])
        #expect(batch.sharedCount == 3)
    }

    @Test func nothingIsSharedThatALossIsMeasuredAt() {
        // Equal rows, learned from their second token on: the first token's output is each row's own.
        #expect(batch([row([1, 2, 3], learning: 1, 2), row([1, 2, 3], learning: 1, 2)]).sharedCount == 0)
        let later = batch([row([1, 2, 3, 4], learning: 3), row([1, 2, 3, 4], learning: 2, 3)])
        #expect(later.sharedCount == 1 && later.ids == [1, 2, 3, 2, 3])
        #expect(later.positions == [2, 3, 4] && later.targets == [4, 3, 4])
    }

    @Test func rowsWithoutTargetsAreNotComputed() {
        let rows = [row([9, 9]), row([1, 2, 3], learning: 2), row([]), row([1, 2, 4], learning: 2)]
        let shared = batch(rows)
        #expect(shared.sharedCount == 1 && shared.ids == [1, 2, 2] && shared.segments.map(\.row) == [1, 1, 3])
        #expect(batch([rows[0], rows[1]]).sharedCount == 0, "one row shares with none")
        let apart = batch(rows, sharing: false)
        #expect(apart.ids == [1, 2, 1, 2] && apart.positions == [1, 3])
        #expect(apart.segments.map(\.row) == [1, 3] && apart.segments.allSatisfy { $0.parent == nil })
    }

    @Test func rowsAreSplitInOrderByTheirTokens() {
        let rows = [3, 4, 5, 20, 1, 1].map { row([Int32](repeating: 1, count: $0), learning: $0 - 1) }
        let batches = SupervisedBatch.batches(rows, tokensPerPass: 9, sharesBeginnings: false)
        #expect(batches.map(\.rows) == [0..<2, 2..<3, 3..<4, 4..<6])
        #expect(SupervisedBatch.batches([], tokensPerPass: 9, sharesBeginnings: true).isEmpty)
    }
}
