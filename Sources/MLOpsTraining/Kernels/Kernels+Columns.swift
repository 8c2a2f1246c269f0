internal import CMLOpsKernels

extension Kernels {
    /// out[n] += Σ over rows m of x[m, n]·y[m, n]·factors[m]; y and factors may be left out.
    ///
    /// | | shape |
    /// |---|---|
    /// | x, y | [rows, columns] |
    /// | factors | [rows, 1] |
    /// | out | [1, columns] |
    static func columnSums(_ x: Matrix, _ y: Matrix? = nil, factors: Matrix? = nil, into out: Matrix) {
        precondition(
            out.shape == [1, x.columns] && (y.map { $0.shape == x.shape } ?? true)
                && (factors.map { $0.shape == [x.rows, 1] && $0.isContiguous } ?? true),
            "\(out.shape) += sums of \(x.shape)")
        unsafe mlops_column_sums(
            x.pointer, x.stride, y?.pointer, y?.stride ?? 0, factors?.pointer, out.pointer, x.rows, x.columns)
    }

    /// y = factors∘x, or y += factors∘x with `adding`, a factor a column.
    static func scaleColumns(_ x: Matrix, by factors: Matrix, into y: Matrix, adding: Bool = false) {
        precondition(factors.shape == [1, x.columns] && y.shape == x.shape, "\(y.shape) = \(factors.shape)∘\(x.shape)")
        unsafe mlops_scale_columns(
            x.pointer, x.stride, factors.pointer, y.pointer, y.stride, adding ? 1 : 0, x.rows, x.columns)
    }

    /// norms[m] = √Σx[m]², a norm a row; norms [1, rows].
    static func rowNorms(_ x: Matrix, into norms: Matrix) {
        precondition(norms.shape == [1, x.rows], "\(norms.shape) of \(x.shape)")
        unsafe mlops_row_norms(x.pointer, x.stride, norms.pointer, x.rows, x.columns)
    }

    /// y = drop(x), or y += drop(x) with `adding`: the same elements as in the products with a mask.
    static func drop(_ x: Matrix, _ mask: DropoutMask, module: Int, into y: Matrix, adding: Bool = false) {
        precondition(x.shape == y.shape, "\(y.shape) = drop \(x.shape)")
        unsafe withDropout(mask, module, rows: x.rows) {
            unsafe mlops_drop_rows(
                x.pointer, x.stride, $0, y.pointer, y.stride, adding ? 1 : 0, x.rows, x.columns)
        }
    }
}
