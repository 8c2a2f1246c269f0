internal import MLOpsCore

/// An adapter laid out for the kernels of a pass, and the place its gradients go to.
///
/// For each module: Aᵀ [inputs, p] and A [rank, inputs], s·B [outputs, p], with the rank padded by zeros to p, which is the same
/// for all.
final class BoundAdapter {
    /// One adapted linear layer.
    struct Module {
        let number: Int
        let a: Matrix
        let transposedA: Matrix
        let scaledB: Matrix
        /// s·B for bf16 products: [xa]·[sB]ᵀ and, when gradients are wanted, dy·[sB].
        let packedB, packedTransposedB: PackedMatrix?
        /// The gradients of A [rank, inputs] and B [outputs, rank], when they are wanted.
        let gradients: (a: Matrix, b: Matrix)?
        /// s
        let scale: Float
        /// DoRA's norms of the effective weight's rows.
        let magnitude: Magnitude?
    }

    /// The greatest rank, padded.
    let width: Int
    private let modules: [Module?]
    private let gradients: Matrix?

    init(_ adapter: LoRAAdapter, layerCount: Int, precision: RunConfiguration.Precision, wantsGradients: Bool) {
        let layout = adapter.layout
        let isBF16 = precision == .bf16
        width = Kernels.paddedRank(layout.maximumRank)
        let parameters = Matrix(adapter.parameters, rows: 1, columns: layout.parameterCount)
        let gradients = wantsGradients ? Matrix(rows: 1, columns: layout.parameterCount) : nil
        gradients?.fill(0)
        self.gradients = gradients
        func view(_ buffer: Matrix, _ range: Range<Int>, rows: Int, columns: Int) -> Matrix {
            Matrix(storage: buffer.storage, offset: range.lowerBound, rows: rows, columns: columns, stride: columns)
        }
        var modules: [Module?] = []
        for layer in 0..<layerCount {
            for projection in Projection.allCases {
                guard let module = layout.module(layer: layer, projection) else {
                    modules.append(nil)
                    continue
                }
                let shape = module.shape
                let a = view(parameters, module.a, rows: module.rank, columns: shape.inputs)
                let b = view(parameters, module.b, rows: shape.outputs, columns: module.rank)
                let transposedA = Matrix(rows: shape.inputs, columns: width)
                let scaledB = Matrix(rows: shape.outputs, columns: width)
                if width > module.rank {
                    transposedA.fill(0)
                    scaledB.fill(0)
                }
                Kernels.transpose(a, into: transposedA)
                Kernels.copy(b, into: scaledB.columns(0..<module.rank))
                Kernels.scale(scaledB, by: module.scale)
                func row(_ buffer: Matrix) -> Matrix { view(buffer, module.magnitude, rows: 1, columns: shape.outputs) }
                modules.append(
                    Module(
                        number: modules.count, a: a, transposedA: transposedA, scaledB: scaledB,
                        packedB: isBF16 ? Kernels.pack(scaledB, summing: .columns) : nil,
                        packedTransposedB: isBF16 && wantsGradients ? Kernels.pack(scaledB, summing: .rows) : nil,
                        gradients: gradients.map {
                            (
                                view($0, module.a, rows: module.rank, columns: shape.inputs),
                                view($0, module.b, rows: shape.outputs, columns: module.rank)
                            )
                        }, scale: module.scale,
                        magnitude: module.isDecomposed
                            ? Magnitude(row(parameters), gradient: gradients.map(row)) : nil))
            }
        }
        self.modules = modules
    }

    /// The adapter of a linear layer, nil when it has none.
    func module(layer: Int, _ projection: Projection) -> Module? {
        modules[layer * Projection.allCases.count + projection.index]
    }

    /// Whether modules have magnitudes.
    var isDecomposed: Bool { modules.contains { $0?.magnitude != nil } }

    /// The gradients gathered so far, in the adapter's order.
    func takeGradients() -> LoRAGradients { LoRAGradients(values: gradients?.elements() ?? []) }
}
