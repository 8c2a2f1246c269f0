internal import CMLOpsKernels

/// Which inputs of an adapter are dropped in a training step.
///
/// Element j of a token's input is kept when a hash of the token's key, the module and j says so; see bodies/lowrank.h.
struct DropoutMask {
    /// A key for each token of the pass.
    let keys: [UInt64]
    /// The share of elements that are dropped, in 1/65,536.
    let threshold: UInt32

    /// What kept elements are multiplied by, so that the expected value stays.
    var scale: Float { 65536 / Float(65536 - threshold) }

    init(keys: [UInt64], probability: Double) {
        precondition(probability >= 0 && probability < 1, "dropout \(probability)")
        self.keys = keys
        threshold = UInt32((probability * 65536).rounded())
    }

    private init(keys: [UInt64], threshold: UInt32) {
        self.keys = keys
        self.threshold = threshold
    }

    /// The mask of some tokens.
    func rows(_ tokens: [Int]) -> DropoutMask { DropoutMask(keys: tokens.map { keys[$0] }, threshold: threshold) }
}

extension Kernels {
    /// Ranks are padded to the width of a vector in the buffers of a pass.
    static func paddedRank(_ rank: Int) -> Int { (rank + 15) / 16 * 16 }

    /// y = drop(x)·at, at [inputs, padded rank]
    static func lowRankProject(_ x: Matrix, _ mask: DropoutMask?, module: Int, _ at: Matrix, into y: Matrix) {
        precondition(
            at.rows == x.columns && at.isContiguous && y.rows == x.rows && y.columns == at.columns
                && at.columns.isMultiple(of: 16),
            "\(y.shape) = \(x.shape)·\(at.shape)")
        unsafe withDropout(mask, module, rows: x.rows) {
            unsafe mlops_lowrank_project(
                x.pointer, x.stride, $0, at.pointer, y.pointer, y.stride, x.rows, x.columns, at.columns)
        }
    }

    /// dx += drop(dxa·a), a [rank, inputs]
    static func lowRankExpand(_ dxa: Matrix, _ a: Matrix, _ mask: DropoutMask?, module: Int, into dx: Matrix) {
        precondition(
            dxa.columns >= a.rows && a.isContiguous && dx.rows == dxa.rows && dx.columns == a.columns,
            "\(dx.shape) += \(dxa.shape)·\(a.shape)")
        unsafe withDropout(mask, module, rows: dx.rows) {
            unsafe mlops_lowrank_expand(
                dxa.pointer, dxa.stride, a.pointer, $0, dx.pointer, dx.stride, dx.rows, dx.columns, a.rows)
        }
    }

    /// da += dxaᵀ·drop(x), da [rank, inputs], dxa [tokens, padded rank]
    static func lowRankGradientA(_ x: Matrix, _ mask: DropoutMask?, module: Int, _ dxa: Matrix, into da: Matrix) {
        precondition(
            dxa.rows == x.rows && dxa.columns >= da.rows && dxa.columns.isMultiple(of: 16) && da.columns == x.columns
                && da.isContiguous,
            "\(da.shape) += \(dxa.shape)ᵀ·\(x.shape)")
        unsafe withDropout(mask, module, rows: x.rows) {
            unsafe mlops_lowrank_outer(
                x.pointer, x.stride, $0, dxa.pointer, dxa.stride, 1, da.pointer, 1, da.columns, x.rows, x.columns,
                da.rows,
                dxa.columns)
        }
    }

    /// db += s·dyᵀ·xa, db [outputs, rank], xa [tokens, padded rank]
    static func lowRankGradientB(_ dy: Matrix, _ xa: Matrix, scaled s: Float, into db: Matrix) {
        precondition(
            dy.rows == xa.rows && xa.columns >= db.columns && xa.columns.isMultiple(of: 16) && db.rows == dy.columns
                && db.isContiguous,
            "\(db.shape) += \(dy.shape)ᵀ·\(xa.shape)")
        unsafe withDropout(nil, 0, rows: dy.rows) {
            unsafe mlops_lowrank_outer(
                dy.pointer, dy.stride, $0, xa.pointer, xa.stride, s, db.pointer, db.columns, 1, dy.rows, dy.columns,
                db.columns, xa.columns)
        }
    }

    static func withDropout(_ mask: DropoutMask?, _ module: Int, rows: Int, _ body: (mlops_dropout) -> Void) {
        guard let mask else {
            return unsafe body(mlops_dropout(keys: nil, module: 0, threshold: 0, scale: 1))
        }
        precondition(mask.keys.count == rows, "\(mask.keys.count) keys for \(rows) rows")
        unsafe mask.keys.withUnsafeBufferPointer {
            unsafe body(
                mlops_dropout(
                    keys: $0.baseAddress, module: UInt64(module), threshold: mask.threshold, scale: mask.scale))
        }
    }
}
