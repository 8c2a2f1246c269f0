/// Adam with decoupled weight decay, as torch computes it.
///
/// ```
/// p ← p·(1 − lr·λ)      m ← m + (1−β₁)(g − m)      v ← β₂v + (1−β₂)g²
/// p ← p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)
/// ```
public struct AdamW: Sendable, Hashable {
    /// Decay of the first moment.
    public var beta1: Double
    /// Decay of the second moment.
    public var beta2: Double
    /// Added to the root of the second moment.
    public var epsilon: Double
    /// λ, by which parameters shrink, times the learning rate.
    public var weightDecay: Double
    /// The state a checkpoint keeps to continue exactly.
    public var state: State

    /// What the optimizer remembers between steps.
    public struct State: Sendable, Hashable {
        /// Updates done.
        public var step: Int
        /// m, of every parameter; empty before the first update.
        public var firstMoments: [Float]
        /// v, of every parameter; empty before the first update.
        public var secondMoments: [Float]

        /// Creates a state; the default is that of an optimizer which has not moved yet.
        public init(step: Int = 0, firstMoments: [Float] = [], secondMoments: [Float] = []) {
            precondition(
                firstMoments.count == secondMoments.count, "\(firstMoments.count), \(secondMoments.count) moments")
            self.step = step
            self.firstMoments = firstMoments
            self.secondMoments = secondMoments
        }
    }

    /// Creates an optimizer; the defaults are torch's, without weight decay.
    public init(
        beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0,
        state: State = State()
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.state = state
    }

    /// Parameters that follow each other and move alike.
    public struct Group: Sendable, Hashable {
        /// Their places.
        public var range: Range<Int>
        /// What the learning rate is multiplied by.
        public var rateFactor: Double
        /// Whether weight decay shrinks them.
        public var decays: Bool

        /// Creates a group.
        public init(range: Range<Int>, rateFactor: Double = 1, decays: Bool = true) {
            self.range = range
            self.rateFactor = rateFactor
            self.decays = decays
        }
    }

    /// Moves `parameters` against `gradients`.
    ///
    /// - Parameters:
    ///   - gradientScale: what gradients are multiplied by first, as ``LoRAGradients/scale(by:)`` would.
    ///   - groups: disjoint ranges that move; nil: all move alike.
    /// - Precondition: both have the same count, in every call.
    public mutating func update(
        _ parameters: inout [Float], with gradients: [Float], learningRate: Double, gradientScale: Float = 1,
        groups: [Group]? = nil
    ) {
        precondition(
            parameters.count == gradients.count, "\(parameters.count) parameters, \(gradients.count) gradients")
        if state.firstMoments.isEmpty {
            state.firstMoments = [Float](repeating: 0, count: parameters.count)
            state.secondMoments = state.firstMoments
        }
        precondition(
            parameters.count == state.firstMoments.count, "an optimizer of \(state.firstMoments.count) parameters")
        state.step += 1
        let correction1 = 1 - power(beta1, state.step)
        let correction2 = 1 - power(beta2, state.step)
        for group in groups ?? [Group(range: 0..<parameters.count)] {
            let rate = learningRate * group.rateFactor
            let rates = Kernels.AdamWRates(
                shrink: Float(1 - rate * (group.decays ? weightDecay : 0)), rate: Float(rate / correction1),
                root: Float(1 / correction2.squareRoot()), beta1Complement: Float(1 - beta1), beta2: Float(beta2),
                beta2Complement: Float(1 - beta2), epsilon: Float(epsilon), gradientScale: gradientScale)
            Kernels.adamW(
                &parameters, gradients, &state.firstMoments, &state.secondMoments, in: group.range, rates: rates)
        }
    }

    /// Moves an adapter against its gradients.
    public mutating func update(_ adapter: inout LoRAAdapter, with gradients: LoRAGradients, learningRate: Double) {
        update(&adapter.parameters, with: gradients.values, learningRate: learningRate)
    }

    /// Returns `base` to the power of `exponent`, by squaring: the same bits on every platform.
    private func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, factor, rest) = (1.0, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }
}
