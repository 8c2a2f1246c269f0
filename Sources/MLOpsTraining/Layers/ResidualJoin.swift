/// How the output of attention or MLP joins the residual stream: m = x + s·norm(o), without a norm m = x + s·o.
struct ResidualJoin: Sendable {
    /// The norm of the output, with s in its weights.
    private let norm: RowNorm?
    /// s where there is no norm.
    private let scale: Float

    init(norm: RowNorm?, scale: Float) {
        self.norm = norm?.scaled(by: scale)
        self.scale = norm == nil ? scale : 1
    }

    /// What the backward pass needs of an output that is normed: o [tokens, hidden] and 1/√(mean o² + ε) [tokens, 1].
    struct Saved {
        let output, inverse: Matrix

        init(_ width: Int, pass: Pass) {
            output = pass.workspace.matrix(pass.tokenCount, width)
            inverse = pass.workspace.matrix(pass.tokenCount, 1)
        }

        private init(_ output: Matrix, _ inverse: Matrix) { (self.output, self.inverse) = (output, inverse) }

        func rows(_ range: Range<Int>) -> Saved { Saved(output.rows(range), inverse.rows(range)) }
    }

    /// m from x; `compute` writes o to a matrix, or base + o.
    func forward(
        _ x: Matrix, into m: Matrix, saved: Saved?, compute: (_ output: Matrix, _ base: Matrix?) -> Void
    ) {
        if let norm, let saved {
            compute(saved.output, nil)
            norm.forward(saved.output, into: m, inverse: saved.inverse)
            Kernels.add(x, into: m)
        } else if scale != 1 {
            compute(m, nil)
            Kernels.scale(m, by: scale)
            Kernels.add(x, into: m)
        } else {
            compute(m, x)
        }
    }

    /// Returns do from dm, in `scratch` or dm itself; the part of dm that goes to x stays as it is.
    func backward(_ dm: Matrix, saved: Saved?, scratch: Matrix?) -> Matrix {
        guard let scratch else { return dm }
        if let norm, let saved {
            scratch.fill(0)
            norm.backward(dm, x: saved.output, inverse: saved.inverse, into: scratch)
        } else {
            Kernels.copy(dm, into: scratch)
            Kernels.scale(scratch, by: scale)
        }
        return scratch
    }
}
