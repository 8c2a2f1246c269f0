/// The gradients of an adapter where a pass has left them: those of its matrices and those of what it trains whole.
struct AdapterGradients {
    let bound: BoundAdapter
    let whole: WeightGradients?
    let layout: LoRALayout

    /// Adds them, times `weight`, in the adapter's order.
    func add(scaled weight: Float, to sum: inout [Float]) {
        bound.addGradients(scaled: weight, to: &sum)
        whole?.add(scaled: weight, to: &sum, at: layout.moduleParameterCount)
    }

    /// A number for each of the adapter's.
    func elements() -> [Float] {
        var sum = [Float](repeating: 0, count: layout.parameterCount)
        add(scaled: 1, to: &sum)
        return sum
    }
}
