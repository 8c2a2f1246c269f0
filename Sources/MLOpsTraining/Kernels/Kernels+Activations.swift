internal import CMLOpsKernels
internal import MLOpsCore

extension Kernels {
    /// y = a(gate)∘up; gate and up may be columns of one matrix.
    static func gluForward(_ activation: DecoderArchitecture.Activation, gate: Matrix, up: Matrix, into y: Matrix) {
        precondition(
            gate.shape == up.shape && gate.shape == y.shape && gate.stride == up.stride, "\(y.shape), \(gate.shape)")
        guard activation != .squaredReLU else { return squaredForward(gate: gate, up: up, into: y) }
        unsafe mlops_glu_forward(
            number(activation), gate.pointer, up.pointer, gate.stride, y.pointer, y.stride, y.rows, y.columns)
    }

    /// dgate = dy∘up∘a′(gate), dup = dy∘a(gate)
    static func gluBackward(
        _ activation: DecoderArchitecture.Activation, _ dy: Matrix, gate: Matrix, up: Matrix, dgate: Matrix, dup: Matrix
    ) {
        precondition(
            [gate, up, dgate, dup].allSatisfy { $0.shape == dy.shape } && gate.stride == up.stride
                && dgate.stride == dup.stride, "\(dy.shape), \(gate.shape)")
        guard activation != .squaredReLU else {
            return squaredBackward(dy, gate: gate, up: up, dgate: dgate, dup: dup)
        }
        unsafe mlops_glu_backward(
            number(activation), dy.pointer, dy.stride, gate.pointer, up.pointer, gate.stride, dgate.pointer,
            dup.pointer, dgate.stride, dy.rows, dy.columns)
    }

    /// x = cap·tanh(scale·x/cap); scale·(1 − tanh²), which the gradient is multiplied by, is left in `slope`.
    static func softcap(_ x: Matrix, scale: Float, cap: Float, slope: Matrix? = nil) {
        precondition(slope == nil || slope?.shape == x.shape, "\(x.shape)")
        unsafe mlops_softcap(x.pointer, x.stride, scale, cap, slope?.pointer, slope?.stride ?? 0, x.rows, x.columns)
    }

    private static func number(_ activation: DecoderArchitecture.Activation) -> Int32 {
        switch activation {
        case .silu: Int32(MLOPS_SILU)
        case .geluTanh: Int32(MLOPS_GELU_TANH)
        case .gelu: Int32(MLOPS_GELU)
        case .squaredReLU: preconditionFailure("the squared ReLU is computed here")
        }
    }

    /// y = max(gate, 0)²∘up
    private static func squaredForward(gate: Matrix, up: Matrix, into y: Matrix) {
        for row in 0..<y.rows {
            let (gates, ups) = (gate.rows(row..<row + 1).elements(), up.rows(row..<row + 1).elements())
            copy(zip(gates, ups).map { max($0, 0) * max($0, 0) * $1 }, into: y.rows(row..<row + 1))
        }
    }

    /// dgate = dy∘up∘2·max(gate, 0), dup = dy∘max(gate, 0)²
    private static func squaredBackward(_ dy: Matrix, gate: Matrix, up: Matrix, dgate: Matrix, dup: Matrix) {
        for row in 0..<dy.rows {
            let range = row..<row + 1
            let (gates, dys) = (gate.rows(range).elements().map { max($0, 0) }, dy.rows(range).elements())
            let ups = up.rows(range).elements()
            copy(dys.indices.map { 2 * dys[$0] * ups[$0] * gates[$0] }, into: dgate.rows(range))
            copy(zip(dys, gates).map { $0 * $1 * $1 }, into: dup.rows(range))
        }
    }
}
