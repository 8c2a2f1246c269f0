internal import MLOpsCore
internal import OrderedCollections

/// The gradients of all weights of a model, or of some tensors alone, gathered while passes go backward.
///
/// ```
/// y = x·Wᵀ + b:        dW += dyᵀ·x               db += Σ dy
/// y = x·r·w + b:       dw += Σ dy∘x·r            db += Σ dy      (r, a number a token; of some norms x − mean x)
/// x = s·E[ids] + P[t]: dE[id] += s·dx            dP[t] += dx
/// logits = h·Wᵀ + b:   db += Σ dlogits, dW += dlogitsᵀ·h          of a tied head: to the embedding's
/// ```
/// Sums over tokens run in their order, so results do not depend on threads. Where products are in bf16, those of dW are, too.
final class WeightGradients {
    private let layout: WeightLayout
    private let architecture: DecoderArchitecture
    /// Whether tensors of the layers are among them.
    let coversLayers: Bool
    /// Whether the head's gradient is the embedding's.
    private let tiesHead: Bool
    /// Tensors of tokens' vectors.
    private let tokenVectors: [(name: String, tokens: TokenVectors)]
    private let buffer: Matrix
    private let isInHalves: Bool
    private var scratch = FloatStorage(count: 0)
    private var halves = HalfStorage(count: 0)
    private var packing = HalfStorage(count: 0)

    /// Adds to the numbers in `storage`, in the order of the layout.
    init(_ layout: WeightLayout, _ model: DecoderModel, addingTo storage: FloatStorage) {
        precondition(storage.count == layout.count, "\(storage.count) gradients of \(layout.count) weights")
        self.layout = layout
        architecture = model.architecture
        isInHalves = model.options.products == .bf16
        (coversLayers, tiesHead, tokenVectors) = (true, architecture.tiedHead, [])
        buffer = Matrix(storage: storage, offset: 0, rows: 1, columns: layout.count, stride: layout.count)
    }

    /// Those of the tensors that an adapter trains whole.
    init(_ saved: [SavedTensor], _ model: DecoderModel) {
        layout = WeightLayout(saved)
        architecture = model.architecture
        isInHalves = model.options.products == .bf16
        tiesHead = saved.contains(where: \.isTiedHead)
        tokenVectors = saved.compactMap { saved in saved.tokens.map { (saved.name, $0) } }
        coversLayers = saved.coverLayers(of: architecture.family)
        buffer = Matrix(rows: 1, columns: layout.count)
        Kernels.clear(buffer)
    }

    /// Adds the gradients, times `weight`, in the order of the layout, from element `start` of `sum` on.
    func add(scaled weight: Float, to sum: inout [Float], at start: Int = 0) {
        Kernels.add(buffer, scaled: weight, into: &sum, at: start)
    }

    /// dW and db of a linear layer with the input x [tokens, inputs].
    func addLinear(_ layer: AdaptedLinear, dy: Matrix, x: Matrix) {
        guard coversLayers else { return }
        let path = architecture.family.path(of: layer.projection, layer: layer.layer)
        if holds(path + ".weight") { addProduct(dy, x, into: matrix(path + ".weight")) }
        if holds(path + ".bias") { Kernels.columnSums(dy, into: matrix(path + ".bias")) }
    }

    /// dw and db of a layer's norm over the input x, whose r are `inverse`; its output goes on times `scale`.
    func addNorm(
        _ kind: DecoderArchitecture.Norm, layer: Int, _ norm: RowNorm, dy: Matrix, x: Matrix, inverse: Matrix,
        scaled scale: Float = 1
    ) {
        guard coversLayers, let path = architecture.path(of: kind) else { return }
        addNorm(
            "\(architecture.family.path(ofLayer: layer)).\(path)", norm, dy: dy, x: x, inverse: inverse, scaled: scale)
    }

    /// dw and db of the norm before the head.
    func addFinalNorm(_ norm: RowNorm, dy: Matrix, x: Matrix, inverse: Matrix) {
        addNorm(architecture.family.finalNormPath, norm, dy: dy, x: x, inverse: inverse)
    }

    /// dw and db of a norm over the input x, whose r are `inverse`; its output goes on times `scale`.
    func addNorm(_ path: String, _ norm: RowNorm, dy: Matrix, x: Matrix, inverse: Matrix, scaled scale: Float = 1) {
        let sums = Matrix(rows: 1, columns: norm.size)
        // Some norms have no weights.
        if holds(path + ".weight") {
            sums.fill(0)
            Kernels.columnSums(norm.runs(dy), norm.numerator(norm.runs(x)), factors: inverse, into: sums)
            Kernels.add(sums, scaled: scale, into: matrix(path + ".weight"))
        }
        guard case .centred = norm.kind, holds(path + ".bias") else { return }
        sums.fill(0)
        Kernels.columnSums(norm.runs(dy), into: sums)
        Kernels.add(sums, scaled: scale, into: matrix(path + ".bias"))
    }

