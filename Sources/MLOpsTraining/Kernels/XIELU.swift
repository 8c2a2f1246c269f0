internal import CMLOpsKernels
internal import Foundation
internal import MLOpsCore

/// The activation of Apertus' MLP (Huang and Schlag, arXiv:2411.13010), with the two weights that each layer has.
///
/// ```
/// y = αp·x² + β·x                       x > 0          αp = softplus(p)
/// y = αn·(e^min(x, ε) − 1 − x) + β·x    elsewhere      αn = β + softplus(n)
/// ```
struct XIELU: Sendable, Hashable {
    /// The weights as the checkpoint holds them.
    let p, n: Float
    /// The slope of the part that is straight.
    let beta: Float
    /// Where the exponential ends, just below 0.
    let epsilon: Float

    private static func softplus(_ x: Float) -> Double { max(Double(x), 0) + log1p(exp(-abs(Double(x)))) }

    private static func sigmoid(_ x: Float) -> Double { 1 / (1 + exp(-Double(x))) }

    private var numbers: mlops_xielu_numbers {
        mlops_xielu_numbers(
            positive: Float(Self.softplus(p)), negative: Float(Double(beta) + Self.softplus(n)), beta: beta,
            epsilon: epsilon)
    }

    /// y from x.
    func forward(_ x: Matrix, into y: Matrix) {
        precondition(x.shape == y.shape, "\(x.shape), \(y.shape)")
        unsafe mlops_xielu_forward(numbers, x.pointer, x.stride, y.pointer, y.stride, x.rows, x.columns)
    }

    /// dx from dy; returns the gradients of p and n.
    func backward(_ dy: Matrix, x: Matrix, into dx: Matrix) -> (p: Float, n: Float) {
        precondition(x.shape == dy.shape && dx.shape == dy.shape, "\(x.shape), \(dy.shape), \(dx.shape)")
        // Two for each row, which the kernel fills.
        var sums = [Double](repeating: 0, count: 2 * x.rows)
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            guard let base = sums.baseAddress else { return }
            unsafe mlops_xielu_backward(
                numbers, dy.pointer, dy.stride, x.pointer, x.stride, dx.pointer, dx.stride, base, x.rows, x.columns)
        }
        var (dp, dn) = (0.0, 0.0)
        for row in 0..<x.rows {
            dp += sums[2 * row]
            dn += sums[2 * row + 1]
        }
        return (Float(dp * Self.sigmoid(p)), Float(dn * Self.sigmoid(n)))
    }
}
