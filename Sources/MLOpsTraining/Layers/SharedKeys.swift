/// The keys and values of rows with a common beginning, side by side as attention takes them.
///
/// The beginning is computed once, as a row of its own; each row's queries see its keys and the row's. They are copied in front
/// of each row's, and in the backward pass what comes back to the copies is summed, in the order of the rows:
/// ```
/// compact │ beginning │ rest 0 │ rest 1 │ …
/// wide    │ beginning │ beginning │ rest 0 │ beginning │ rest 1 │ …
/// ```
struct SharedKeys {
    /// The tokens of each row, the beginning first.
    private let tokens: [Range<Int>]
    /// The wide rows of each row's keys.
    let ranges: [Range<Int>]
    /// Wide keys and values, and their gradients; every layer uses the same.
    let keys, values, keyGradients, valueGradients: Matrix

    init(_ tokens: [Range<Int>], width: Int, workspace: Workspace) {
        self.tokens = tokens
        let shared = tokens[0].count
        var ranges: [Range<Int>] = []
        for (i, row) in tokens.enumerated() {
            let start = ranges.last?.upperBound ?? 0
            ranges.append(start..<start + row.count + (i > 0 ? shared : 0))
        }
        self.ranges = ranges
        let rows = ranges[ranges.count - 1].upperBound
        keys = workspace.matrix(rows, width)
        values = workspace.matrix(rows, width)
        keyGradients = workspace.matrix(rows, width)
        valueGradients = workspace.matrix(rows, width)
    }

    /// Lays out keys and values of all tokens.
    func spread(keys k: Matrix, values v: Matrix) {
        for (compact, wide) in [(k, keys), (v, values)] {
            Kernels.copy(compact.rows(tokens[0]), into: wide.rows(ranges[0]))
            for (row, range) in zip(tokens, ranges).dropFirst() {
                let (beginning, rest) = parts(range)
                Kernels.copy(compact.rows(tokens[0]), into: wide.rows(beginning))
                Kernels.copy(compact.rows(row), into: wide.rows(rest))
            }
        }
    }

    /// Brings the gradients back to the tokens.
    func gather(keys dk: Matrix, values dv: Matrix) {
        for (compact, wide) in [(dk, keyGradients), (dv, valueGradients)] {
            let sum = compact.rows(tokens[0])
            Kernels.copy(wide.rows(ranges[0]), into: sum)
            for (row, range) in zip(tokens, ranges).dropFirst() {
                let (beginning, rest) = parts(range)
                Kernels.add(wide.rows(beginning), into: sum)
                Kernels.copy(wide.rows(rest), into: compact.rows(row))
            }
        }
    }

    private func parts(_ range: Range<Int>) -> (beginning: Range<Int>, rest: Range<Int>) {
        let middle = range.lowerBound + tokens[0].count
        return (range.lowerBound..<middle, middle..<range.upperBound)
    }
}
