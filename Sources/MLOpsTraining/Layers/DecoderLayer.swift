internal import MLOpsCore

/// One layer of the decoder: attention and a gated feed-forward network, each behind a norm and added to the residual stream.
///
/// ```
/// m = x + Wo·attention(rope(Wq·n), rope(Wk·n), Wv·n)    n = norm₁(x)
/// y = m + Wd·(silu(Wg·n′)∘(Wu·n′))                      n′ = norm₂(m)
/// ```
struct DecoderLayer: Sendable {
    let index: Int
    let inputNorm: [Float]
    let innerNorm: [Float]
    let query, key, value, output, gate, up, down: AdaptedLinear
    let attention: AttentionShape
    let epsilon: Float

    /// What the backward pass needs: memory use can be read off here. p is the padded rank, 0 without adapter.
    struct Saved {
        /// x and m, [tokens, hidden].
        let input, middle: Matrix
        /// 1/√(mean x² + ε) of both norms, [tokens, 1].
        let inputInverse, innerInverse: Matrix
        /// After rope; [tokens, queryWidth], twice [tokens, keyValueWidth].
        let q, k, v: Matrix
        /// [tokens, queryWidth + p]
        let attended: Matrix
        /// [tokens, heads]
        let logSumExp: Matrix
        /// [tokens, intermediate]
        let gate, up: Matrix
        /// drop(x)·Aᵀ of each projection, [tokens, p].
        let xa: [Matrix?]

        init(_ architecture: DecoderArchitecture, input: Matrix, pass: Pass) {
            let (t, w) = (pass.tokenCount, pass.workspace)
            let p = pass.adapter?.width ?? 0
            self.input = input
            middle = w.matrix(t, architecture.hiddenSize)
            inputInverse = w.matrix(t, 1)
            innerInverse = w.matrix(t, 1)
            q = w.matrix(t, architecture.queryWidth)
            k = w.matrix(t, architecture.keyValueWidth)
            v = w.matrix(t, architecture.keyValueWidth)
            attended = w.matrix(t, architecture.queryWidth + p)
            logSumExp = w.matrix(t, architecture.headCount)
            gate = w.matrix(t, architecture.intermediateSize)
            up = w.matrix(t, architecture.intermediateSize)
            xa = Projection.allCases.map { _ in p > 0 ? w.matrix(t, p) : nil }
        }

        private init(_ other: Saved, input: Matrix) {
            self.input = input
            middle = other.middle
            inputInverse = other.inputInverse
            innerInverse = other.innerInverse
            q = other.q
            k = other.k
            v = other.v
            attended = other.attended
            logSumExp = other.logSumExp
            gate = other.gate
            up = other.up
            xa = other.xa
        }

        /// The same buffers for another input: layers whose activations need not be kept share them.
        func with(input: Matrix) -> Saved { Saved(self, input: input) }
    }

    /// y from x = saved.input.
    func forward(_ saved: Saved, into y: Matrix, pass: Pass) {
        let hidden = inputNorm.count
        let n = pass.normed.columns(0..<hidden)
        Kernels.rmsNormForward(saved.input, weight: inputNorm, epsilon: epsilon, into: n, inverse: saved.inputInverse)
        query.forward(pass.normed, into: saved.q, xa: saved.xa[Projection.query.index], pass: pass)
        key.forward(pass.normed, into: saved.k, xa: saved.xa[Projection.key.index], pass: pass)
        value.forward(pass.normed, into: saved.v, xa: saved.xa[Projection.value.index], pass: pass)
        Kernels.rope(saved.q, cosine: pass.cosine, sine: pass.sine, headSize: attention.headSize)
        Kernels.rope(saved.k, cosine: pass.cosine, sine: pass.sine, headSize: attention.headSize)
        Kernels.attentionForward(
            attention, rows: attentionRows(saved, pass), q: saved.q, into: saved.attended.columns(0..<saved.q.columns),
            logSumExp: saved.logSumExp)
        Kernels.copy(saved.input, into: saved.middle)
        output.forward(
            saved.attended, into: saved.middle, adding: true, xa: saved.xa[Projection.output.index], pass: pass)

        Kernels.rmsNormForward(saved.middle, weight: innerNorm, epsilon: epsilon, into: n, inverse: saved.innerInverse)
        gate.forward(pass.normed, into: saved.gate, xa: saved.xa[Projection.gate.index], pass: pass)
        up.forward(pass.normed, into: saved.up, xa: saved.xa[Projection.up.index], pass: pass)
        Kernels.swiGLUForward(gate: saved.gate, up: saved.up, into: pass.inner.columns(0..<saved.gate.columns))
        Kernels.copy(saved.middle, into: y)
        down.forward(pass.inner, into: y, adding: true, xa: saved.xa[Projection.down.index], pass: pass)
    }

