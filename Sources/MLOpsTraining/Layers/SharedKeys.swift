/// The keys and values of rows that continue others, side by side as attention takes them.
///
/// What several rows begin with is computed once, as a row of its own, and the rows continue it; their queries see its keys and
/// their own. So keys and values are copied in front of each row's, and in the backward pass what comes back to the copies is
/// summed, in the order of the rows:
/// ```
/// compact │ a │ b, continues a │ c, continues a and b │ …
/// wide    │ a │ a │ b │ a │ b │ c │ …
/// ```
struct SharedKeys {
    /// The tokens of each row.
    private let tokens: [Range<Int>]
    /// Of each row, the rows that it continues, the first one first, and itself.
    private let paths: [[Int]]
    /// The wide rows of each row's keys.
    let ranges: [Range<Int>]
    /// Wide keys and values, and their gradients; every layer uses the same.
    let keys, values, keyGradients, valueGradients: Matrix

    /// - Parameter parents: the row that each continues, one before it; nil: none.
    init(_ tokens: [Range<Int>], parents: [Int?], width: Int, workspace: Workspace) {
        self.tokens = tokens
        var paths: [[Int]] = []
        var ranges: [Range<Int>] = []
        for (row, parent) in parents.enumerated() {
            let path = (parent.map { paths[$0] } ?? []) + [row]
            let start = ranges.last?.upperBound ?? 0
            ranges.append(start..<start + path.reduce(0) { $0 + tokens[$1].count })
            paths.append(path)
        }
        self.paths = paths
        self.ranges = ranges
        let rows = ranges.last?.upperBound ?? 0
        keys = workspace.matrix(rows, width)
        values = workspace.matrix(rows, width)
        keyGradients = workspace.matrix(rows, width)
        valueGradients = workspace.matrix(rows, width)
    }

    /// Lays out keys and values of all tokens.
    func spread(keys k: Matrix, values v: Matrix) {
        for (compact, wide) in [(k, keys), (v, values)] {
            eachPart { _, part, place in Kernels.copy(compact.rows(tokens[part]), into: wide.rows(place)) }
        }
    }

    /// Brings the gradients back to the tokens.
    func gather(keys dk: Matrix, values dv: Matrix) {
        for (compact, wide) in [(dk, keyGradients), (dv, valueGradients)] {
            eachPart { row, part, place in
                if row == part { Kernels.copy(wide.rows(place), into: compact.rows(tokens[part])) }
            }
            eachPart { row, part, place in
                if row != part { Kernels.add(wide.rows(place), into: compact.rows(tokens[part])) }
            }
        }
    }

    /// Calls `body` with each row, each part of its path, and that part's place among the wide rows.
    private func eachPart(_ body: (_ row: Int, _ part: Int, _ place: Range<Int>) -> Void) {
        for (row, path) in paths.enumerated() {
            var start = ranges[row].lowerBound
            for part in path {
                let end = start + tokens[part].count
                body(row, part, start..<end)
                start = end
            }
        }
    }
}
