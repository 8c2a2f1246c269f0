/// A gradient for every parameter of an adapter, in the adapter's order.
public struct LoRAGradients: Sendable, Hashable {
    /// The gradients.
    public var values: [Float]

    /// Takes gradients as they are.
    public init(values: [Float]) { self.values = values }

    /// Adds `other`, element by element.
    public mutating func add(_ other: LoRAGradients) {
        precondition(values.count == other.values.count, "\(values.count) gradients + \(other.values.count)")
        Kernels.add(other.values, into: &values)
    }

    /// Multiplies every element by `factor`.
    public mutating func scale(by factor: Float) {
        Kernels.scale(&values, by: factor)
    }

    /// The Euclidean norm, summed in double precision in a fixed order.
    public var norm: Double { Kernels.squareSum(values).squareRoot() }

    /// Scales the gradients down to `maximum` when their norm is greater, as torch's `clip_grad_norm_` does.
    ///
    /// The factor is maximum/(norm + 1e-6), at most 1. A norm that is not finite changes nothing: the caller stops on it.
    ///
    /// - Returns: the norm before clipping.
    @discardableResult
    public mutating func clip(toNorm maximum: Double) -> Double {
        let norm = norm
        if let factor = Self.clippingFactor(norm: norm, maximum: maximum) { scale(by: factor) }
        return norm
    }

    /// What ``clip(toNorm:)`` multiplies gradients of a norm by; nil: they stay as they are.
    static func clippingFactor(norm: Double, maximum: Double) -> Float? {
        let factor = maximum / (norm + 1e-6)
        return norm.isFinite && factor < 1 ? Float(factor) : nil
    }
}
