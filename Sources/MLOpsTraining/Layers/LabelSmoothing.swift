/// Label smoothing (Szegedy et al. 2016, §7), as transformers' `LabelSmoother` has it: a token's target is the token by 1 − ε, and
/// every token of the vocabulary alike by ε.
///
/// ```
/// loss = (1 − ε)·(lse − xₜ) + ε·(lse − mean x)       lse = log Σ exp(x)
/// dx   = softmax(x) − (1 − ε)·onehot − ε/V
/// ```
/// Made from the logits before the cross-entropy, whose loss and gradient it then changes.
struct LabelSmoothing {
    private let share: Double
    private let targets: [Int32]
    /// xₜ − mean x of each row.
    private let leads: [Double]

    /// Takes what it needs of the logits [positions, vocabulary].
    init(_ share: Double, _ logits: Matrix, targets: [Int32]) {
        self.share = share
        self.targets = targets
        leads = targets.enumerated().map { row, target in
            let numbers = logits.rows(row..<row + 1).elements()
            let mean = numbers.reduce(0) { $0 + Double($1) } / Double(max(1, numbers.count))
            return Double(numbers[Int(target)]) - mean
        }
    }

    /// The losses, from those of the targets alone.
    func losses(_ plain: [Float]) -> [Float] {
        zip(plain, leads).map { Float(Double($0) + share * $1) }
    }

    /// Turns softmax(x) − onehot into the gradient, both times `weight`.
    func applyGradient(to gradient: Matrix, weight: Float) {
        let even = weight * Float(-share / Double(max(1, gradient.columns)))
        Kernels.addRow([Float](repeating: even, count: gradient.columns), into: gradient)
        for (row, target) in targets.enumerated() { gradient[row, Int(target)] += weight * Float(share) }
    }
}
