internal import MLOpsCore

/// What all layers of one forward (and backward) computation over a ragged batch share: the rows, their angles, the adapter,
/// and scratch memory.
///
/// | buffer | shape |
/// |---|---|
/// | cosine, sine | [tokens, headSize/2] |
/// | normed | [tokens, hidden + p] |
/// | inner | [tokens, intermediate + p] |
/// | tile | some rows of a weight, in f32 |
final class Pass {
    /// One row's place in the concatenated tokens, and the position of its first token.
    struct Row {
        var tokens: Range<Int>
        var firstPosition: Int
    }

    let rows: [Row]
    let tokenCount: Int
    let adapter: BoundAdapter?
    let mask: DropoutMask?
    let workspace: Workspace
    let cosine, sine, normed, inner: Matrix
    private let tileStorage: FloatStorage
    /// What decomposed adapters need.
    let decomposition: DecompositionScratch
    /// One a row when keys and values are kept for later tokens.
    let caches: [KeyValueCache]?
    /// Where each row finds its keys and values when the first row is what all others begin with.
    let spread: SharedKeys?

    /// Floats of a tile: a layer's weight of a small model as a whole, a part of it for a large one.
    private static let tileCapacity = 1 << 22

    /// - Parameter sharesFirstRow: whether the first row is what all others begin with.
    init(
        _ architecture: DecoderArchitecture, rows: [Row], sharesFirstRow: Bool, rotary: RotaryTable,
        adapter: BoundAdapter?, mask: DropoutMask?, caches: [KeyValueCache]? = nil, workspace: Workspace
    ) {
        self.rows = rows
        self.adapter = adapter
        self.mask = mask
        self.workspace = workspace
        self.caches = caches
        spread =
            sharesFirstRow
            ? SharedKeys(rows.map(\.tokens), width: architecture.keyValueWidth, workspace: workspace) : nil
        tokenCount = rows.last?.tokens.upperBound ?? 0
        let p = adapter?.width ?? 0
        let half = architecture.headSize / 2
        cosine = workspace.matrix(tokenCount, half)
        sine = workspace.matrix(tokenCount, half)
        normed = workspace.matrix(tokenCount, architecture.hiddenSize + p)
        inner = workspace.matrix(tokenCount, architecture.intermediateSize + p)
        let widest = max(architecture.hiddenSize, architecture.intermediateSize, architecture.queryWidth) + p
        tileStorage = workspace.matrix(1, max(Self.tileCapacity, 48 * widest)).storage
        let width = max(
            architecture.hiddenSize, architecture.intermediateSize, architecture.queryWidth, architecture.keyValueWidth)
        decomposition = DecompositionScratch(
            tokens: tokenCount, width: adapter?.isDecomposed == true ? width : 0, workspace: workspace)
        rotary.fill(cosine: cosine, sine: sine, rows: rows.map { ($0.tokens, $0.firstPosition) })
    }

    /// Rows of a tile of `columns`; a multiple of 48, so that panels of columns stay whole.
    func tileHeight(columns: Int) -> Int { max(48, Self.tileCapacity / columns / 48 * 48) }

    /// The tile's memory as rows × columns. Every call returns the same memory.
    func tile(rows: Int, columns: Int) -> Matrix {
        Matrix(storage: tileStorage, offset: 0, rows: rows, columns: columns, stride: columns)
    }
}
