/// Root-mean-square normalisation with weights: y = x·r·w, r = 1/√(mean x² + ε).
struct RMSNorm: Sendable {
    let weight: [Float]
    let epsilon: Float

    /// Numbers it is over.
    var size: Int { weight.count }

    /// y = norm(x), for each run of `size` numbers in a row; r is kept in `inverse` [rows · runs, 1].
    func forward(_ x: Matrix, into y: Matrix, inverse: Matrix) {
        Kernels.rmsNormForward(runs(x), weight: weight, epsilon: epsilon, into: runs(y), inverse: inverse)
    }

    /// dx += norm′(dy)
    func backward(_ dy: Matrix, x: Matrix, inverse: Matrix, into dx: Matrix) {
        Kernels.rmsNormBackward(runs(dy), runs(x), weight: weight, inverse: inverse, into: runs(dx))
    }

    /// Every run of `size` numbers as a row of its own: the heads of queries, for example.
    func runs(_ x: Matrix) -> Matrix {
        guard x.columns != size else { return x }
        precondition(x.columns.isMultiple(of: size) && x.isContiguous, "\(x.shape) in runs of \(size)")
        return Matrix(
            storage: x.storage, offset: x.offset, rows: x.rows * (x.columns / size), columns: size, stride: size)
    }
}
