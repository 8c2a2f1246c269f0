public import MLOpsCore

/// How a model's frozen weights meet the activations.
public struct ComputeOptions: Sendable, Hashable {
    /// The number format of both in matrix products; sums are f32.
    public var precision: RunConfiguration.Precision
    /// Whether weights packed for bf16 products are kept: 2 bytes a weight.
    ///
    /// If not, they are packed some rows at a time whenever they are used, which takes time and no memory. No bit of a result
    /// depends on it.
    public var keepsPackedWeights: Bool

    /// Creates options; the defaults are f32, exact to the last bits of the stored weights.
    public init(precision: RunConfiguration.Precision = .f32, keepsPackedWeights: Bool = true) {
        self.precision = precision
        self.keepsPackedWeights = keepsPackedWeights
    }
}