    /// Turns dy in `gradient` into dx, and adds the gradients of the adapter.
    ///
    /// ```
    /// da = dy·Wd     dm = dy + norm₂′(dg·Wg + du·Wu)     do = dm·Wo     dx = dm + norm₁′(dq·Wq + dk·Wk + dv·Wv)
    /// ```
    func backward(_ saved: Saved, gradient: Matrix, scratch: Scratch, pass: Pass) {
        let hidden = inputNorm.count
        let inner = saved.gate.columns
        // a, for dA of the down projection; the forward pass left n and a of another layer in the shared buffers.
        let a = pass.inner.columns(0..<inner)
        Kernels.swiGLUForward(gate: saved.gate, up: saved.up, into: a)
        down.backward(gradient, x: a, xa: saved.xa[Projection.down.index], into: scratch.inner, pass: pass)
        Kernels.swiGLUBackward(
            scratch.inner.columns(0..<inner), gate: saved.gate, up: saved.up, dgate: scratch.gate, dup: scratch.up)
        let n = pass.normed.columns(0..<hidden)
        Kernels.rmsNormForward(saved.middle, weight: innerNorm, epsilon: epsilon, into: n, inverse: saved.innerInverse)
        let dn = scratch.hidden
        up.backward(scratch.up, x: n, xa: saved.xa[Projection.up.index], into: dn, pass: pass)
        gate.backward(scratch.gate, x: n, xa: saved.xa[Projection.gate.index], into: dn, adding: true, pass: pass)
        Kernels.rmsNormBackward(
            dn.columns(0..<hidden), saved.middle, weight: innerNorm, inverse: saved.innerInverse, into: gradient)

        let attended = saved.attended.columns(0..<saved.q.columns)
        output.backward(
            gradient, x: attended, xa: saved.xa[Projection.output.index], into: scratch.attended, pass: pass)
        let keyGradients = pass.spread.map { ($0.ranges, $0.keyGradients, $0.valueGradients) }
        let (ranges, dk, dv) = keyGradients ?? (pass.rows.map(\.tokens), scratch.k, scratch.v)
        Kernels.attentionBackward(
            attention, rows: attentionRows(saved, pass), keyGradients: ranges, q: saved.q, output: attended,
            logSumExp: saved.logSumExp, doutput: scratch.attended.columns(0..<saved.q.columns), delta: scratch.delta,
            dq: scratch.q, dk: dk, dv: dv)
        pass.spread?.gather(keys: scratch.k, values: scratch.v)
        Kernels.rope(scratch.q, cosine: pass.cosine, sine: pass.sine, headSize: attention.headSize, back: true)
        Kernels.rope(scratch.k, cosine: pass.cosine, sine: pass.sine, headSize: attention.headSize, back: true)
        Kernels.rmsNormForward(saved.input, weight: inputNorm, epsilon: epsilon, into: n, inverse: saved.inputInverse)
        query.backward(scratch.q, x: n, xa: saved.xa[Projection.query.index], into: dn, pass: pass)
        key.backward(scratch.k, x: n, xa: saved.xa[Projection.key.index], into: dn, adding: true, pass: pass)
        value.backward(scratch.v, x: n, xa: saved.xa[Projection.value.index], into: dn, adding: true, pass: pass)
        Kernels.rmsNormBackward(
            dn.columns(0..<hidden), saved.input, weight: inputNorm, inverse: saved.inputInverse, into: gradient)
    }

    /// Gradients inside a layer, shared by all layers of a pass.
    struct Scratch {
        /// [tokens, hidden + p], [tokens, queryWidth + p], [tokens, intermediate + p]
        let hidden, attended, inner: Matrix
        let q, k, v, gate, up: Matrix
        /// Σ do∘o, [tokens, heads].
        let delta: Matrix

        init(_ architecture: DecoderArchitecture, pass: Pass) {
            let (t, w) = (pass.tokenCount, pass.workspace)
            let p = pass.adapter?.width ?? 0
            hidden = w.matrix(t, architecture.hiddenSize + p)
            attended = w.matrix(t, architecture.queryWidth + p)
            inner = w.matrix(t, architecture.intermediateSize + p)
            q = w.matrix(t, architecture.queryWidth)
            k = w.matrix(t, architecture.keyValueWidth)
            v = w.matrix(t, architecture.keyValueWidth)
            gate = w.matrix(t, architecture.intermediateSize)
            up = w.matrix(t, architecture.intermediateSize)
            delta = w.matrix(t, architecture.headCount)
        }
    }

    private func attentionRows(_ saved: Saved, _ pass: Pass) -> [AttentionRow] {
        if let spread = pass.spread {
            spread.spread(keys: saved.k, values: saved.v)
            return zip(pass.rows, spread.ranges).map {
                AttentionRow(queries: $0.tokens, keys: spread.keys.rows($1), values: spread.values.rows($1))
            }
        }
        guard let caches = pass.caches else {
            return pass.rows.map {
                AttentionRow(queries: $0.tokens, keys: saved.k.rows($0.tokens), values: saved.v.rows($0.tokens))
            }
        }
        return zip(pass.rows, caches).map { row, cache in
            let all = cache.append(layer: index, keys: saved.k.rows(row.tokens), values: saved.v.rows(row.tokens))
            return AttentionRow(queries: row.tokens, keys: all.keys, values: all.values)
        }
    }
}
