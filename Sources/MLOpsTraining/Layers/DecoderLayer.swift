internal import MLOpsCore

/// One layer of the decoder: attention and a gated feed-forward network, each added to the residual stream.
///
/// ```
/// q, k, v = Wq·n, Wk·n, Wv·n                   n = norm₁(x)
/// m = x + s·norm₂(Wo·attention(rope(norm₃(q)), rope(norm₄(k)), v))
/// y = m + s·norm₆(Wd·(act(Wg·n′)∘(Wu·n′)))     n′ = norm₅(m)
/// ```
/// Which of the norms there are, whether Wq, Wk and Wv (and Wg and Wu) are one weight, s, act, and what attention sees is data
/// of the architecture. So is whether n′ = norm₅(x), the MLP beside attention, and whether there is no gate: act(Wu·n′).
struct DecoderLayer: Sendable {
    let index: Int
    let norms: Norms
    /// Query, key and value, or the three as one.
    let inputs: [AdaptedLinear]
    let output: AdaptedLinear
    /// Gate and up, or the two as one.
    let innerInputs: [AdaptedLinear]
    let down: AdaptedLinear
    let attention: AttentionShape
    let rotation: DecoderArchitecture.LayerAttention.Rotation
    let activation: DecoderArchitecture.Activation
    /// The activation, when it has weights.
    let xielu: XIELU?
    let residualScale: Float
    let shape: Shape

    /// How the parts of a layer are put together.
    struct Shape: Sendable {
        let attentionFusion: DecoderArchitecture.AttentionFusion
        /// The width of a head as the projections have it.
        let headSize: Int
        let positionBias: DecoderArchitecture.PositionBias?
        let isParallel, gatesMLP: Bool
        let rotationOrder: DecoderArchitecture.RotationOrder
        /// Whether neighbours of a head are turned, not halves.
        let turnsNeighbours, turnsBackwards: Bool

        init(_ architecture: DecoderArchitecture) {
            attentionFusion = architecture.attentionFusion
            (headSize, positionBias) = (architecture.headSize, architecture.positionBias)
            (isParallel, gatesMLP) = (architecture.isParallel, architecture.gatesMLP)
            rotationOrder = architecture.rotationOrder
            turnsNeighbours = architecture.turnsNeighbours
            turnsBackwards = architecture.turnsBackwards
        }

        /// Whether queries, keys and values are copied out of a weight's output.
        var splits: Bool { [.byHead, .byQuarter].contains(attentionFusion) || positionBias != nil }
    }

    /// The norms of a layer, nil where it has none.
    struct Norms: Sendable {
        var beforeAttention, afterAttention, beforeMLP, afterMLP, query, key: RowNorm?
        /// The bound of values; that of queries and keys is their norm.
        var valueBound: Float?
    }

    private var attentionJoin: ResidualJoin { ResidualJoin(norm: norms.afterAttention, scale: residualScale) }
    private var innerJoin: ResidualJoin { ResidualJoin(norm: norms.afterMLP, scale: residualScale) }

    /// y from x = saved.input; of chosen tokens, when the buffers say so.
    func forward(_ saved: Saved, into y: Matrix, pass: Pass) {
        norm(norms.beforeAttention, saved.input, inverse: saved.inputInverse, kept: saved.kept?.normed, pass: pass)
        AdaptedLinear.forward(
            inputs, pass.normed, into: saved.projected, xa: inputs.map { saved.xa[$0.projection.index] }, pass: pass)
        if shape.splits {
            split(saved.projected[0], saved.rawQ, saved.rawK, saved.v)
            addScoreGains(saved, pass: pass)
        }
        if let bound = norms.valueBound { Kernels.bound(saved.v, by: bound, into: saved.v) }
        if shape.rotationOrder == .turnedFirst { turn(saved.rawQ, saved.rawK, pass: pass) }
        if let norm = norms.query { norm.forward(saved.rawQ, into: saved.q, inverse: saved.queryInverse) }
        if let norm = norms.key { norm.forward(saved.rawK, into: saved.k, inverse: saved.keyInverse) }
        if shape.rotationOrder == .normedFirst { turn(saved.q, saved.k, pass: pass) }
        Kernels.attentionForward(
            attention, rows: attentionRows(saved, pass), q: saved.q, into: saved.heads, logSumExp: saved.logSumExp)
        let q = 0..<output.inputs
        if shape.positionBias != nil { copyHeads(saved.heads, into: saved.attended.columns(q)) }
        if let chosen = saved.chosen {
            chosen.gather(saved.input, into: chosen.input)
            chosen.gather(saved.attended.columns(q), into: chosen.attended.columns(q))
            chosen.pass.forgetAllConverted()
            feedForward(saved, x: chosen.input, attended: chosen.attended, into: y, pass: chosen.pass)
            pass.forgetAllConverted()
        } else {
            feedForward(saved, x: saved.input, attended: saved.attended, into: y, pass: pass)
        }
    }

