public import MLOpsCore

/// How a model's frozen weights meet the activations.
public struct ComputeOptions: Sendable, Hashable {
    /// The number format of both in matrix products that is asked for; sums are f32.
    public var precision: RunConfiguration.Precision
    /// Which weights packed for bf16 products are kept. No bit of a result depends on it.
    public var packedWeights: PackedWeights

    /// Whether weights are written anew once a dozen tokens of answers were computed alone or with few others, nothing lost: bf16 in
    /// twelve bits each, anything else as it is, on large pages where the system has them. A token's step waits for less then, or
    /// less long. Takes that much memory in place of the mapped weights, at most a
    /// quarter of the machine's and half of what is available; what is beyond stays mapped.
    public var compactsWeights: Bool

    /// The number format of products: bf16 where it is asked for and the CPU multiplies it faster than f32. Others take f32 then, or
    /// whole numbers with scales where those are faster; weights stay as they are stored.
    public var products: RunConfiguration.Precision { arithmetic == .bf16 ? .bf16 : .f32 }
    /// What a person should know who asked for bf16 where it is not multiplied; nil: products are as asked for.
    public var notice: String? { Self.notice(asked: precision, computed: arithmetic) }

    static func notice(asked: RunConfiguration.Precision, computed: Arithmetic) -> String? {
        guard asked == .bf16 else { return nil }
        switch computed {
        case .bf16: return nil
        case .f32: return "precision: this processor multiplies no bf16 numbers, so products are computed in f32"
        case .wholeNumbers:
            return
                "precision: this processor is faster with whole numbers than with bf16 ones, so products with weights are "
                + "computed in 16 bits with scales, the rest in f32: nearer to f32 than bf16 is"
        }
    }

    /// What products with frozen weights are computed in.
    enum Arithmetic: Sendable {
        case f32
        case bf16
        /// 16 bits, of which blocks share a scale (bodies/scaled.h): what lies between products is f32.
        case wholeNumbers
    }

    var arithmetic: Arithmetic {
        guard precision == .bf16 else { return .f32 }
        return emulated ?? (Kernels.multipliesBF16 ? .bf16 : Kernels.multipliesWholeNumbers ? .wholeNumbers : .f32)
    }
    /// What bf16 is computed in whatever the CPU does best, for tests.
    var emulated: Arithmetic?

    /// Which weights are kept in the order of bf16 products, 2 bytes each; others are packed some rows at a time whenever they
    /// are used, which takes time and no memory: where those rows are mapped, their pages are given back, too.
    public enum PackedWeights: Sendable, Hashable, CaseIterable {
        /// All of them.
        case kept
        /// The layers', and the head's unless it is quantised: so a quantised model takes less memory than one of 16 bits.
        case keptButQuantisedHead
        /// Those that take no less as they are stored, which the system then gets back: weights of 16 and 32 bits. Quantised ones
        /// stay as small as they are.
        case keptUnlessQuantised
        /// Of these the layers', not the head's: a pass that computes activations again uses layers three times, and the head twice.
        case keptInPlaceOfStored
        /// None.
        case perUse

        func keeps(_ stored: TensorData) -> Bool {
            switch self {
            case .kept, .keptButQuantisedHead: true
            case .keptUnlessQuantised, .keptInPlaceOfStored: stored.byteCount >= 2 * stored.elementCount
            case .perUse: false
            }
        }
    }

    /// The options of the head.
    var head: ComputeOptions {
        var options = self
        if packedWeights == .keptInPlaceOfStored { options.packedWeights = .perUse }
        if packedWeights == .keptButQuantisedHead { options.packedWeights = .keptUnlessQuantised }
        return options
    }

    /// Creates options; the default products are in f32.
    public init(
        precision: RunConfiguration.Precision = .f32, packedWeights: PackedWeights = .kept, compactsWeights: Bool = true
    ) {
        self.precision = precision
        self.packedWeights = packedWeights
        self.compactsWeights = compactsWeights
    }
}