    /// Whether a tensor's gradient is wanted.
    private func holds(_ name: String) -> Bool { layout.places[name] != nil }

    /// The gradients of the weights of a layer's activation.
    func addActivation(layer: Int, p: Float, n: Float) {
        let path = architecture.family.path(ofLayer: layer) + ".mlp.act_fn"
        for (name, gradient) in [("\(path).alpha_p", p), ("\(path).alpha_n", n)] where holds(name) {
            let sum = Matrix(rows: 1, columns: 1)
            sum.fill(gradient)
            Kernels.add(sum, into: matrix(name))
        }
    }

    /// dE from the gradient of the embeddings of `ids`.
    func addEmbedding(_ ids: [Int32], dx: Matrix) {
        for (name, tokens) in tokenVectors where tokens.isInEmbedding {
            let vectors = matrix(name)
            let places = Dictionary(
                tokens.ids.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
            for (row, id) in ids.enumerated() where Int(id) != architecture.paddingID {
                guard let place = places[id] else { continue }
                Kernels.add(
                    dx.rows(row..<row + 1), scaled: architecture.embeddingScale, into: vectors.rows(place..<place + 1))
            }
        }
        guard holds(architecture.family.embeddingPath + ".weight") else { return }
        let embedding = matrix(architecture.family.embeddingPath + ".weight")
        for (row, id) in ids.enumerated() where Int(id) != architecture.paddingID {
            Kernels.add(
                dx.rows(row..<row + 1), scaled: architecture.embeddingScale, into: embedding.rows(Int(id)..<Int(id) + 1)
            )
        }
    }

    /// dE of learned positions from the gradient of the embeddings, whose vectors are the rows `positions`.
    func addPositions(_ positions: [Int32], dx: Matrix) {
        let name = architecture.family.positionPath + ".weight"
        guard holds(name) else { return }
        let vectors = matrix(name)
        for (row, position) in positions.enumerated() {
            Kernels.add(dx.rows(row..<row + 1), into: vectors.rows(Int(position)..<Int(position) + 1))
        }
    }

    /// dW of the head, whose logits have the gradient `dlogits`.
    func addHead(_ dlogits: Matrix, h: Matrix) {
        for (name, tokens) in tokenVectors where tokens.isInHead {
            addProduct(ReplacedLogits.columns(tokens.ids, of: dlogits), h, into: matrix(name))
        }
        let family = architecture.family
        let weight = (tiesHead ? family.embeddingPath : family.headPath) + ".weight"
        if holds(weight) { addProduct(dlogits, h, into: matrix(weight)) }
        let bias = family.headPath + ".bias"
        if holds(bias) { Kernels.columnSums(dlogits, into: matrix(bias)) }
    }

    /// dw += dyᵀ·x
    private func addProduct(_ dy: Matrix, _ x: Matrix, into dw: Matrix) {
        let count = dy.rows * dy.columns
        if scratch.count < count { scratch = FloatStorage(count: count) }
        let transposed = Matrix(storage: scratch, offset: 0, rows: dy.columns, columns: dy.rows, stride: dy.rows)
        Kernels.transpose(dy, into: transposed)
        guard isInHalves else { return MatrixProducts.multiply(transposed, x, into: dw, adding: true) }
        let stride = HalfMatrix.stride(columns: dy.rows)
        if halves.count < dy.columns * stride { halves = HalfStorage(count: dy.columns * stride) }
        let half = HalfMatrix(storage: halves, rows: dy.columns, columns: dy.rows, stride: stride)
        Kernels.convert(transposed, into: half)
        let packed = PackedMatrix.elementCount(outputs: x.rows, k: x.columns)
        if packing.count < packed { packing = HalfStorage(count: packed) }
        let right = PackedMatrix(storage: packing, outputs: x.rows, k: x.columns)
        Kernels.pack(x, into: right)
        Kernels.multiplyBack(half, right, into: dw, adding: true)
    }

    /// The place of a tensor's gradient; a vector is one row.
    private func matrix(_ name: String) -> Matrix {
        guard let place = layout.places[name] else { preconditionFailure("no tensor '\(name)'") }
        let columns = place.shape.last ?? 1
        return Matrix(
            storage: buffer.storage, offset: place.range.lowerBound, rows: place.range.count / max(1, columns),
            columns: columns, stride: columns)
    }
}
