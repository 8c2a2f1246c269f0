internal import MLOpsCore

/// An adapter laid out for the kernels of a pass, and the place its gradients go to.
///
/// For each module: Aᵀ [inputs, p] and A [rank, inputs], s·B [outputs, p], with the rank padded by zeros to p, which is the same
/// for all; in bf16, A and s·B packed.
final class BoundAdapter {
    /// One adapted linear layer.
    struct Module {
        let number: Int
        /// [rank, inputs]; as B, without meaning where ``pairs`` take its place.
        let a: Matrix
        /// [outputs, rank]
        let b: Matrix
        /// Without rows where ``pairs`` take its place.
        let transposedA: Matrix
        /// A for bf16 products; decomposed adapters have none.
        let pairs: LowRankPairs?
        /// Without rows where ``packedB`` is made of B itself.
        let scaledB: Matrix
        /// s·B for bf16 products: [xa]·[sB]ᵀ and dy·[sB].
        let packedB: PackedMatrix?
        /// The gradients of A [rank, inputs] and B [outputs, rank], when they are wanted.
        let gradients: (a: Matrix, b: Matrix)?
        /// s
        let scale: Float
        /// The bias of B and where its gradient goes, when that is wanted.
        let bias: OutputBias?
        /// DoRA's norms of the effective weight's rows.
        let magnitude: Magnitude?
    }

    /// The greatest rank, padded.
    let width: Int
    private let layout: LoRALayout
    private let precision: RunConfiguration.Precision
    private let modules: [Module?]
    /// Whether modules have biases, whose gradients are sums over numbers in f32.
    let hasBiases: Bool
    /// Whether modules have magnitudes.
    let isDecomposed: Bool
    /// What is packed of an adapter's numbers, and those numbers when they are read as they are.
    private let packings: [Kernels.AdapterPacking]
    private let parameters: Matrix
    private let gradients: Matrix?

    init(_ adapter: LoRAAdapter, layerCount: Int, precision: RunConfiguration.Precision, wantsGradients: Bool) {
        let layout = adapter.layout
        self.layout = layout
        self.precision = precision
        let width = Kernels.paddedRank(layout.maximumRank)
        self.width = width
        let parameters = Matrix(rows: 1, columns: layout.moduleParameterCount)
        let gradients = wantsGradients ? Matrix(rows: 1, columns: layout.moduleParameterCount) : nil
        self.parameters = parameters
        self.gradients = gradients
        func view(_ buffer: Matrix, _ range: Range<Int>, rows: Int, columns: Int) -> Matrix {
            Matrix(storage: buffer.storage, offset: range.lowerBound, rows: rows, columns: columns, stride: columns)
        }
        var modules: [Module?] = []
        var packings: [Kernels.AdapterPacking] = []
        for layer in 0..<layerCount {
            for projection in Projection.allCases {
                guard let module = layout.module(layer: layer, projection) else {
                    modules.append(nil)
                    continue
                }
                let shape = module.shape
                let isPacked = precision == .bf16 && !module.isDecomposed
                let transposedA = Matrix(rows: isPacked ? 0 : shape.inputs, columns: width)
                let scaledB = Matrix(rows: isPacked ? 0 : shape.outputs, columns: width)
                // What pads the rank stays zero.
                transposedA.fill(0)
                scaledB.fill(0)
                let pairs = isPacked ? LowRankPairs(inputs: shape.inputs, width: width) : nil
                let packedB = precision == .bf16 ? PackedMatrix(outputs: shape.outputs, k: width) : nil
                if let pairs, let packedB {
                    packings.append(
                        Kernels.AdapterPacking(
                            a: module.a, b: module.b, rank: module.rank, scale: module.scale, pairs: pairs,
                            packedB: packedB))
                }
                func row(_ buffer: Matrix) -> Matrix { view(buffer, module.magnitude, rows: 1, columns: shape.outputs) }
                modules.append(
                    Module(
                        number: modules.count, a: view(parameters, module.a, rows: module.rank, columns: shape.inputs),
                        b: view(parameters, module.b, rows: shape.outputs, columns: module.rank),
                        transposedA: transposedA,
                        pairs: pairs, scaledB: scaledB, packedB: packedB,
                        gradients: gradients.map {
                            (
                                view($0, module.a, rows: module.rank, columns: shape.inputs),
                                view($0, module.b, rows: shape.outputs, columns: module.rank)
                            )
                        }, scale: module.scale,
                        bias: module.hasBias
                            ? OutputBias(
                                range: module.bias, scale: module.scale,
                                gradient: gradients.map { view($0, module.bias, rows: 1, columns: shape.outputs) })
                            : nil,
                        magnitude: module.isDecomposed
                            ? Magnitude(row(parameters), gradient: gradients.map(row)) : nil))
            }
        }
        self.modules = modules
        hasBiases = modules.contains { $0?.bias != nil }
        isDecomposed = modules.contains { $0?.magnitude != nil }
        self.packings = packings
        load(adapter)
    }

    /// Whether ``load(_:)`` can take `adapter`.
    func fits(_ adapter: LoRAAdapter, precision: RunConfiguration.Precision, wantsGradients: Bool) -> Bool {
        layout == adapter.layout && self.precision == precision && (gradients != nil || !wantsGradients)
    }

    /// Takes the numbers of another adapter of this shape; gradients begin anew.
    func load(_ adapter: LoRAAdapter) {
        Kernels.pack(packings, of: adapter.parameters)
        if modules.contains(where: { $0.map { $0.pairs == nil } ?? false }) {
            Kernels.copy(adapter.parameters, first: layout.moduleParameterCount, into: parameters)
        }
        for case let module? in modules where module.pairs == nil {
            Kernels.transpose(module.a, into: module.transposedA)
            Kernels.copy(module.b, scaled: module.scale, into: module.scaledB.columns(0..<module.b.columns))
            if let packed = module.packedB { Kernels.pack(module.scaledB, into: packed) }
            module.magnitude?.forgetFactors()
        }
        for case let module? in modules { module.bias?.load(adapter.parameters) }
        if let gradients { Kernels.clear(gradients) }
    }

    /// The adapter of a linear layer, nil when it has none.
    func module(layer: Int, _ projection: Projection) -> Module? {
        modules[layer * Projection.allCases.count + projection.index]
    }

    /// Adds the gradients gathered so far, times `weight`, to the first numbers of `sum`, in the adapter's order.
    func addGradients(scaled weight: Float, to sum: inout [Float]) {
        guard let gradients else { return }
        Kernels.add(gradients, scaled: weight, into: &sum)
    }
}
