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
    /// The wide rows of each row's keys.
    let ranges: [Range<Int>]
    /// Wide keys and values, and their gradients; every layer uses the same.
    let keys, values, keyGradients, valueGradients: Matrix
    /// Of each wide row, the token.
    private let tokens: RowLists
    /// Of each token, the wide rows: its own row's, then those of the rows that continue it.
    private let copies: RowLists

    /// - Parameters:
    ///   - tokens: those of each row, which follow each other.
    ///   - parents: the row that each continues, one before it; nil: none.
    init(_ tokens: [Range<Int>], parents: [Int?], width: Int, workspace: Workspace) {
        var paths: [[Int]] = []
        var ranges: [Range<Int>] = []
        var wide: [[Int]] = []
        var copies = [[Int]](repeating: [], count: tokens.last?.upperBound ?? 0)
        for (row, parent) in parents.enumerated() {
            let path = (parent.map { paths[$0] } ?? []) + [row]
            let start = wide.count
            for token in path.flatMap({ tokens[$0] }) {
                copies[token].append(wide.count)
                wide.append([token])
            }
            ranges.append(start..<wide.count)
            paths.append(path)
        }
        self.ranges = ranges
        self.tokens = RowLists(wide)
        self.copies = RowLists(copies)
        keys = workspace.matrix(wide.count, width)
        values = workspace.matrix(wide.count, width)
        keyGradients = workspace.matrix(wide.count, width)
        valueGradients = workspace.matrix(wide.count, width)
    }

    /// Asks for nothing where no rows begin alike, so that the buffers that a pass asks for later are those of other passes.
    static func passOver(_ workspace: Workspace) {
        for _ in 0..<4 { _ = workspace.matrix(0, 0) }
    }

    /// Lays out keys and values of all tokens.
    func spread(keys k: Matrix, values v: Matrix) {
        tokens.sum(k, into: keys)
        tokens.sum(v, into: values)
    }

    /// Brings the gradients back to the tokens.
    func gather(keys dk: Matrix, values dv: Matrix) {
        copies.sum(keyGradients, into: dk)
        copies.sum(valueGradients, into: dv)
    }
}
