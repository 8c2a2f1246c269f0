internal import CMLOpsKernels

/// f32 products of two matrices, by the kernels that meet stored weights in f32 (bodies/panels.h and others).
///
/// Sums run in an order that depends on the shapes alone, not on the number of threads. OpenBLAS, which did this before, does not
/// know every processor: where it takes one for the oldest of its kind, it multiplies with a quarter of the vectors there are.
enum MatrixProducts {
    /// y = x·wᵀ, or y += x·wᵀ
    ///
    /// | | shape |
    /// |---|---|
    /// | x | [m, k] |
    /// | w | [n, k] |
    /// | y | [m, n] |
    static func multiplyTransposed(_ x: Matrix, _ w: Matrix, into y: Matrix, adding: Bool = false) {
        precondition(
            x.columns == w.columns && y.rows == x.rows && y.columns == w.rows,
            "\(y.shape) = \(x.shape)·\(w.shape)ᵀ")
        unsafe withProduct(x, w, into: y, adding: adding) { unsafe mlops_stored_multiply($0, 1, x.rows, 0) }
    }

    /// y = x·w, or y += x·w
    ///
    /// | | shape |
    /// |---|---|
    /// | x | [m, k] |
    /// | w | [k, n] |
    /// | y | [m, n] |
    static func multiply(_ x: Matrix, _ w: Matrix, into y: Matrix, adding: Bool = false) {
        precondition(
            x.columns == w.rows && y.rows == x.rows && y.columns == w.columns, "\(y.shape) = \(x.shape)·\(w.shape)")
        unsafe withProduct(x, w, into: y, adding: adding) { unsafe mlops_stored_multiply_back($0, x.rows) }
    }

    private static func withProduct(
        _ x: Matrix, _ w: Matrix, into y: Matrix, adding: Bool, _ body: (UnsafePointer<mlops_stored_product>) -> Void
    ) {
        guard y.rows > 0, y.columns > 0 else { return }
        guard x.columns > 0 else {
            if !adding { y.fill(0) }
            return
        }
        // The rows of w as bytes: as many as its initializer proved to be there.
        unsafe UnsafeRawPointer(w.pointer).withMemoryRebound(to: UInt8.self, capacity: 4 * w.stride * w.rows) {
            var product = unsafe mlops_stored_product(
                type: Int32(MLOPS_F32), w: $0, row_bytes: 4 * w.stride, x: x.pointer, ldx: x.stride, y: y.pointer,
                ldy: y.stride, outputs: w.rows, k: w.columns, add: adding ? 1 : 0, tail_x: nil, tail_ldx: 0,
                tail_w: nil, tail_ldw: 0, tail_k: 0)
            unsafe body(&product)
        }
        withExtendedLifetime((x.storage, w.storage, y.storage)) {}
    }
}
