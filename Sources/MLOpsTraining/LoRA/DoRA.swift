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
    /// y = …, or y += … with `adding`; xa is left in `xa`, when it is given, for the backward pass.
    func forward(
        _ x: Matrix, into y: Matrix, adding: Bool, xa: Matrix?, _ module: BoundAdapter.Module, _ magnitude: Magnitude,
        _ pass: Pass
    ) {
        let tail = x.columns(inputs..<x.columns)
        let x = x.columns(0..<inputs)
        Kernels.lowRankProject(x, pass.mask, module: module.number, module.transposedA, into: tail)
        if let xa { Kernels.copy(tail, into: xa) }
        let factors = magnitude.factors { norms(of: module) }
        let dropped = dropped(x, module, pass)
        eachTile(pass) { rows, w in
            let (scaledB, y) = (module.scaledB.rows(rows), y.columns(rows))
            let z = pass.decomposition.output(pass.tokenCount, rows.count)
            MatrixProducts.multiplyTransposed(dropped ?? x, w, into: z)
            if dropped != nil {
                MatrixProducts.multiplyTransposed(x, w, into: y, adding: adding)
                Kernels.scaleColumns(z, by: factors.excess.columns(rows), into: y, adding: true)
                MatrixProducts.multiplyTransposed(tail, scaledB, into: z)
            } else {
                MatrixProducts.multiplyTransposed(tail, scaledB, into: z, adding: true)
            }
            Kernels.scaleColumns(
                z, by: factors.scale.columns(rows), into: y, adding: adding || dropped != nil)
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
        let dx = dx.columns(0..<inputs)
        let factors = magnitude.factors { norms(of: module) }
        let dropped = dropped(x, module, pass)
        let dz = pass.decomposition.outputGradient(pass.tokenCount, outputs)
        let sums = Matrix(rows: 1, columns: outputs)
        sums.fill(0)
        Kernels.scaleColumns(dy, by: factors.scale, into: dz)
        let inside = pass.decomposition.inputGradient(pass.tokenCount, inputs)
        var isFirst = true
        eachTile(pass) { rows, w in
            let dy = dy.columns(rows)
            let z = pass.decomposition.output(pass.tokenCount, rows.count)
            MatrixProducts.multiplyTransposed(dropped ?? x, w, into: z)
            MatrixProducts.multiplyTransposed(xa, module.scaledB.rows(rows), into: z, adding: true)
            Kernels.columnSums(dy, z, into: sums.columns(rows))
            if dropped == nil {
                MatrixProducts.multiply(dz.columns(rows), w, into: dx, adding: adding || !isFirst)
            } else {
                MatrixProducts.multiply(dy, w, into: dx, adding: adding || !isFirst)
                // dz − dy = (c − 1)∘dy
                Kernels.scaleColumns(dy, by: factors.excess.columns(rows), into: z)
                MatrixProducts.multiply(z, w, into: inside, adding: !isFirst)
            }
            isFirst = false
        }
        Kernels.scaleColumns(sums, by: factors.inverseNorm, into: gradient, adding: true)
        MatrixProducts.multiply(dz, module.scaledB, into: tail)
        Kernels.lowRankGradientA(x, pass.mask, module: module.number, tail, into: gradients.a)
        Kernels.lowRankGradientB(dz, xa, scaled: module.scale, into: gradients.b)
        Kernels.lowRankExpand(tail, module.a, pass.mask, module: module.number, into: dx)
        if let mask = pass.mask, dropped != nil {
            Kernels.drop(inside, mask, module: module.number, into: dx, adding: true)
        }
    }

    /// ‖W + s·B·A‖ by rows, [1, outputs].
    func norms(of module: BoundAdapter.Module) -> Matrix {
        let norms = Matrix(rows: 1, columns: outputs)
        let height = max(48, (1 << 20) / max(1, inputs) / 48 * 48)
        let tile = Matrix(rows: min(height, outputs), columns: inputs)
        for start in stride(from: 0, to: outputs, by: height) {
            let rows = start..<min(outputs, start + height)
            let w = tile.rows(0..<rows.count)
            Kernels.convertRows(rows, of: weight, into: w)
            let b = module.scaledB.rows(rows).columns(0..<module.a.rows)
            MatrixProducts.multiply(b, module.a, into: w, adding: true)
            Kernels.rowNorms(w, into: norms.columns(rows))
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

    /// Calls `body` with W in f32, some rows at a time.
    private func eachTile(_ pass: Pass, _ body: (Range<Int>, Matrix) -> Void) {
        let height = pass.tileHeight(columns: inputs)
        for start in stride(from: 0, to: outputs, by: height) {
            let rows = start..<min(outputs, start + height)
            let tile = pass.tile(rows: rows.count, columns: inputs)
            Kernels.convertRows(rows, of: weight, into: tile)
            body(rows, tile)
        }
    }
}

/// Memory that decomposed adapters need in a pass: one layer's at a time.
struct DecompositionScratch {
    private let inputs, outputs, inputGradients, outputGradients: Matrix

    /// - Parameter width: the most inputs or outputs of a layer; 0 when nothing is decomposed.
    init(tokens: Int, width: Int, workspace: Workspace) {
        func matrix() -> Matrix {
            width > 0 ? workspace.matrix(1, tokens * width) : Matrix(rows: 0, columns: 0)
        }
        inputs = matrix()
        outputs = matrix()
        inputGradients = matrix()
        outputGradients = matrix()
    }

    private func view(_ buffer: Matrix, _ rows: Int, _ columns: Int) -> Matrix {
        Matrix(storage: buffer.storage, offset: 0, rows: rows, columns: columns, stride: columns)
    }

    func input(_ rows: Int, _ columns: Int) -> Matrix { view(inputs, rows, columns) }
    func output(_ rows: Int, _ columns: Int) -> Matrix { view(outputs, rows, columns) }
    func inputGradient(_ rows: Int, _ columns: Int) -> Matrix { view(inputGradients, rows, columns) }
    func outputGradient(_ rows: Int, _ columns: Int) -> Matrix { view(outputGradients, rows, columns) }
}
