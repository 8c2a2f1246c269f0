internal import MLOpsCore
internal import Synchronization

/// A frozen weight [outputs, inputs], and its products with activations.
///
/// In f32 activations meet the weight where it lies. In bf16 the weight is packed in the order in which the products of both
/// directions read it: once and for all, or some rows at a time whenever it is used.
///
/// An adapter's columns stand beside it, as xa stands beside x: [x | xa]·[W | sB]ᵀ.
struct FrozenMatrix: Sendable {
    let stored: TensorData
    private let products: RunConfiguration.Precision
    private let kept: KeptPacking?
    /// A shorter form for generation.
    private let shorter: KeptCompact?

    var outputs: Int { stored.shape[0] }
    var inputs: Int { stored.shape[1] }

    init(_ stored: TensorData, _ options: ComputeOptions) {
        self.stored = stored
        products = options.products
        kept = options.products == .bf16 && options.packedWeights.keeps(stored) ? KeptPacking() : nil
        shorter =
            options.products == .f32 && options.compactsWeights && stored.elementType == .bf16 ? KeptCompact() : nil
    }

    /// Whether a packed copy takes the stored weight's place once it is used.
    var keepsPacking: Bool { kept != nil }

    /// Whether the shorter form is there.
    var isCompact: Bool { shorter?.matrix(of: stored, making: false) != nil }

    /// Whether mapped pages of the stored weight stay in memory: neither a packing takes their place nor are they given back.
    var keepsStored: Bool { products == .f32 }

    /// Whether products are made from the stored weight, side by side with others.
    var multipliesStored: Bool { products == .f32 }

    /// y = [x | xa]·[W | sB]ᵀ, or y += …; without module, x·Wᵀ.
    func forward(
        _ x: Matrix, xa: Matrix? = nil, _ module: BoundAdapter.Module?, into y: Matrix, adding: Bool, pass: Pass
    ) {
        switch products {
        case .f32: Kernels.multiplyStored(x, readable(pass), into: y, adding: adding, tail: Self.tail(xa, module))
        case .bf16: forward(pass.half(x, beside: xa), module, into: y, adding: adding, pass: pass)
        }
    }

    /// The same of what is in bf16 already, xa included.
    func forward(_ x: HalfMatrix, _ module: BoundAdapter.Module?, into y: Matrix, adding: Bool, pass: Pass) {
        eachPacking(pass) { rows, w in
            let tail = module?.packedB?.outputs(rows)
            Kernels.multiply(x, w, tail, into: y.columns(rows), adding: adding)
        }
    }

    /// The weight as this pass reads it: in a shorter form once a token of an answer, or a few together, asked for it. That changes
    /// no weight.
    func readable(_ pass: Pass) -> ReadableWeight {
        guard let shorter else { return .stored(stored) }
        let asks = pass.caches != nil && pass.tokenCount <= Kernels.fewRows
        return shorter.matrix(of: stored, making: asks).map { .compact($0) } ?? .stored(stored)
    }

    /// What an adapter adds to a product with the stored weight.
    static func tail(_ xa: Matrix?, _ module: BoundAdapter.Module?) -> (x: Matrix, weight: Matrix)? {
        guard let xa, let module else { return nil }
        return (xa, module.scaledB)
    }

    /// [dx | dxa] = dy·[W | sB], or dx += …; without module, dy·W.
    func backward(_ dy: Matrix, _ module: BoundAdapter.Module?, into dx: Matrix, adding: Bool, pass: Pass) {
        let (plain, tail) = (dx.columns(0..<inputs), dx.columns(inputs..<dx.columns))
        switch products {
        case .f32:
            Kernels.multiplyStoredBack(dy, stored, into: plain, adding: adding)
            if let module { Kernels.lowRankProject(dy, nil, module: module.number, module.scaledB, into: tail) }
        case .bf16 where kept == nil && module == nil && !pass.isConverted(dy):
            // The head's are wide: each part is converted when its turn comes.
            eachPacking(pass) { rows, w in
                let dy = pass.half(dy.columns(rows), side: .gradient)
                Kernels.multiplyBack(dy, w, into: plain, adding: adding || rows.lowerBound > 0)
            }
        case .bf16: backward(pass.half(dy, side: .gradient), module, into: dx, adding: adding, pass: pass)
        }
    }

    /// The same of what is in bf16 already.
    func backward(_ dy: HalfMatrix, _ module: BoundAdapter.Module?, into dx: Matrix, adding: Bool, pass: Pass) {
        guard kept == nil else {
            return eachPacking(pass) { _, w in
                Kernels.multiplyBack(dy, w, module?.packedB, into: dx, adding: adding)
            }
        }
        let (plain, tail) = (dx.columns(0..<inputs), dx.columns(inputs..<dx.columns))
        if let b = module?.packedB { Kernels.multiplyBack(dy, b, into: tail, adding: false) }
        eachPacking(pass) { rows, w in
            Kernels.multiplyBack(dy.columns(rows), w, into: plain, adding: adding || rows.lowerBound > 0)
        }
    }

    /// Calls `body` with W packed: all of it when that is kept, else some rows at a time.
    private func eachPacking(_ pass: Pass, _ body: (Range<Int>, PackedMatrix) -> Void) {
        if let kept { return body(0..<outputs, kept.packing(of: stored)) }
        for rows in ranges(pass.packedTileHeight(columns: inputs)) {
            body(rows, Kernels.pack(rows, of: stored, into: pass.packedTile(rows: rows.count, columns: inputs)))
            // Who keeps no packing has little memory: the stored rows need not stay in it until they are used again.
            stored.releasePages(rows: rows)
        }
    }

    private func ranges(_ height: Int) -> [Range<Int>] {
        stride(from: 0, to: outputs, by: height).map { $0..<min(outputs, $0 + height) }
    }
}

/// A weight's packing, made when it is first needed.
private final class KeptPacking: Sendable {
    private let packing = Mutex<PackedMatrix?>(nil)

    func packing(of stored: TensorData) -> PackedMatrix {
        packing.withLock { kept in
            if let packed = kept { return packed }
            let storage = HalfStorage(
                count: PackedMatrix.elementCount(outputs: stored.rowCount, k: stored.rowLength))
            let packed = Kernels.pack(0..<stored.rowCount, of: stored, into: storage)
            stored.releasePages()
            kept = packed
            return packed
        }
    }
}

/// A weight's shorter form, made when it is first asked for.
private final class KeptCompact: Sendable {
    private enum State {
        case unasked
        /// Nil where it has none.
        case made(CompactMatrix?)
    }

    private let state = Mutex(State.unasked)

    /// The form, if it is there, or is made now.
    func matrix(of stored: TensorData, making: Bool) -> CompactMatrix? {
        state.withLock { state in
            if case .made(let matrix) = state { return matrix }
            guard making else { return nil }
            let matrix = CompactMatrix(stored)
            if matrix != nil { stored.releasePages() }
            state = .made(matrix)
            return matrix
        }
    }
}
