internal import MLOpsCore

/// Rows concatenated for one pass, and where the loss is.
///
/// A token's output predicts the token after it. What comes after a row's last prediction cannot change it, so it is left out:
/// at least the row's last token.
struct SupervisedBatch {
    /// The rows' tokens that are computed.
    var ids: [Int32] = []
    /// How many of each row; a row without supervised tokens has none.
    var lengths: [Int] = []
    /// Places in `ids` whose next token is supervised.
    var positions: [Int] = []
    /// That token.
    var targets: [Int32] = []
    /// Supervised tokens of each row.
    var rowCounts: [Int] = []
    /// The rows' numbers among the examples.
    var rows: [Int] = []

    mutating func append(_ example: TokenizedExample, row: Int) {
        let start = ids.count
        var length = 0
        var count = 0
        for i in example.ids.indices.dropFirst() where example.isSupervised[i] {
            positions.append(start + i - 1)
            targets.append(example.ids[i])
            length = i
            count += 1
        }
        ids += example.ids.prefix(length)
        lengths.append(length)
        rowCounts.append(count)
        rows.append(row)
    }

    /// Splits rows, in order, into batches of at most `tokensPerPass` tokens; a longer row is a batch of its own.
    static func batches(_ examples: [TokenizedExample], tokensPerPass: Int) -> [SupervisedBatch] {
        var batches: [SupervisedBatch] = []
        var batch = SupervisedBatch()
        for (row, example) in examples.enumerated() {
            if !batch.rows.isEmpty, batch.ids.count + example.ids.count > tokensPerPass {
                batches.append(batch)
                batch = SupervisedBatch()
            }
            batch.append(example, row: row)
        }
        if !batch.rows.isEmpty { batches.append(batch) }
        return batches
    }
}
