/// The magnitudes of a module of a DoRA adapter during a pass: the norms that the rows of its effective weight are given.
///
/// ```
/// c = m / n     n = ‖W + s·B·A‖ by rows
/// ```
/// n is computed when it is first asked for; the adapter's numbers do not change during a pass.
final class Magnitude {
    /// m [1, outputs]
    let values: Matrix
    /// Where the gradient of m goes, when it is wanted.
    let gradient: Matrix?
    private var factors: Factors?

    /// What outputs are multiplied by.
    struct Factors {
        /// c, c − 1 and 1/n, [1, outputs].
        let scale, excess, inverseNorm: Matrix
    }

    init(_ values: Matrix, gradient: Matrix?) {
        self.values = values
        self.gradient = gradient
    }

    /// Must be called when the adapter's numbers changed.
    func forgetFactors() { factors = nil }

    /// The factors, from n, which `norms` computes.
    func factors(_ norms: () -> Matrix) -> Factors {
        if let factors { return factors }
        let (norms, columns) = (norms(), values.columns)
        let made = Factors(
            scale: Matrix(rows: 1, columns: columns), excess: Matrix(rows: 1, columns: columns),
            inverseNorm: Matrix(rows: 1, columns: columns))
        for i in 0..<columns {
            let scale = values[0, i] / norms[0, i]
            made.scale[0, i] = scale
            made.excess[0, i] = scale - 1
            made.inverseNorm[0, i] = 1 / norms[0, i]
        }
        factors = made
        return made
    }
}
