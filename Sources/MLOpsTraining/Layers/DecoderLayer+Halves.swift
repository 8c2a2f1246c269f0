internal import MLOpsCore

/// What lies between products: written in f32, or in bf16 where only products in bf16 read it.
extension DecoderLayer {
    /// Leaves norm(x), or x, in the pass's buffer.
    func norm(_ norm: RowNorm?, _ x: Matrix, inverse: Matrix, pass: Pass) {
        let n = pass.normed.columns(0..<x.columns)
        if let norm, norm.writesHalves, pass.writesHalves {
            return norm.forward(x, into: pass.target(of: n, .activation), inverse: inverse)
        }
        pass.forgetConverted()
        if let norm { norm.forward(x, into: n, inverse: inverse) } else { Kernels.copy(x, into: n) }
    }

    /// Leaves act(gate)∘up in the pass's buffer.
    @discardableResult
    func activate(_ saved: Saved, pass: Pass) -> Matrix {
        let a = pass.inner.columns(0..<saved.gate.columns)
        if let xielu {
            xielu.forward(saved.gate, into: a)
        } else if pass.writesHalves {
            Kernels.gluForward(activation, gate: saved.gate, up: saved.up, into: pass.target(of: a, .activation))
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