    /// What follows attention: y from its output and the layer's input.
    private func feedForward(_ saved: Saved, x: Matrix, attended: Matrix, into y: Matrix, pass: Pass) {
        guard pass.tokenCount > 0 else { return }
        keep(attended: attended.columns(0..<output.inputs), saved, pass: pass)
        attentionJoin.forward(x, into: saved.middle, saved: saved.attentionOutput) { into, base in
            output.forward(attended, into: into, onto: base, xa: saved.xa[Projection.output.index], pass: pass)
        }
        norm(
            norms.beforeMLP, innerInput(saved), inverse: saved.innerInverse, kept: saved.kept?.innerNormed, pass: pass)
        AdaptedLinear.forward(
            innerInputs, pass.normed, into: saved.innerProjected,
            xa: innerInputs.map { saved.xa[$0.projection.index] }, pass: pass)
        activate(saved, pass: pass)
        innerJoin.forward(saved.middle, into: y, saved: saved.innerOutput) { into, base in
            down.forward(pass.inner, into: into, onto: base, xa: saved.xa[Projection.down.index], pass: pass)
        }
    }

    /// What the MLP's norm takes.
    private func innerInput(_ saved: Saved) -> Matrix {
        shape.isParallel ? saved.chosen?.input ?? saved.input : saved.middle
    }

    /// Turns dy in `gradient` into dx, and adds the gradients of the adapter.
    ///
    /// ```
    /// da = s·norm₆′(dy)·Wd      dm = dy + norm₅′(dg·Wg + du·Wu)
    /// do = s·norm₂′(dm)·Wo      dx = dm + norm₁′(dq·Wq + dk·Wk + dv·Wv), dq and dk after norm₃′ and norm₄′
    /// ```
    /// With the MLP beside attention, do is of dy. Of chosen tokens, dy is where these have it, and `gradient` is written to.
    func backward(_ saved: Saved, gradient: Matrix, scratch: Scratch, pass: Pass) {
        let (some, q) = (scratch.choosing(saved.chosen), 0..<output.inputs)
        if let chosen = saved.chosen, let dy = chosen.gradient, let dattended = chosen.attendedGradient {
            chosen.pass.forgetAllConverted()
            feedBackward(saved, gradient: dy, attended: chosen.attended, scratch: some, pass: chosen.pass)
            chosen.spread(dy, into: gradient)
            chosen.spread(some.attended.columns(q), into: dattended.columns(q))
            pass.forgetAllConverted()
            attendBackward(saved, dattended.columns(q), gradient: gradient, scratch: scratch, pass: pass)
        } else {
            feedBackward(saved, gradient: gradient, attended: saved.attended, scratch: scratch, pass: pass)
            attendBackward(
                saved, scratch.attended.columns(q), gradient: gradient, scratch: scratch, pass: pass)
        }
    }

    /// The way back through what follows attention, whose output's gradient is left in the scratch.
    private func feedBackward(_ saved: Saved, gradient: Matrix, attended: Matrix, scratch: Scratch, pass: Pass) {
        // a, for dA of the down projection; the forward pass left n and a of another layer in the shared buffers.
        let a = activate(saved, again: true, pass: pass)
        addNormGradient(.afterMLP, norms.afterMLP, dy: gradient, saved.innerOutput, pass)
        // Beside attention, which has the same gradient, no norm of an output and no scale is supported.
        let beside =
            shape.isParallel
            ? attentionJoin.backward(gradient, saved: saved.attentionOutput, scratch: scratch.branch) : nil
        let dinner = innerJoin.backward(
            gradient, saved: saved.innerOutput, scratch: shape.isParallel ? nil : scratch.branch)
        down.backward(dinner, x: a, xa: saved.xa[Projection.down.index], into: scratch.inner, pass: pass)
        activateBack(saved, scratch: scratch, pass: pass)
        backward(
            innerInputs, scratch.innerProjected, .beforeMLP, norms.beforeMLP, x: innerInput(saved),
            inverse: saved.innerInverse, kept: saved.kept?.innerNormed, saved, gradient, scratch, pass)

        addNormGradient(.afterAttention, norms.afterAttention, dy: gradient, saved.attentionOutput, pass)
        let dattended =
            beside ?? attentionJoin.backward(gradient, saved: saved.attentionOutput, scratch: scratch.branch)
        let attended = attended.columns(0..<output.inputs)
        keep(attended: attended, saved, again: true, pass: pass)
        output.backward(
            dattended, x: attended, xa: saved.xa[Projection.output.index],
            into: scratch.attended, pass: pass)
    }

