/// The bias of a module's B during a pass (`lora_bias`): y += s·c, dc = s·Σ dy over tokens.
final class OutputBias {
    private let range: Range<Int>
    private let scale: Float
    private let gradient: Matrix?
    /// s·c
    private(set) var scaled: [Float] = []

    /// - Parameters:
    ///   - range: its place among the adapter's numbers.
    ///   - gradient: [1, outputs], where dc is added to, when it is wanted.
    init(range: Range<Int>, scale: Float, gradient: Matrix?) {
        self.range = range
        self.scale = scale
        self.gradient = gradient
    }

    /// Must be called when the adapter's numbers changed.
    func load(_ parameters: [Float]) { scaled = parameters[range].map { scale * $0 } }

    /// Adds dc.
    func addGradient(of dy: Matrix) {
        guard let gradient else { return }
        let sums = Matrix(rows: 1, columns: dy.columns)
        sums.fill(0)
        Kernels.columnSums(dy, into: sums)
        Kernels.add(sums, scaled: scale, into: gradient)
    }
}
