internal import CMLOpsKernels
internal import COpenBLAS

/// f32 matrix products through OpenBLAS, one range of the result a task.
///
/// OpenBLAS itself is kept to one thread: two pools would fight for the cores. The ranges are chosen so that the result does not
/// depend on the number of threads. Its kernels treat rows in groups, and give a row the same bits wherever its group lies; so
/// tall products are cut between groups of 24 rows (12 and 24 are the groups of its Haswell, Zen and SkylakeX kernels), into as
/// many ranges as threads. Small products take other kernels, with another order of sums, so no range may become small. Flat
/// products are cut into panels of columns whose width depends on the shape alone.
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
        run(x, w, isTransposed: true, into: y, adding: adding)
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
        run(x, w, isTransposed: false, into: y, adding: adding)
    }

    /// Rows that OpenBLAS's kernels treat together.
    private static let rowGroup = 24
    /// Products with at least this many rows are cut between rows.
    private static let tall = 8 * rowGroup
    /// m·n·k up to which OpenBLAS takes its kernels for small matrices (interface/gemm.c, kernel/x86_64/*small_kernel_permit*).
    private static let smallProduct = 1_000_000

    /// What a task needs to know; pointers are those of matrices that the caller keeps.
    @safe private struct Product {
        var x: UnsafePointer<Float>
        var w: UnsafePointer<Float>
        var y: UnsafeMutablePointer<Float>
        var xStride, wStride, yStride, m, n, k: Int
        var isTransposed, adding: Bool
        var tasks: Int
        /// Width of a panel of columns; 0: rows are cut.
        var panel: Int

        func run(_ task: Int) {
            var rows = 0..<m
            var columns = 0..<n
            if panel > 0 {
                columns = task * panel..<min(n, (task + 1) * panel)
            } else {
                let groups = (m + MatrixProducts.rowGroup - 1) / MatrixProducts.rowGroup
                let start = groups * task / tasks * MatrixProducts.rowGroup
                rows = start..<min(m, groups * (task + 1) / tasks * MatrixProducts.rowGroup)
            }
            guard !rows.isEmpty, !columns.isEmpty else { return }
            let first = isTransposed ? columns.lowerBound * wStride : columns.lowerBound
            unsafe cblas_sgemm(
                CblasRowMajor, CblasNoTrans, isTransposed ? CblasTrans : CblasNoTrans, Int32(rows.count),
                Int32(columns.count), Int32(k), 1, x + rows.lowerBound * xStride, Int32(xStride), w + first,
                Int32(wStride),
                adding ? 1 : 0, y + rows.lowerBound * yStride + columns.lowerBound, Int32(yStride))
        }
    }

    /// How many ranges rows that take `size` products each are cut into: one a thread, unless that made them small.
    private static func ranges(rows: Int, of size: Int) -> Int {
        // A range has whole groups, but for the last one's last.
        let groupsNeeded = (smallProduct / max(1, size) + 2 * rowGroup - 1) / rowGroup
        return max(1, min(Kernels.threadCount, (rows + rowGroup - 1) / rowGroup / groupsNeeded))
    }

    private static let oneThread: Void = openblas_set_num_threads(1)

    private static func run(_ x: Matrix, _ w: Matrix, isTransposed: Bool, into y: Matrix, adding: Bool) {
        guard y.rows > 0, y.columns > 0 else { return }
        precondition(
            [x.rows, x.stride, w.rows, w.stride, y.stride].allSatisfy { $0 <= Int32.max }, "\(x.shape)·\(w.shape)")
        oneThread
        let panel = y.rows >= tall ? 0 : min(480, (y.columns + 8 * 48 - 1) / (8 * 48) * 48)
        let tasks = panel > 0 ? (y.columns + panel - 1) / panel : ranges(rows: y.rows, of: y.columns * x.columns)
        var product = unsafe Product(
            x: x.pointer, w: w.pointer, y: y.pointer, xStride: x.stride, wStride: w.stride, yStride: y.stride,
            m: y.rows,
            n: y.columns, k: x.columns, isTransposed: isTransposed, adding: adding, tasks: tasks, panel: panel)
        unsafe withUnsafePointer(to: &product) {
            unsafe mlops_parallel(
                tasks,
                { arguments, task in
                    // The pool passes back the pointer it was given, to a Product that outlives the call.
                    guard let product = unsafe arguments?.assumingMemoryBound(to: Product.self) else { return }
                    unsafe product.pointee.run(task)
                }, $0)
        }
    }
}
