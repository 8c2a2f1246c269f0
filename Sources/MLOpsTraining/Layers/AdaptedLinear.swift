internal import MLOpsCore

/// A frozen linear layer with an optional low-rank adapter.
///
/// ```
/// y  = x·Wᵀ + b + s·(drop(x)·Aᵀ)·Bᵀ      (with `lora_bias`: + s·c, dc = s·Σ dy)
/// dxa = s·dy·B     dB = s·dyᵀ·xa     dA = dxaᵀ·drop(x)     dx = dy·W + drop(dxa·A)
/// ```
/// | name | shape |
/// |---|---|
/// | x, dx | [tokens, inputs], in a buffer with p more columns |
/// | y, dy | [tokens, outputs] |
/// | W | [outputs, inputs], as it lies on disk |
/// | A, B | [rank, inputs], [outputs, rank] |
/// | xa = drop(x)·Aᵀ | [tokens, p], the rank padded to p |
///
/// In bf16 the products with B are not thin ones of their own: xa stands beside x and s·B beside W, so that
/// [x | xa]·[W | sB]ᵀ = y in one product, and dy·[W | sB] = [dy·W | dxa] in one.
struct AdaptedLinear: Sendable {
    let layer: Int
    let projection: Projection
    let weight: FrozenMatrix
    let bias: [Float]?

    var inputs: Int { weight.inputs }
    var outputs: Int { weight.outputs }

    /// y = …, or y = base + …, where the base may be y; x·Aᵀ is left in `xa`, when it is given, for the backward pass.
    func forward(_ x: Matrix, into y: Matrix, onto base: Matrix? = nil, xa: Matrix?, pass: Pass) {
        let module = pass.adapter?.module(layer: layer, projection)
        if let module, let magnitude = module.magnitude {
            return forward(x, into: y, onto: base, xa: xa, module, magnitude, pass)
        }
        let plain = x.columns(0..<inputs)
        if let module, let pairs = module.pairs {
            let half = pass.half(plain, room: pairs.width)
            Kernels.lowRankProject(
                half, pass.mask, module: module.number, pairs, into: xa ?? x.columns(inputs..<x.columns))
            weight.forward(half, module, into: y, onto: base, pass: pass)
        } else {
            let xa = module == nil ? nil : xa ?? x.columns(inputs..<x.columns)
            if let module, let xa {
                Kernels.lowRankProject(plain, pass.mask, module: module.number, module.transposedA, into: xa)
            }
            weight.forward(plain, xa: xa, module, into: y, onto: base, pass: pass)
        }
        if let bias { Kernels.addRow(bias, into: y) }
        if let bias = module?.bias { Kernels.addRow(bias.scaled, into: y) }
    }

    /// The products of several layers with the same input: side by side where that is possible, as regions of their own are
    /// too short for a token of generation.
    static func forward(_ linears: [AdaptedLinear], _ x: Matrix, into ys: [Matrix], xa: [Matrix?], pass: Pass) {
        let modules = linears.map { pass.adapter?.module(layer: $0.layer, $0.projection) }
        let stands = linears.indices.allSatisfy { i in
            linears[i].weight.multipliesStored(pass)
                && (modules[i].map { $0.magnitude == nil && xa[i] != nil } ?? true)
        }
        guard stands else {
            for (i, linear) in linears.enumerated() { linear.forward(x, into: ys[i], xa: xa[i], pass: pass) }
            return
        }
        let plain = x.columns(0..<linears[0].inputs)
        for (module, xa) in zip(modules, xa) {
            guard let module, let xa else { continue }
            Kernels.lowRankProject(plain, pass.mask, module: module.number, module.transposedA, into: xa)
        }
        Kernels.multiplyStored(
            linears.indices.map { i in
                .init(
                    x: plain, weight: linears[i].weight.readable(pass), y: ys[i],
                    tail: FrozenMatrix.tail(xa[i], modules[i]))
            }, answering: pass.isAnswering)
        for (i, linear) in linears.enumerated() {
            if let bias = linear.bias { Kernels.addRow(bias, into: ys[i]) }
            if let bias = modules[i]?.bias { Kernels.addRow(bias.scaled, into: ys[i]) }
        }
    }

    /// dx = …, or dx += … with `adding`, and the gradients of A and B added to the adapter's.
    ///
    /// With weight gradients, those of W and b too: dW = dyᵀ·x, db = Σ dy.
    ///
    /// `x` is the forward pass's input without xa; the last p columns of dx's buffer are scratch.
    func backward(_ dy: Matrix, x: Matrix, xa: Matrix?, into dx: Matrix, adding: Bool = false, pass: Pass) {
        pass.weightGradients?.addLinear(self, dy: dy, x: x.columns(0..<inputs))
        let module = pass.adapter?.module(layer: layer, projection)
        if let module, let magnitude = module.magnitude {
            return backward(dy, x: x, xa: xa, into: dx, adding: adding, module, magnitude, pass)
        }
        module?.bias?.addGradient(of: dy)
        let wide = module == nil ? dx.columns(0..<inputs) : dx
        let (tail, x) = (wide.columns(inputs..<wide.columns), x.columns(0..<inputs))
        if let module, let pairs = module.pairs, let gradients = module.gradients, let xa {
            let half = pass.half(dy, side: .gradient)
            weight.backward(half, module, into: wide, adding: adding, pass: pass)
            return Kernels.lowRankBackward(
                .init(x: pass.half(x), dy: half, xa: xa, dxa: tail, pairs: pairs, scale: module.scale), pass.mask,
                module: module.number, da: gradients.a, db: gradients.b, dx: dx.columns(0..<inputs))
        }
        weight.backward(dy, module, into: wide, adding: adding, pass: pass)
        guard let module, let gradients = module.gradients, let xa else { return }
        Kernels.lowRankGradientA(x, pass.mask, module: module.number, tail, into: gradients.a)
        Kernels.lowRankGradientB(dy, xa, scaled: module.scale, into: gradients.b)
        Kernels.lowRankExpand(tail, module.a, pass.mask, module: module.number, into: dx.columns(0..<inputs))
    }
}
