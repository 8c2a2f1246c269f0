internal import CMLOpsKernels
internal import MLOpsCore

extension Kernels {
    /// y = a(gate)∘up; gate and up may be columns of one matrix.
    static func gluForward(_ activation: DecoderArchitecture.Activation, gate: Matrix, up: Matrix, into y: Matrix) {
        precondition(
            gate.shape == up.shape && gate.shape == y.shape && gate.stride == up.stride, "\(y.shape), \(gate.shape)")
        unsafe mlops_glu_forward(
            number(activation), gate.pointer, up.pointer, gate.stride, y.output, y.rows, y.columns)
    }

    /// The same, in bf16.
    static func gluForward(_ activation: DecoderArchitecture.Activation, gate: Matrix, up: Matrix, into y: HalfMatrix) {
        precondition(
            gate.shape == up.shape && gate.shape == [y.rows, y.columns] && gate.stride == up.stride, "\(gate.shape)")
        unsafe mlops_glu_forward(
            number(activation), gate.pointer, up.pointer, gate.stride, y.output, y.rows, y.columns)
    }

    /// dgate = dy∘up∘a′(gate), dup = dy∘a(gate)
    static func gluBackward(
        _ activation: DecoderArchitecture.Activation, _ dy: Matrix, gate: Matrix, up: Matrix, dgate: Matrix, dup: Matrix
    ) {
        precondition(
            [gate, up, dgate, dup].allSatisfy { $0.shape == dy.shape } && gate.stride == up.stride
                && dgate.stride == dup.stride, "\(dy.shape), \(gate.shape)")
        unsafe mlops_glu_backward(
            number(activation), dy.pointer, dy.stride, gate.pointer, up.pointer, gate.stride, dgate.output, dup.output,
            dy.rows, dy.columns)
    }

    /// The same, in bf16.
    static func gluBackward(
        _ activation: DecoderArchitecture.Activation, _ dy: Matrix, gate: Matrix, up: Matrix, dgate: HalfMatrix,
        dup: HalfMatrix
    ) {
        precondition(
            gate.shape == dy.shape && up.shape == dy.shape && gate.stride == up.stride
                && [dgate, dup].allSatisfy { [$0.rows, $0.columns] == dy.shape }, "\(dy.shape), \(gate.shape)")
        unsafe mlops_glu_backward(
            number(activation), dy.pointer, dy.stride, gate.pointer, up.pointer, gate.stride, dgate.output, dup.output,
            dy.rows, dy.columns)
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
        case .relu: Int32(MLOPS_RELU)
        case .squaredReLU: Int32(MLOPS_SQUARED_RELU)
        case .xielu: preconditionFailure("xIELU has weights")
        }
    }
}
