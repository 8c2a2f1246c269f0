internal import CMLOpsKernels

/// A [rank, inputs] of an adapter in bf16, in the two orders in which products read it; see bodies/lowrank_half.h.
struct LowRankPairs {
    /// Pairs by inputs, then pairs by ranks.
    let storage: HalfStorage
    let inputs: Int
    /// The padded rank.
    let width: Int

    /// Numbers of one order.
    private var count: Int { Self.rounded(inputs) * width }
    private static func rounded(_ inputs: Int) -> Int { (inputs + 31) / 32 * 32 }

    init(inputs: Int, width: Int) {
        precondition(width.isMultiple(of: 16), "a padded rank of \(width)")
        self.inputs = inputs
        self.width = width
        storage = HalfStorage(count: 2 * Self.rounded(inputs) * width)
    }

    /// Where the two orders begin; valid as long as the storage lives.
    var places: (byInputs: UnsafeMutablePointer<UInt16>, byRanks: UnsafeMutablePointer<UInt16>) {
        unsafe (storage.base, storage.base + count)
    }

    /// Valid as long as the storage lives.
    var parts: mlops_lowrank_pairs {
        unsafe mlops_lowrank_pairs(by_inputs: places.byInputs, by_ranks: places.byRanks, k: inputs, p: width)
    }
}

extension Kernels {
    /// Where the matrices of an adapted layer, A [rank, inputs] and B [outputs, rank], stand among an adapter's numbers, and where they
    /// go in bf16.
    struct AdapterPacking {
        let a, b: Range<Int>
        let rank: Int
        /// s
        let scale: Float
        let pairs: LowRankPairs
        /// s·B
        let packedB: PackedMatrix
    }

    /// Packs the matrices of all layers out of an adapter's numbers.
    static func pack(_ layers: [AdapterPacking], of numbers: [Float]) {
        unsafe numbers.withUnsafeBufferPointer { numbers in
            guard let first = numbers.baseAddress else { return }
            unsafe pack(layers, from: first, count: numbers.count)
        }
    }

    private static func pack(_ layers: [AdapterPacking], from numbers: UnsafePointer<Float>, count: Int) {
        let modules = unsafe layers.map { layer in
            let (a, b, pairs, packed) = (layer.a, layer.b, layer.pairs, layer.packedB)
            precondition(
                a.lowerBound >= 0 && a.upperBound <= count && b.lowerBound >= 0 && b.upperBound <= count
                    && a.count == layer.rank * pairs.inputs && b.count == layer.rank * packed.outputs
                    && packed.k == pairs.width && layer.rank <= pairs.width,
                "\(a) and \(b) of rank \(layer.rank) as \(pairs.width)×\(pairs.inputs) and \(packed.outputs)×\(packed.k)"
            )
            let parts = unsafe pairs.places
            return unsafe mlops_adapter_module(
                a: numbers + a.lowerBound, b: numbers + b.lowerBound, rank: layer.rank, k: pairs.inputs,
                outputs: packed.outputs, p: pairs.width, scale: layer.scale, by_inputs: parts.byInputs,
                by_ranks: parts.byRanks,
                panels: packed.storage.base + packed.offset)
        }
        unsafe mlops_adapter_pack(modules, modules.count)
        withExtendedLifetime(layers) {}
    }

    /// y = drop(x)·Aᵀ, [tokens, padded rank]; x's last columns become y in bf16.
    ///
    /// | | shape |
    /// |---|---|
    /// | x | [tokens, inputs rounded up to even + padded rank] |
    static func lowRankProject(_ x: HalfMatrix, _ mask: DropoutMask?, module: Int, _ a: LowRankPairs, into y: Matrix) {
        let tail = x.columns - a.width
        precondition(
            tail == (a.inputs + 1) / 2 * 2 && y.rows == x.rows && y.columns == a.width,
            "\(y.shape) = [\(x.rows), \(x.columns)]·[\(a.width), \(a.inputs)]ᵀ")
        unsafe withDropout(mask, module, rows: x.rows) {
            unsafe mlops_lowrank_half_project(
                x.storage.base + x.offset, x.stride, $0, a.parts, y.pointer, y.stride,
                x.storage.base + x.offset + tail, x.rows)
        }
        withExtendedLifetime((x.storage, a.storage)) {}
    }

    /// What an adapter's way back reads, all of as many rows.
    struct LowRankBackward {
        /// The layer's input [tokens, inputs] and the gradient of its output [tokens, outputs].
        var x, dy: HalfMatrix
        /// drop(x)·Aᵀ and its gradient, [tokens, padded rank].
        var xa, dxa: Matrix
        var pairs: LowRankPairs
        /// s
        var scale: Float
    }

    /// da += dxaᵀ·drop(x), db += s·dyᵀ·xa, dx += drop(dxa·A); da [rank, inputs], db [outputs, rank].
    static func lowRankBackward(
        _ known: LowRankBackward, _ mask: DropoutMask?, module: Int, da: Matrix, db: Matrix, dx: Matrix
    ) {
        let (x, dy, xa, dxa, a) = (known.x, known.dy, known.xa, known.dxa, known.pairs)
        let rows = x.rows
        precondition(
            dy.rows == rows && xa.rows == rows && dxa.rows == rows && dx.rows == rows && xa.columns == a.width
                && dxa.columns == a.width && da.shape == [db.columns, a.inputs] && db.rows == dy.columns
                && dx.columns == a.inputs && x.columns >= a.inputs && da.rows <= a.width && da.isContiguous
                && db.isContiguous && x.canReadVectors(of: a.inputs) && dy.canReadVectors(of: dy.columns),
            "\(da.shape), \(db.shape), \(dx.shape)")
        var gradients = unsafe mlops_lowrank_gradients(
            x: x.storage.base + x.offset, ldx: x.stride, dxa: dxa.pointer, lddxa: dxa.stride,
            dy: dy.storage.base + dy.offset, lddy: dy.stride, xa: xa.pointer, ldxa: xa.stride, da: da.pointer,
            db: db.pointer, dx: dx.pointer, lddx: dx.stride, rows: rows, rank: da.rows, outputs: dy.columns,
            s: known.scale)
        unsafe withDropout(mask, module, rows: rows) { unsafe mlops_lowrank_half_back(&gradients, $0, a.parts) }
        withExtendedLifetime((x.storage, dy.storage, a.storage)) {}
    }
}

extension HalfMatrix {
    /// Whether rows are readable up to `columns` rounded up to the 32 that a vector holds.
    fileprivate func canReadVectors(of columns: Int) -> Bool { offset + (columns + 31) / 32 * 32 <= stride }
}
