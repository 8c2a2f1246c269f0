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
    /// A form for the tokens of answers.
    private let answering: KeptForAnswers?

    var outputs: Int { stored.shape[0] }
    var inputs: Int { stored.shape[1] }

    /// - Parameter room: for the weights of answers; nil: these are read where they are stored.
    init(_ stored: TensorData, _ options: ComputeOptions, room: WeightRoom? = nil) {
        self.stored = stored
        products = options.products
        kept = options.products == .bf16 && options.packedWeights.keeps(stored) ? KeptPacking() : nil
        answering = options.products == .f32 ? room.map(KeptForAnswers.init) : nil
    }

    /// Whether a packed copy takes the stored weight's place once it is used.
    var keepsPacking: Bool { kept != nil }

    /// The form of answers, once it is there.
    var answeringForm: ReadableWeight? { answering?.form(of: stored, isAsked: false) }

    /// Whether mapped pages of the stored weight stay in memory: neither a packing takes their place nor are they given back.
    var keepsStored: Bool { products == .f32 }

    /// Whether products are made from the stored weight, side by side with others.
    var multipliesStored: Bool { products == .f32 }

    /// y = [x | xa]·[W | sB]ᵀ, or y = base + …, where the base may be y; without module, x·Wᵀ.
    func forward(
        _ x: Matrix, xa: Matrix? = nil, _ module: BoundAdapter.Module?, into y: Matrix, onto base: Matrix? = nil,
        pass: Pass
    ) {
        switch products {
        case .f32:
            if let base, !(base == y) { Kernels.copy(base, into: y) }
            Kernels.multiplyStored(
                x, readable(pass), into: y, adding: base != nil, tail: Self.tail(xa, module),
                answering: pass.isAnswering)
        case .bf16: forward(pass.half(x, beside: xa), module, into: y, onto: base, pass: pass)
        }
    }

    /// The same of what is in bf16 already, xa included.
    func forward(
        _ x: HalfMatrix, _ module: BoundAdapter.Module?, into y: Matrix, onto base: Matrix? = nil, pass: Pass
    ) {
        eachPacking(pass) { rows, w in
            let tail = module?.packedB?.outputs(rows)
            Kernels.multiply(x, w, tail, into: y.columns(rows), onto: base?.columns(rows))
        }
    }

    /// The weight as this pass reads it: in the form of answers once some of their tokens, alone or a few together, asked for it.
    /// That changes no weight.
    func readable(_ pass: Pass) -> ReadableWeight {
        guard let answering else { return .stored(stored) }
        return answering.form(of: stored, isAsked: pass.isAnswering && pass.tokenCount <= Kernels.fewRows)
            ?? .stored(stored)
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

/// A weight written anew for the tokens of answers, which wait for weights to arrive: bf16 in twelve bits a number where that loses
/// nothing, anything else as it is, on large pages.
private final class KeptForAnswers: Sendable {
    private enum State {
        case asked(Int)
        /// Nil where it stays as it is stored.
        case made(ReadableWeight?)
    }

    private let room: WeightRoom
    private let state = Mutex(State.asked(0))

    /// Writing takes as long as some tokens; an answer that ends before them does without.
    static let asksBefore = 12

    init(_ room: WeightRoom) { self.room = room }

    /// The form, if it is there, or is made now.
    func form(of stored: TensorData, isAsked: Bool) -> ReadableWeight? {
        state.withLock { state in
            switch state {
            case .made(let form): return form
            case .asked(let count) where isAsked && count >= Self.asksBefore:
                let form = written(stored)
                if form != nil { stored.releasePages() }
                state = .made(form)
                return form
            case .asked(let count):
                if isAsked { state = .asked(count + 1) }
                return nil
            }
        }
    }

    private func written(_ stored: TensorData) -> ReadableWeight? {
        if let compact = CompactMatrix(stored, in: room) { return .compact(compact) }
        guard let bytes = room.bytes(stored.byteCount) else { return nil }
        unsafe stored.withBytes { unsafe bytes.fill(from: $0) }
        return .copied(stored, bytes)
    }
}
