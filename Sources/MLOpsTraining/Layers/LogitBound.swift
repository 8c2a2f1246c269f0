/// What happens to logits after the head's product: y = c·tanh(x/(d·c)), or x/d without a bound c.
struct LogitBound: Sendable {
    /// d
    var divisor: Float = 1
    /// c
    var softcap: Float?

    /// Changes logits in place; what their gradient is to be multiplied by goes to `slope`, when there is a bound.
    func apply(to logits: Matrix, slope: Matrix? = nil) {
        if let softcap {
            Kernels.softcap(logits, scale: 1 / divisor, cap: softcap, slope: slope)
        } else if divisor != 1 {
            Kernels.scale(logits, by: 1 / divisor)
        }
    }

    /// Turns the gradient of bounded logits into that of the product, in place.
    func applyGradient(to gradient: Matrix, slope: Matrix?) {
        if let slope {
            Kernels.multiply(slope, into: gradient)
        } else if divisor != 1 {
            Kernels.scale(gradient, by: 1 / divisor)
        }
    }
}
