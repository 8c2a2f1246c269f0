internal import Foundation
internal import MLOpsCore

/// What all layers of one forward (and backward) computation over a ragged batch share: the rows, their angles, the adapter,
/// and scratch memory.
///
/// | buffer | shape |
/// |---|---|
/// | cosine, sine of each kind of rotation | [tokens, rotarySize/2] |
/// | normed | [tokens, hidden + p] |
/// | inner | [tokens, intermediate + p] |
/// | ones | [tokens, intermediate], or [tokens, 0] |
final class Pass {
    /// One row's place in the concatenated tokens, and the position of its first token.
    struct Row {
        var tokens: Range<Int>
        var firstPosition: Int
        /// The row that it continues, one before it: its queries see that one's keys too.
        var parent: Int?
        /// How many positions the whole sequence has, which some kinds of rotation depend on; its last ones may not be
        /// computed.
        var length: Int

        init(tokens: Range<Int>, firstPosition: Int, parent: Int? = nil, length: Int? = nil) {
            self.tokens = tokens
            self.firstPosition = firstPosition
            self.parent = parent
            self.length = length ?? firstPosition + tokens.count
        }
    }

    /// Cosine and sine of a kind of rotation.
    struct Angles {
        let cosine, sine: Matrix
    }

    let rows: [Row]
    let tokenCount: Int
    let adapter: BoundAdapter?
    let mask: DropoutMask?
    let workspace: Workspace
    /// None for layers without positions.
    let angles: [DecoderArchitecture.LayerAttention.Rotation: Angles]
    /// What queries are multiplied by, where that is not 1: their places and factors.
    let queryFactors: [(row: Int, factor: Float)]
    /// What the scores of each head gain with each token as their key, [tokens, heads]; without ALiBi, [tokens, 0].
    let scoreGains: Matrix
    let normed, inner: Matrix
    /// Ones in place of what an MLP without gate does not have; else no columns.
    let ones: Matrix
    /// Whether linear layers read bf16, and nothing beside them reads their inputs.
    private let readsHalves: Bool
    /// What the left sides of products in bf16 or whole numbers are, as long as that has not changed.
    private var converted: [Side: Converted] = [:]
    /// Where the gradients of all weights go, when they are wanted.
    var weightGradients: WeightGradients?
    /// What decomposed adapters need.
    let decomposition: DecompositionScratch
    /// One a row when keys and values are kept for later tokens.
    let caches: [KeyValueCache]?
    /// Whether its tokens are those of answers, or of the prompts before them.
    let isAnswering: Bool
    /// Where each row finds its keys and values when rows continue others.
    let spread: SharedKeys?

    /// Numbers of a weight's part that is packed for one use: what the second cache holds.
    private static let packedCapacity = 1 << 19

    init(
        _ architecture: DecoderArchitecture, rows: [Row],
        rotary: [DecoderArchitecture.LayerAttention.Rotation: RotaryTable], adapter: BoundAdapter?, mask: DropoutMask?,
        caches: [KeyValueCache]? = nil, products: RunConfiguration.Precision = .f32, workspace: Workspace
    ) {
        self.rows = rows
        readsHalves = products == .bf16 && adapter?.isDecomposed != true
        self.adapter = adapter
        self.mask = mask
        self.workspace = workspace
        self.caches = caches
        isAnswering = caches != nil
        spread =
            rows.contains { $0.parent != nil }
            ? SharedKeys(
                rows.map(\.tokens), parents: rows.map(\.parent), width: architecture.attendedKeyWidth,
                workspace: workspace) : nil
        if spread == nil { SharedKeys.passOver(workspace) }
        tokenCount = rows.last?.tokens.upperBound ?? 0
        let p = adapter?.width ?? 0
        var angles: [DecoderArchitecture.LayerAttention.Rotation: Angles] = [:]
        for rotation in DecoderArchitecture.LayerAttention.Rotation.allCases {
            guard let table = rotary[rotation] else { continue }
            let made = Angles(
                cosine: workspace.matrix(tokenCount, table.size / 2), sine: workspace.matrix(tokenCount, table.size / 2)
            )
            table.fill(cosine: made.cosine, sine: made.sine, rows: rows)
            angles[rotation] = made
        }
        self.angles = angles
        let gains = workspace.matrix(tokenCount, architecture.positionBias == nil ? 0 : architecture.headCount)
        if let bias = architecture.positionBias { Self.fill(gains, bias, rows) }
        scoreGains = gains
        queryFactors = architecture.queryGrowth.map { Self.queryFactors($0, rows) } ?? []
        normed = workspace.matrix(tokenCount, architecture.hiddenSize + p)
        inner = workspace.matrix(tokenCount, architecture.intermediateSize + p)
        ones = workspace.matrix(tokenCount, architecture.gatesMLP ? 0 : architecture.intermediateSize)
        ones.fill(1)
        let sides = architecture.projections.map(architecture.size(of:)).flatMap { [$0.inputs, $0.outputs] }
        decomposition = DecompositionScratch(
            tokens: tokenCount, width: adapter?.isDecomposed == true ? sides.max() ?? 0 : 0, workspace: workspace)
    }

    /// The part of `whole` that computes `tokens` alone where they do not see each other: no rows, angles or caches.
    ///
    /// Both write to the same memory: ``forgetAllConverted()`` must be called where one follows the other.
    init(_ whole: Pass, of tokens: [Int]) {
        rows = []
        tokenCount = tokens.count
        (adapter, workspace, readsHalves) = (whole.adapter, whole.workspace, whole.readsHalves)
        isAnswering = whole.isAnswering
        mask = whole.mask?.rows(tokens)
        scoreGains = whole.scoreGains
        (angles, queryFactors, caches, spread) = ([:], [], nil, nil)
        let all = 0..<tokens.count
        (normed, inner, ones) = (whole.normed.rows(all), whole.inner.rows(all), whole.ones.rows(all))
        decomposition = whole.decomposition
        weightGradients = whole.weightGradients
    }

