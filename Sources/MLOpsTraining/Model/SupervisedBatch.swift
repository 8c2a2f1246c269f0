internal import MLOpsCore

/// Rows concatenated for one pass, and where the loss is.
///
/// A token's output predicts the token after it. What comes after a row's last prediction cannot change it, so it is left out:
/// at least the row's last token. What all rows begin with, before anything is learned, is computed once:
/// ```
/// │ beginning │ rest of row 0 │ rest of row 1 │ …
/// ```
struct SupervisedBatch {
    /// The tokens that are computed.
    private(set) var ids: [Int32] = []
    /// How many of them all rows begin with.
    private(set) var sharedCount = 0
    /// How many each row has after those; a row without supervised tokens has none.
    private(set) var lengths: [Int] = []
    /// Places in `ids` whose next token is supervised.
    private(set) var positions: [Int] = []
    /// That token.
    private(set) var targets: [Int32] = []
    /// Supervised tokens of each row.
    private(set) var rowCounts: [Int] = []
    /// How many tokens each row has as a whole.
    private(set) var rowLengths: [Int] = []
    /// The rows' numbers among the examples.
    let rows: Range<Int>
    /// Of each row, the place of its first prediction.
    private(set) var firstPositions: [Int] = []

    /// Joins the examples of `rows`.
    init(_ examples: [TokenizedExample], rows: Range<Int>, sharesBeginnings: Bool) {
        self.rows = rows
        /// Of each row, the places whose next token is supervised.
        let places = rows.map { row in
            examples[row].ids.indices.dropFirst().filter { examples[row].isSupervised[$0] }.map { $0 - 1 }
        }
        let learned = zip(rows, places).filter { !$0.1.isEmpty }
        if sharesBeginnings, learned.count > 1, let first = learned.first {
            var shared = examples[first.0].ids[...]
            for (row, places) in learned {
                let count = zip(shared, examples[row].ids.prefix(places[0])).prefix { $0 == $1 }.count
                shared = shared.prefix(count)
            }
            sharedCount = shared.count
            ids += shared
        }
        for (row, places) in zip(rows, places) {
            let start = ids.count - sharedCount
            let length = places.last.map { $0 + 1 - sharedCount } ?? 0
            positions += places.map { start + $0 }
            targets += places.map { examples[row].ids[$0 + 1] }
            if length > 0 { ids += examples[row].ids[sharedCount..<sharedCount + length] }
            lengths.append(length)
            rowLengths.append(examples[row].ids.count)
            rowCounts.append(places.count)
            firstPositions.append(places.first ?? 0)
        }
    }

    /// Splits rows, in order, into batches of at most `tokensPerPass` tokens; a longer row is a batch of its own.
    static func batches(
        _ examples: [TokenizedExample], tokensPerPass: Int, sharesBeginnings: Bool
    ) -> [SupervisedBatch] {
        var batches: [SupervisedBatch] = []
        var (start, tokens) = (0, 0)
        for (row, example) in examples.enumerated() {
            if row > start, tokens + example.ids.count > tokensPerPass {
                batches.append(SupervisedBatch(examples, rows: start..<row, sharesBeginnings: sharesBeginnings))
                (start, tokens) = (row, 0)
            }
            tokens += example.ids.count
        }
        if start < examples.count {
            batches.append(
                SupervisedBatch(examples, rows: start..<examples.count, sharesBeginnings: sharesBeginnings))
        }
        return batches
    }
}
