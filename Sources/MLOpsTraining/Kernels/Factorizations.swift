internal import COpenBLAS

/// Factorisations of matrices by LAPACK, the one in OpenBLAS, on one thread: the same bits whatever the number of threads.
///
/// LAPACK's matrices lie column by column. A row-major matrix is, as it lies, its own transpose to it.
enum Factorizations {
    /// The leading part of W = U·diag(S)·V: U [rows, count], S, V [count, columns].
    struct SingularValues {
        let left: Matrix
        let values: [Float]
        let right: Matrix
    }

    private static let oneThread: Void = openblas_set_num_threads(1)

    /// W = U·diag(S)·V with all singular values, the greatest first; nil when LAPACK does not converge.
    static func singularValues(_ w: Matrix) -> SingularValues? {
        oneThread
        let (m, n, k) = (w.columns, w.rows, min(w.rows, w.columns))
        // Wᵀ = Vᵀ·diag(S)·Uᵀ in LAPACK's order is V, S and U in ours.
        let a = Matrix(w.elements(), rows: n, columns: m)
        let (right, left) = (Matrix(rows: k, columns: m), Matrix(rows: n, columns: k))
        let values = Matrix(rows: 1, columns: k)
        var integers = [Int32](repeating: 0, count: 8 * k)
        var info: Int32 = 0
        var (rows, columns, count) = (Int32(m), Int32(n), Int32(k))
        // Pointers to matrices and arrays of the sizes LAPACK documents for jobz = 'S', valid during the calls.
        func call(_ work: UnsafeMutablePointer<Float>, _ size: Int) {
            var size = Int32(size)
            var job = CChar(UInt8(ascii: "S"))
            unsafe integers.withUnsafeMutableBufferPointer {
                unsafe sgesdd_(
                    &job, &rows, &columns, a.pointer, &rows, values.pointer, right.pointer, &rows, left.pointer, &count,
                    work, &size, $0.baseAddress, &info, 1)
            }
        }
        var best: Float = 0
        unsafe call(&best, -1)
        let work = Matrix(rows: 1, columns: workSize(best))
        unsafe call(work.pointer, work.columns)
        return info == 0 ? SingularValues(left: left, values: values.elements(), right: right) : nil
    }

    /// The first `count` columns of Q [rows, count] and rows of R [count, columns] of W = Q·R.
    ///
    /// - Precondition: `count` is at most the rows and the columns of `w`.
    static func qr(_ w: Matrix, count: Int) -> (q: Matrix, r: Matrix) {
        precondition(count <= min(w.rows, w.columns), "\(count) columns of \(w.shape)")
        oneThread
        let (m, n) = (w.rows, w.columns)
        let a = Matrix(rows: n, columns: m)  // W column by column
        Kernels.transpose(w, into: a)
        let tau = Matrix(rows: 1, columns: min(m, n))
        var (rows, columns, some, info) = (Int32(m), Int32(n), Int32(count), Int32(0))
        // Pointers to matrices of the sizes LAPACK documents, valid during the calls.
        func factor(_ work: UnsafeMutablePointer<Float>, _ size: Int) {
            var size = Int32(size)
            unsafe sgeqrf_(&rows, &columns, a.pointer, &rows, tau.pointer, work, &size, &info)
        }
        func expand(_ work: UnsafeMutablePointer<Float>, _ size: Int) {
            var size = Int32(size)
            unsafe sorgqr_(&rows, &some, &some, a.pointer, &rows, tau.pointer, work, &size, &info)
        }
        var best: Float = 0
        unsafe factor(&best, -1)
        var work = Matrix(rows: 1, columns: workSize(best))
        unsafe factor(work.pointer, work.columns)
        let r = Matrix(rows: count, columns: n)
        for i in 0..<count { for j in 0..<n { r[i, j] = i <= j ? a[j, i] : 0 } }
        unsafe expand(&best, -1)
        work = Matrix(rows: 1, columns: workSize(best))
        unsafe expand(work.pointer, work.columns)
        let q = Matrix(rows: m, columns: count)
        Kernels.transpose(a.rows(0..<count), into: q)
        return (q, r)
    }

    /// The leading `count` singular values, approximately: Halko, Martinsson and Tropp 2009 (arXiv:0909.4061), algorithms 4.4 and
    /// 5.1, as `torch.svd_lowrank` runs them, with `iterations` power iterations from normal numbers.
    static func approximateSingularValues(
        _ w: Matrix, count: Int, iterations: Int, random: CounterRandom
    ) -> SingularValues? {
        guard w.rows >= w.columns else {
            // Torch, too, goes by the longer side.
            let transposed = Matrix(rows: w.columns, columns: w.rows)
            Kernels.transpose(w, into: transposed)
            let found = approximateSingularValues(transposed, count: count, iterations: iterations, random: random)
            return found.map { found in
                let (left, right) = (
                    Matrix(rows: w.rows, columns: count), Matrix(rows: count, columns: w.columns)
                )
                Kernels.transpose(found.right, into: left)
                Kernels.transpose(found.left, into: right)
                return SingularValues(left: left, values: found.values, right: right)
            }
        }
        let transposed = Matrix(rows: w.columns, columns: w.rows)
        Kernels.transpose(w, into: transposed)
        func basis(_ a: Matrix, times b: Matrix) -> Matrix {
            let product = Matrix(rows: a.rows, columns: count)
            MatrixProducts.multiply(a, b, into: product)
            return qr(product, count: count).q
        }
        let start = Matrix(
            (0..<w.columns * count).map { Float(random.normal(UInt64($0))) }, rows: w.columns, columns: count)
        var q = basis(w, times: start)
        for _ in 0..<iterations { q = basis(w, times: basis(transposed, times: q)) }
        let transposedQ = Matrix(rows: count, columns: w.rows)
        Kernels.transpose(q, into: transposedQ)
        let small = Matrix(rows: count, columns: w.columns)
        MatrixProducts.multiply(transposedQ, w, into: small)
        return singularValues(small).map { found in
            let left = Matrix(rows: w.rows, columns: count)
            MatrixProducts.multiply(q, found.left, into: left)
            return SingularValues(left: left, values: found.values, right: found.right)
        }
    }

    /// LAPACK tells the size as a number of the matrix's type, which may have been rounded down.
    private static func workSize(_ told: Float) -> Int { Int(told.nextUp.rounded(.up)) + 64 }
}