    /// The way back through attention and what goes before it, from its output's gradient.
    private func attendBackward(
        _ saved: Saved, _ dattended: Matrix, gradient: Matrix, scratch: Scratch, pass: Pass
    ) {
        let keyGradients = pass.spread.map { ($0.ranges, $0.keyGradients, $0.valueGradients) }
        let (ranges, dk, dv) = keyGradients ?? (pass.rows.map(\.tokens), scratch.k, scratch.v)
        if let heads = scratch.heads {
            heads.fill(0)
            copyHeads(dattended, into: heads)
        }
        Kernels.attentionBackward(
            attention, rows: attentionRows(saved, pass), keyGradients: ranges, q: saved.q,
            output: saved.heads, logSumExp: saved.logSumExp, doutput: scratch.heads ?? dattended,
            delta: scratch.delta, dq: scratch.q, dk: dk, dv: dv)
        pass.spread?.gather(keys: scratch.k, values: scratch.v)
        let rounds = roundsTurned(pass) && pass.writesHalves
        if shape.rotationOrder == .normedFirst {
            turn(scratch.q, scratch.k, back: true, rounded: rounds ? [.gradient, .otherGradient] : [], pass: pass)
        }
        if let bound = norms.valueBound {
            Kernels.boundBackward(scratch.v, x: saved.v, by: bound, into: scratch.v)
        }
        if let norm = norms.query {
            pass.weightGradients?.addNorm(
                .query, layer: index, norm, dy: scratch.q, x: saved.rawQ, inverse: saved.queryInverse)
            scratch.rawQ.fill(0)
            norm.backward(scratch.q, x: saved.rawQ, inverse: saved.queryInverse, into: scratch.rawQ)
        }
        if let norm = norms.key {
            pass.weightGradients?.addNorm(
                .key, layer: index, norm, dy: scratch.k, x: saved.rawK, inverse: saved.keyInverse)
            scratch.rawK.fill(0)
            norm.backward(scratch.k, x: saved.rawK, inverse: saved.keyInverse, into: scratch.rawK)
        }
        if shape.rotationOrder == .turnedFirst { turn(scratch.rawQ, scratch.rawK, back: true, pass: pass) }
        if shape.splits {
            split(scratch.projected[0], scratch.rawQ, scratch.rawK, scratch.v, back: true)
        }
        backward(
            inputs, scratch.projected, .beforeAttention, norms.beforeAttention, x: saved.input,
            inverse: saved.inputInverse, kept: saved.kept?.normed, saved, gradient, scratch, pass)
        // Other layers leave other gradients in the same buffers.
        if rounds { pass.forgetAllConverted() }
    }

    /// gradient += norm′(Σ dyᵢ·Wᵢ), where the inputs of all Wᵢ are norm(x).
    private func backward(
        _ linears: [AdaptedLinear], _ dys: [Matrix], _ kind: DecoderArchitecture.Norm, _ norm: RowNorm?, x: Matrix,
        inverse: Matrix, kept: HalfStorage?, _ saved: Saved, _ gradient: Matrix, _ scratch: Scratch, _ pass: Pass
    ) {
        let hidden = x.columns
        self.norm(norm, x, inverse: inverse, kept: kept, again: true, pass: pass)
        let dn = scratch.hidden
        for (i, (linear, dy)) in zip(linears, dys).enumerated() {
            linear.backward(
                dy, x: pass.normed.columns(0..<hidden), xa: saved.xa[linear.projection.index], into: dn, adding: i > 0,
                pass: pass)
        }
        if let norm {
            pass.weightGradients?.addNorm(
                kind, layer: index, norm, dy: dn.columns(0..<hidden), x: x, inverse: inverse)
            norm.backward(dn.columns(0..<hidden), x: x, inverse: inverse, into: gradient)
        } else {
            Kernels.add(dn.columns(0..<hidden), into: gradient)
        }
    }

    /// The gradient of the weights of a norm of an output, when they are trained.
    private func addNormGradient(
        _ kind: DecoderArchitecture.Norm, _ norm: RowNorm?, dy: Matrix, _ saved: ResidualJoin.Saved?, _ pass: Pass
    ) {
        guard let gradients = pass.weightGradients, let norm, let saved else { return }
        gradients.addNorm(
            kind, layer: index, norm, dy: dy, x: saved.output, inverse: saved.inverse, scaled: residualScale)
    }

    /// Whether the gradients of queries and keys are turned, and products read them as they then are.
    func roundsTurned(_ pass: Pass) -> Bool {
        inputs.count == 3 && !shape.splits && shape.rotationOrder == .normedFirst && norms.query == nil
            && norms.key == nil && pass.angles[rotation] != nil && pass.queryFactors.isEmpty
    }

    /// Turns queries and keys; with `rounded`, they are then in bf16 on those sides too.
    private func turn(_ q: Matrix, _ k: Matrix, back: Bool = false, rounded: [Pass.Side] = [], pass: Pass) {
        guard let angles = pass.angles[rotation] else { return }
        for (i, x) in [q, k].enumerated() {
            let half = i < rounded.count ? pass.target(of: x, rounded[i]) : nil
            Kernels.rope(
                x, cosine: angles.cosine, sine: angles.sine, headSize: attention.headSize,
                neighbours: shape.turnsNeighbours, back: back != shape.turnsBackwards, rounded: half)
        }
        // A factor of a whole query, so that it does not matter which way it is turned.
        for (row, factor) in pass.queryFactors { Kernels.scale(q.rows(row..<row + 1), by: factor) }
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