    private static func fill(_ gains: Matrix, _ bias: DecoderArchitecture.PositionBias, _ rows: [Row]) {
        let slopes = bias.slopes(headCount: gains.columns)
        for row in rows {
            for token in row.tokens {
                let position = row.firstPosition + token - row.tokens.lowerBound
                for (head, slope) in slopes.enumerated() {
                    gains[token, head] = bias.value(slope: slope, position: position)
                }
            }
        }
    }

    private static func queryFactors(
        _ growth: DecoderArchitecture.QueryGrowth, _ rows: [Row]
    ) -> [(row: Int, factor: Float)] {
        rows.flatMap { row in
            row.tokens.compactMap { token in
                let times = (row.firstPosition + token - row.tokens.lowerBound) / growth.positions
                return times == 0 ? nil : (token, Float(1 + growth.rate * log(1 + Double(times))))
            }
        }
    }

    /// Which side of the network what a product in bf16 reads is of: each has memory of its own, gradients for two products.
    enum Side { case activation, gradient, otherGradient }

    /// A matrix that is there as the left side of products, and where.
    private struct Converted {
        let x: Matrix
        let storage: HalfStorage
    }

    /// The position of each token.
    var positions: [Int32] {
        rows.flatMap { row in row.tokens.indices.map { Int32(clamping: row.firstPosition + $0 - row.tokens.lowerBound) }
        }
    }

    /// Whether what only linear layers read is written in bf16 alone.
    var writesHalves: Bool {
        readsHalves && weightGradients?.coversLayers != true && adapter?.hasBiases != true
    }

    /// Where x, which is not written itself, goes in bf16; ``half(_:beside:room:side:)`` finds it there.
    ///
    /// - Parameter kept: memory that is its own, for ``recall(_:from:)``; nil: that of the side.
    func target(of x: Matrix, _ side: Side, kept: HalfStorage? = nil) -> HalfMatrix {
        let stride = halfStride(columns: x.columns)
        let storage = kept ?? workspace.half(side, count: x.rows * stride)
        converted[side] = Converted(x: x, storage: storage)
        return HalfMatrix(storage: storage, rows: x.rows, columns: x.columns, stride: stride)
    }

    /// Must be called where x is what went to `kept` before.
    func recall(_ x: Matrix, from kept: HalfStorage) { converted[.activation] = Converted(x: x, storage: kept) }

    /// The distance of rows in bf16, with room for an adapter's numbers behind them.
    func halfStride(columns: Int) -> Int {
        HalfMatrix.stride(columns: (columns + 1) / 2 * 2 + (adapter?.width ?? 0))
    }

    /// x in bf16, and xa behind it, from an even column on; with `room`, as many columns for it. Calls for one side return the same
    /// memory.
    ///
    /// Several weights with the same input follow each other: what was converted for one serves the next.
    func half(_ x: Matrix, beside xa: Matrix? = nil, room: Int = 0, side: Side = .activation) -> HalfMatrix {
        let stride = halfStride(columns: x.columns)
        let known = converted.values.first { $0.x == x }
        let storage = known?.storage ?? workspace.half(side, count: x.rows * stride)
        let (even, behind) = ((x.columns + 1) / 2 * 2, xa?.columns ?? room)
        let half = HalfMatrix(
            storage: storage, rows: x.rows, columns: behind > 0 ? even + behind : x.columns, stride: stride)
        if known == nil {
            Kernels.convert(x, into: half)
            remember(x, in: storage, side)
        }
        if let xa { Kernels.convert(xa, into: half, at: even) }
        return half
    }

    /// x in whole numbers. As in bf16, calls for one side return the same memory, and what was converted for one weight serves the next.
    func scaled(_ x: Matrix, side: Side = .activation) -> ScaledRows {
        let known = converted.values.first { $0.x == x }
        let count = x.rows * ScaledRows.stride(columns: x.columns)
        let storage = known?.storage ?? workspace.half(side, count: count)
        let numbers = ScaledRows(storage: storage, rows: x.rows, columns: x.columns)
        guard known == nil else { return numbers }
        Kernels.convert(x, into: numbers)
        remember(x, in: storage, side)
        return numbers
    }

    /// Notes what was converted, if nobody else writes to it: every other buffer may have other numbers by the next call.
    private func remember(_ x: Matrix, in storage: HalfStorage, _ side: Side) {
        converted[side] = x.storage === normed.storage ? Converted(x: x, storage: storage) : nil
    }

    /// Whether x is there in bf16 already, and maybe only there.
    func isConverted(_ x: Matrix) -> Bool { converted.values.contains { $0.x == x } }

    /// Must be called when ``normed`` was written to.
    func forgetConverted() { converted[.activation] = nil }

    /// Must be called when another pass has used the memory.
    func forgetAllConverted() { converted = [:] }

    /// Rows of a weight of `columns` that are packed for one use; as many as a packing likes.
    func packedTileHeight<Packing: PackedWeight>(_ packing: Packing.Type, columns: Int) -> Int {
        let multiple = Packing.rowMultiple
        return max(multiple, Self.packedCapacity / columns / multiple * multiple)
    }

    /// Memory for them. Every call returns the same.
    func packedTile<Packing: PackedWeight>(_ packing: Packing.Type, rows: Int, columns: Int) -> HalfStorage {
        workspace.packedTile(count: Packing.elementCount(outputs: rows, k: columns))
    }
}
