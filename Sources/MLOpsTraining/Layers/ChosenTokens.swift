internal import MLOpsCore

/// The tokens whose output somebody reads, of all that a pass computes.
///
/// The last layer's queries, keys and values are of all tokens, as these see each other. What follows its attention is computed for
/// the chosen ones alone: the rest of it would be read by nobody, and its gradient is zero.
///
/// | buffer | shape |
/// |---|---|
/// | input, gradient of the output | [chosen, hidden] |
/// | attended, its gradient of all tokens | [chosen, queryWidth + p], [tokens, queryWidth + p] |
final class ChosenTokens {
    /// Their places in the pass.
    let tokens: [Int]
    /// What is computed for them alone.
    let pass: Pass
    let input, attended: Matrix
    /// Of the way back.
    let gradient, attendedGradient: Matrix?
    private let lists: RowLists

    /// Nil when leaving the others out would not pay.
    init?(_ tokens: [Int], of whole: Pass, _ architecture: DecoderArchitecture, wantsGradient: Bool) {
        let pays = 4 * tokens.count <= 3 * whole.tokenCount
        // Every pass asks for the same buffers in the same order, so that the next one finds its own again.
        func buffer(_ rows: Int, _ columns: Int) -> Matrix { whole.workspace.matrix(pays ? rows : 0, columns) }
        let attendedWidth = architecture.queryWidth + (whole.adapter?.width ?? 0)
        input = buffer(tokens.count, architecture.hiddenSize)
        attended = buffer(tokens.count, attendedWidth)
        gradient = wantsGradient ? buffer(tokens.count, architecture.hiddenSize) : nil
        attendedGradient = wantsGradient ? buffer(whole.tokenCount, attendedWidth) : nil
        guard pays else { return nil }
        self.tokens = tokens
        pass = Pass(whole, of: tokens)
        lists = RowLists(tokens.map { [$0] })
    }

    /// y = the chosen rows of x.
    func gather(_ x: Matrix, into y: Matrix) { lists.sum(x, into: y) }

    /// y = x at the chosen rows, zeros elsewhere.
    func spread(_ x: Matrix, into y: Matrix) {
        y.fill(0)
        for (i, token) in tokens.enumerated() {
            Kernels.copy(x.rows(i..<i + 1), into: y.rows(token..<token + 1))
        }
    }
}
