internal import MLOpsCore

/// What is done to each row of numbers by itself, or to each run of `size` numbers in a row.
///
/// ```
/// rootMeanSquare   y = x·r·w                    r = 1/√(mean x² + ε)
/// centred          y = (x − mean x)·r·w + b     r = 1/√(mean (x − mean x)² + ε)
/// bounded          y = min(max(x, −c), c)
/// ```
struct RowNorm: Sendable {
    /// Kinds of norm.
    enum Kind: Sendable, Hashable {
        /// By the root of the mean square.
        case rootMeanSquare
        /// About the mean, with b.
        case centred(bias: [Float])
        /// By a bound c, which has no weights.
        case bounded(Float)
    }

    let kind: Kind
    /// w
    let weight: [Float]
    /// ε
    let epsilon: Float

    init(_ kind: Kind = .rootMeanSquare, weight: [Float], epsilon: Float) {
        self.kind = kind
        self.weight = weight
        self.epsilon = epsilon
    }

    /// Numbers it is over.
    var size: Int { weight.count }

    /// The norm whose output is `factor` times this one's.
    func scaled(by factor: Float) -> RowNorm {
        let weight = weight.map { $0 * factor }
        guard case .centred(let bias) = kind else { return RowNorm(kind, weight: weight, epsilon: epsilon) }
        return RowNorm(.centred(bias: bias.map { $0 * factor }), weight: weight, epsilon: epsilon)
    }

    /// y = norm(x), for each run of `size` numbers in a row; r is kept in `inverse` [rows · runs, 1].
    func forward(_ x: Matrix, into y: Matrix, inverse: Matrix) {
        switch kind {
        case .rootMeanSquare:
            Kernels.rmsNormForward(runs(x), weight: weight, epsilon: epsilon, into: runs(y), inverse: inverse)
        case .centred(let bias):
            Kernels.layerNormForward(runs(x), aboutMean(bias), into: runs(y), inverse: inverse)
        case .bounded(let bound): Kernels.bound(x, by: bound, into: y)
        }
    }

    /// Whether ``forward(_:into:inverse:)`` can write bf16.
    var writesHalves: Bool {
        if case .bounded = kind { false } else { true }
    }

    /// y = norm(x) of whole rows, in bf16.
    func forward(_ x: Matrix, into y: HalfMatrix, inverse: Matrix) {
        switch kind {
        case .rootMeanSquare:
            Kernels.rmsNormForward(x, weight: weight, epsilon: epsilon, into: y, inverse: inverse)
        case .centred(let bias): Kernels.layerNormForward(x, aboutMean(bias), into: y, inverse: inverse)
        case .bounded: preconditionFailure("a bound in bf16")
        }
    }

    private func aboutMean(_ bias: [Float]) -> Kernels.LayerNorm {
        Kernels.LayerNorm(weight: weight, bias: bias, epsilon: epsilon)
    }

    /// dx += norm′(dy)
    func backward(_ dy: Matrix, x: Matrix, inverse: Matrix, into dx: Matrix) {
        switch kind {
        case .rootMeanSquare:
            Kernels.rmsNormBackward(runs(dy), runs(x), weight: weight, inverse: inverse, into: runs(dx))
        case .centred:
            Kernels.layerNormBackward(runs(dy), runs(x), weight: weight, inverse: inverse, into: runs(dx))
        case .bounded(let bound):
            let passed = Matrix(rows: dy.rows, columns: dy.columns)
            Kernels.boundBackward(dy, x: x, by: bound, into: passed)
            Kernels.add(passed, into: dx)
        }
    }

    /// What is multiplied by r and w: x, or x − mean x.
    func numerator(_ x: Matrix) -> Matrix {
        guard case .centred = kind else { return x }
        let centred = Matrix(rows: x.rows, columns: x.columns)
        for row in 0..<x.rows {
            let numbers = x.rows(row..<row + 1).elements()
            let mean = Self.mean(numbers)
            Kernels.copy(numbers.map { $0 - mean }, into: centred.rows(row..<row + 1))
        }
        return centred
    }

    /// Every run of `size` numbers as a row of its own: the heads of queries, for example.
    func runs(_ x: Matrix) -> Matrix {
        guard x.columns != size, size > 0 else { return x }
        precondition(x.columns.isMultiple(of: size) && x.isContiguous, "\(x.shape) in runs of \(size)")
        return Matrix(
            storage: x.storage, offset: x.offset, rows: x.rows * (x.columns / size), columns: size, stride: size)
    }
}

extension RowNorm {
    private static func mean(_ numbers: [Float]) -> Float {
        Float(numbers.reduce(0) { $0 + Double($1) } / Double(max(1, numbers.count)))
    }
}
