internal import MLOpsCore

/// The linear layer with a weight-decomposed adapter.
///
/// Liu et al. 2024, arXiv:2402.09353, section 4.3, as PEFT's `DoraLinearLayer` computes it: n counts as a constant in the
/// gradient, and dropout acts on what the adapter adds, the base weight's share of it included. With d = drop(x), xa = d·Aᵀ:
/// ```
/// c  = m/n, n = ‖W + s·B·A‖ by rows     z = d·Wᵀ + s·xa·Bᵀ
/// y  = b + x·Wᵀ + c∘z − d·Wᵀ            (without dropout, d = x: y = b + c∘z)
/// dm = Σ dy∘z / n     dz = c∘dy         dxa = s·dz·B     dB = s·dzᵀ·xa     dA = dxaᵀ·d
/// dx = dy·W + drop((dz − dy)·W + dxa·A) (without dropout: dx = dz·W + dxa·A)
/// ```
extension AdaptedLinear {
    /// y = …, or y = base + …; xa is left in `xa`, when it is given, for the backward pass.
    func forward(
        _ x: Matrix, into y: Matrix, onto base: Matrix?, xa: Matrix?, _ module: BoundAdapter.Module,
        _ magnitude: Magnitude, _ pass: Pass
    ) {
        let tail = x.columns(inputs..<x.columns)
        let factors = magnitude.factors { norms(of: module) }
        let z = pass.decomposition.output(pass.tokenCount, outputs)
        let plain = x.columns(0..<inputs)
        Kernels.lowRankProject(plain, pass.mask, module: module.number, module.transposedA, into: tail)
        if let xa { Kernels.copy(tail, into: xa) }
        if let dropped = dropped(plain, module, pass) {
            weight.forward(plain, nil, into: y, onto: base, pass: pass)
            weight.forward(dropped, nil, into: z, pass: pass)
            Kernels.scaleColumns(z, by: factors.excess, into: y, adding: true)
            MatrixProducts.multiplyTransposed(tail, module.scaledB, into: z)
            Kernels.scaleColumns(z, by: factors.scale, into: y, adding: true)
        } else {
            weight.forward(plain, xa: tail, module, into: z, pass: pass)
            if let base, !(base == y) { Kernels.copy(base, into: y) }
            Kernels.scaleColumns(z, by: factors.scale, into: y, adding: base != nil)
        }
        if let bias { Kernels.addRow(bias, into: y) }
    }

    /// dx = …, or dx += … with `adding`, and the gradients of A, B and m added to the adapter's.
    func backward(
        _ dy: Matrix, x: Matrix, xa: Matrix?, into dx: Matrix, adding: Bool, _ module: BoundAdapter.Module,
        _ magnitude: Magnitude, _ pass: Pass
    ) {
        guard let gradients = module.gradients, let gradient = magnitude.gradient, let xa else { return }
        let (x, tail) = (x.columns(0..<inputs), dx.columns(inputs..<dx.columns))
        let plain = dx.columns(0..<inputs)
        let factors = magnitude.factors { norms(of: module) }
        let dropped = dropped(x, module, pass)
        let z = pass.decomposition.output(pass.tokenCount, outputs)
        weight.forward(dropped ?? x, nil, into: z, pass: pass)
        MatrixProducts.multiplyTransposed(xa, module.scaledB, into: z, adding: true)
        let sums = Matrix(rows: 1, columns: outputs)
        sums.fill(0)
        Kernels.columnSums(dy, z, into: sums)
        Kernels.scaleColumns(sums, by: factors.inverseNorm, into: gradient, adding: true)

        let dz = pass.decomposition.outputGradient(pass.tokenCount, outputs)
        if let mask = pass.mask, dropped != nil {
            weight.backward(dy, nil, into: plain, adding: adding, pass: pass)
            // dz − dy = (c − 1)∘dy
            Kernels.scaleColumns(dy, by: factors.excess, into: dz)
            let inside = pass.decomposition.input(pass.tokenCount, inputs)
            weight.backward(dz, nil, into: inside, adding: false, pass: pass)
            Kernels.drop(inside, mask, module: module.number, into: plain, adding: true)
            Kernels.scaleColumns(dy, by: factors.scale, into: dz)
            MatrixProducts.multiply(dz, module.scaledB, into: tail)
        } else {
            Kernels.scaleColumns(dy, by: factors.scale, into: dz)
            weight.backward(dz, module, into: dx, adding: adding, pass: pass)
        }
        Kernels.lowRankGradientA(x, pass.mask, module: module.number, tail, into: gradients.a)
        Kernels.lowRankGradientB(dz, xa, scaled: module.scale, into: gradients.b)
        Kernels.lowRankExpand(tail, module.a, pass.mask, module: module.number, into: plain)
    }

    /// ‖W + s·B·A‖ by rows, [1, outputs].
    func norms(of module: BoundAdapter.Module) -> Matrix {
        let norms = Matrix(rows: 1, columns: outputs)
        let height = max(48, (1 << 20) / max(1, inputs) / 48 * 48)
        let tile = Matrix(rows: min(height, outputs), columns: inputs)
        for start in stride(from: 0, to: outputs, by: height) {
            let rows = start..<min(outputs, start + height)
            let w = tile.rows(0..<rows.count)
            Kernels.convertRows(rows, of: weight.stored, into: w)
            let b = module.scaledB.rows(rows).columns(0..<module.a.rows)
            MatrixProducts.multiply(b, module.a, into: w, adding: true)
            Kernels.rowNorms(w, into: norms.columns(rows))
            // Products read a packing: the stored rows need not stay in memory until the next step.
            if !weight.keepsStored { weight.stored.releasePages(rows: rows) }
        }
        return norms
    }

    /// drop(x), nil when nothing is dropped.
    private func dropped(_ x: Matrix, _ module: BoundAdapter.Module, _ pass: Pass) -> Matrix? {
        guard let mask = pass.mask else { return nil }
        let d = pass.decomposition.input(pass.tokenCount, inputs)
        Kernels.drop(x, mask, module: module.number, into: d)
        return d
    }
}

/// Memory that decomposed adapters need in a pass: one layer's at a time.
struct DecompositionScratch {
    private let inputs, outputs, outputGradients: Matrix

    /// - Parameter width: the most inputs or outputs of a layer; 0 when nothing is decomposed.
    init(tokens: Int, width: Int, workspace: Workspace) {
        func matrix() -> Matrix {
            width > 0 ? workspace.matrix(1, tokens * width) : Matrix(rows: 0, columns: 0)
        }
        inputs = matrix()
        outputs = matrix()
        outputGradients = matrix()
    }

    private func view(_ buffer: Matrix, _ rows: Int, _ columns: Int) -> Matrix {
        Matrix(storage: buffer.storage, offset: 0, rows: rows, columns: columns, stride: columns)
    }

    func input(_ rows: Int, _ columns: Int) -> Matrix { view(inputs, rows, columns) }
    func output(_ rows: Int, _ columns: Int) -> Matrix { view(outputs, rows, columns) }
    func outputGradient(_ rows: Int, _ columns: Int) -> Matrix { view(outputGradients, rows, columns) }
}
