internal import MLOpsCore

/// The way from hidden states to the vocabulary, and the loss there.
///
/// ```
/// logits = bound(norm(x)·Wᵀ)     loss = log Σ exp(logits) − logits[target]     dlogits = softmax(logits) − onehot
/// ```
/// Runs at the positions asked for only, some positions and some of the vocabulary at a time: tokens × vocabulary never exists
/// as a whole.
struct LanguageHead: Sendable {
    let norm: RowNorm
    let weight: FrozenMatrix
    let bias: [Float]?
    var bound = LogitBound()
    /// Vectors that an adapter has for some tokens.
    var tokenVectors: ReplacedLogits?

    private var vocabularySize: Int { weight.outputs }
    /// Positions whose logits are in memory together: 32 MB of them, or 16.
    var chunk: Int { max(16, min(128, (1 << 23) / vocabularySize)) }

    /// The logits [positions, vocabulary] at some rows of x; for few positions.
    func logits(_ x: Matrix, at positions: [Int], pass: Pass) -> Matrix {
        let (h, inverse) = normed(x, at: positions[...], pass)
        _ = inverse
        let logits = pass.workspace.matrix(positions.count, vocabularySize)
        product(h.normed, into: logits, pass)
        bound.apply(to: logits)
        return logits
    }

    /// The loss at each of `positions` (rows of x) against its target.
    ///
    /// With `gradient`, the sum's gradient, times `weight`, is written to it: at rows that are not positions, zero. `smoothing` is ε of
    /// ``LabelSmoothing``.
    func loss(
        _ x: Matrix, at positions: [Int], targets: [Int32], gradient: Matrix?, weight: Float = 1,
        smoothing: Double = 0, pass: Pass
    ) -> [Float] {
        precondition(positions.count == targets.count, "\(positions.count) positions, \(targets.count) targets")
        gradient?.fill(0)
        var losses: [Float] = []
        let rows = min(chunk, max(1, positions.count))
        let logits = pass.workspace.matrix(rows, vocabularySize)
        let slopes =
            gradient != nil && bound.softcap != nil ? pass.workspace.matrix(rows, vocabularySize) : nil
        let gathered = Gathered(rows: rows, columns: norm.size, workspace: pass.workspace)
        let dnormed = pass.workspace.matrix(rows, norm.size)
        let dx = pass.workspace.matrix(rows, norm.size)
        for start in stride(from: 0, to: positions.count, by: rows) {
            let range = start..<min(positions.count, start + rows)
            let count = 0..<range.count
            let part = gathered.rows(count)
            gather(x, at: positions[range], part)
            product(part.normed, into: logits.rows(count), pass)
            bound.apply(to: logits.rows(count), slope: slopes?.rows(count))
            let aims = Array(targets[range])
            let smoothed = smoothing > 0 ? LabelSmoothing(smoothing, logits.rows(count), targets: aims) : nil
            let plain = Kernels.crossEntropy(
                logits.rows(count), targets: aims, gradientScale: gradient == nil ? nil : weight)
            losses += smoothed?.losses(plain) ?? plain
            guard let gradient else { continue }
            smoothed?.applyGradient(to: logits.rows(count), weight: weight)
            bound.applyGradient(to: logits.rows(count), slope: slopes?.rows(count))
            self.weight.backward(logits.rows(count), nil, into: dnormed.rows(count), adding: false, pass: pass)
            tokenVectors?.addGradient(logits.rows(count), to: dnormed.rows(count))
            pass.weightGradients?.addHead(logits.rows(count), h: part.normed)
            pass.weightGradients?.addFinalNorm(
                norm, dy: dnormed.rows(count), x: part.hidden, inverse: part.inverse)
            dx.rows(count).fill(0)
            norm.backward(dnormed.rows(count), x: part.hidden, inverse: part.inverse, into: dx.rows(count))
            for (i, position) in positions[range].enumerated() {
                Kernels.copy(dx.rows(i..<i + 1), into: gradient.rows(position..<position + 1))
            }
        }
        return losses
    }

    /// Rows of the residual stream side by side, and normed.
    private struct Gathered {
        let hidden, normed, inverse: Matrix

        init(rows: Int, columns: Int, workspace: Workspace) {
            hidden = workspace.matrix(rows, columns)
            normed = workspace.matrix(rows, columns)
            inverse = workspace.matrix(rows, 1)
        }

        private init(_ hidden: Matrix, _ normed: Matrix, _ inverse: Matrix) {
            self.hidden = hidden
            self.normed = normed
            self.inverse = inverse
        }

        func rows(_ range: Range<Int>) -> Gathered {
            Gathered(hidden.rows(range), normed.rows(range), inverse.rows(range))
        }
    }

    private func normed(_ x: Matrix, at positions: ArraySlice<Int>, _ pass: Pass) -> (Gathered, Matrix) {
        let gathered = Gathered(rows: positions.count, columns: norm.size, workspace: pass.workspace)
        gather(x, at: positions, gathered)
        return (gathered, gathered.inverse)
    }

    private func gather(_ x: Matrix, at positions: ArraySlice<Int>, _ gathered: Gathered) {
        for (i, position) in positions.enumerated() {
            Kernels.copy(x.rows(position..<position + 1), into: gathered.hidden.rows(i..<i + 1))
        }
        norm.forward(gathered.hidden, into: gathered.normed, inverse: gathered.inverse)
    }

    private func product(_ h: Matrix, into logits: Matrix, _ pass: Pass) {
        weight.forward(h, nil, into: logits, pass: pass)
        tokenVectors?.add(h, to: logits)
        if let bias { Kernels.addRow(bias, into: logits) }
    }
}
