internal import MLOpsCore

/// What lies between products: written in f32, or in bf16 where only products in bf16 read it.
extension DecoderLayer {
    /// Leaves norm(x), or x, in the pass's buffer; with `again`, where it was there before.
    func norm(
        _ norm: RowNorm?, _ x: Matrix, inverse: Matrix, kept: HalfStorage?, again: Bool = false, pass: Pass
    ) {
        let n = pass.normed.columns(0..<x.columns)
        if let norm, norm.writesHalves, pass.writesHalves {
            if let kept, again { return pass.recall(n, from: kept) }
            return norm.forward(x, into: pass.target(of: n, .activation, kept: kept), inverse: inverse)
        }
        pass.forgetConverted()
        if let norm { norm.forward(x, into: n, inverse: inverse) } else { Kernels.copy(x, into: n) }
    }

    /// What attention gave, to be read by products in bf16; with `again`, as it was read before.
    func keep(attended: Matrix, _ saved: Saved, again: Bool = false, pass: Pass) {
        guard let kept = saved.kept?.attended, pass.writesHalves else { return }
        if again { return pass.recall(attended, from: kept) }
        Kernels.convert(attended, into: pass.target(of: attended, .activation, kept: kept))
    }

    /// Leaves act(gate)∘up in the pass's buffer; with `again`, where it was there before.
    @discardableResult
    func activate(_ saved: Saved, again: Bool = false, pass: Pass) -> Matrix {
        let a = pass.inner.columns(0..<saved.gate.columns)
        if let xielu {
            xielu.forward(saved.gate, into: a)
        } else if pass.writesHalves {
            if let kept = saved.kept?.inner, again {
                pass.recall(a, from: kept)
            } else {
                Kernels.gluForward(
                    activation, gate: saved.gate, up: saved.up,
                    into: pass.target(of: a, .activation, kept: saved.kept?.inner))
            }
        } else {
            Kernels.gluForward(activation, gate: saved.gate, up: saved.up, into: a)
        }
        return a
    }

    /// The way back from its gradient to those of gate and up.
    func activateBack(_ saved: Saved, scratch: Scratch, pass: Pass) {
        let da = scratch.inner.columns(0..<saved.gate.columns)
        if let xielu {
            let found = xielu.backward(da, x: saved.gate, into: scratch.gate)
            pass.weightGradients?.addActivation(layer: index, p: found.p, n: found.n)
        } else if pass.writesHalves, innerInputs.count == 2 {
            Kernels.gluBackward(
                activation, da, gate: saved.gate, up: saved.up, dgate: pass.target(of: scratch.gate, .gradient),
                dup: pass.target(of: scratch.up, .otherGradient))
        } else {
            Kernels.gluBackward(
                activation, da, gate: saved.gate, up: saved.up, dgate: scratch.gate, dup: scratch.up)
        }
    }
}
