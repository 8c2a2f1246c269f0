internal import CMLOpsKernels

/// Norms about the mean (Ba et al. 2016, arXiv:1607.06450).
extension Kernels {
    /// w and b of a norm about the mean.
    struct LayerNorm {
        let weight, bias: [Float]
        let epsilon: Float
    }

    /// y = (x − mean x)·r·w + b, r = 1/√(mean (x − mean x)² + ε), kept in `inverse` [rows, 1].
    static func layerNormForward(_ x: Matrix, _ norm: LayerNorm, into y: Matrix, inverse: Matrix) {
        precondition(x.shape == y.shape, "\(x.shape), \(y.shape)")
        unsafe layerNormForward(x, norm, output: y.output, inverse: inverse)
    }

    /// The same, in bf16.
    static func layerNormForward(_ x: Matrix, _ norm: LayerNorm, into y: HalfMatrix, inverse: Matrix) {
        precondition(x.shape == [y.rows, y.columns], "\(x.shape), [\(y.rows), \(y.columns)]")
        unsafe layerNormForward(x, norm, output: y.output, inverse: inverse)
    }

    private static func layerNormForward(_ x: Matrix, _ norm: LayerNorm, output: mlops_output, inverse: Matrix) {
        precondition(
            norm.weight.count == x.columns && norm.bias.count == x.columns && inverse.shape == [x.rows, 1]
                && inverse.isContiguous, "\(x.shape), \(norm.weight.count), \(norm.bias.count), \(inverse.shape)")
        unsafe norm.weight.withUnsafeBufferPointer { weight in
            unsafe norm.bias.withUnsafeBufferPointer { bias in
                unsafe mlops_layernorm_forward(
                    x.pointer, x.stride, weight.baseAddress, bias.baseAddress, norm.epsilon, output, inverse.pointer,
                    x.rows, x.columns)
            }
        }
    }

    /// With g = w∘dy and z = (x − mean x)·r: dx += r·(g − mean g − z·mean(g∘z))
    static func layerNormBackward(_ dy: Matrix, _ x: Matrix, weight w: [Float], inverse: Matrix, into dx: Matrix) {
        precondition(
            dy.shape == x.shape && dx.shape == x.shape && w.count == x.columns && inverse.shape == [x.rows, 1]
                && inverse.isContiguous, "\(dx.shape), \(dy.shape), \(x.shape)")
        unsafe w.withUnsafeBufferPointer {
            unsafe mlops_layernorm_backward(
                dy.pointer, dy.stride, x.pointer, x.stride, $0.baseAddress, inverse.pointer, dx.pointer, dx.stride,
                x.rows, x.columns)
        }
    }
}
