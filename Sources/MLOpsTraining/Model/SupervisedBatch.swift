internal import MLOpsCore

/// Rows laid out for one pass, and where the loss is.
///
/// A token's output predicts the token after it. What comes after a row's last prediction cannot change it, so it is left out:
/// at least the row's last token. What rows begin with alike, before anything is learned, is computed once: the rows are the
/// leaves of a tree of segments, each of which continues another.
/// ```
/// │ what all begin with │ what rows 0 and 2 go on with │ rest of row 0 │ rest of row 2 │ rest of row 1 │
/// ```
struct SupervisedBatch {
    /// Tokens that follow each other, in the batch and in a row.
    struct Segment: Hashable {
        /// Its place in ``ids``.
        var tokens: Range<Int>
        /// The place of its first token in the row.
        var firstPosition: Int
        /// The number of the segment that it continues; one before its own.
        var parent: Int?
        /// A row that it belongs to, counted in the batch.
        var row: Int
    }

    /// The tokens that are computed.
    private(set) var ids: [Int32] = []
    /// How they belong together, in their order. A row without supervised tokens has none.
    private(set) var segments: [Segment] = []
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

    /// How many of the tokens belong to several rows.
    var sharedCount: Int {
        let parents = Set(segments.compactMap(\.parent))
        return parents.reduce(0) { $0 + segments[$1].tokens.count }
    }

    /// Lays out the examples of `rows`.
    init(_ examples: [TokenizedExample], rows: Range<Int>, sharesBeginnings: Bool) {
        self.rows = rows
        /// Of each row, the places whose next token is supervised.
        let places = rows.map { row in
            examples[row].ids.indices.dropFirst().filter { examples[row].isSupervised[$0] }.map { $0 - 1 }
        }
        let learned = places.enumerated().compactMap { row, places -> Learned? in
            guard let first = places.first, let last = places.last else { return nil }
            return Learned(row: row, ids: examples[rows.lowerBound + row].ids[...last], shareable: first)
        }
        if sharesBeginnings {
            lay(learned, from: 0, parent: nil)
        } else {
            for row in learned { append(row, to: row.ids.count, from: 0, parent: nil) }
        }
        /// Where a row's first token would be if all of them stood before its own segment's.
        var starts = places.map { _ in 0 }
        for segment in segments { starts[segment.row] = segment.tokens.lowerBound - segment.firstPosition }
        for (row, places) in places.enumerated() {
            let ids = examples[rows.lowerBound + row].ids
            positions += places.map { starts[row] + $0 }
            targets += places.map { ids[$0 + 1] }
            rowLengths.append(ids.count)
            rowCounts.append(places.count)
            firstPositions.append(places.first ?? 0)
        }
    }

    /// A row that has something to learn: the tokens to compute, and how many of the first are before its first prediction.
    private struct Learned {
        var row: Int
        var ids: ArraySlice<Int32>
        var shareable: Int
    }

    /// Lays out rows that are alike before `depth`, in the order in which their next tokens come first.
    private mutating func lay(_ group: [Learned], from depth: Int, parent: Int?) {
        var branches: [(token: Int32?, rows: [Learned])] = []
        for row in group {
            let token = depth < row.shareable ? row.ids[depth] : nil
            if let token, let i = branches.firstIndex(where: { $0.token == token }) {
                branches[i].rows.append(row)
            } else {
                branches.append((token, [row]))
            }
        }
        for (_, rows) in branches {
            let first = rows[0]
            guard rows.count > 1 else {
                append(first, to: first.ids.count, from: depth, parent: parent)
                continue
            }
            var end = depth + 1
            while rows.allSatisfy({ end < $0.shareable && $0.ids[end] == first.ids[end] }) { end += 1 }
            append(first, to: end, from: depth, parent: parent)
            lay(rows, from: end, parent: segments.count - 1)
        }
    }

    private mutating func append(_ row: Learned, to end: Int, from start: Int, parent: Int?) {
        segments.append(
            Segment(
                tokens: ids.count..<ids.count + end - start, firstPosition: start, parent: parent, row: row.row))
        ids += row.ids[start..<end]
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
