internal import MLOpsCore
internal import Synchronization

/// A frozen weight [outputs, inputs], and its products with activations.
///
/// In f32 activations meet the weight where it lies. In bf16, and in whole numbers, the weight is packed in the order in which the products
/// of both directions read it: once and for all, or some rows at a time whenever it is used.
///
/// An adapter's columns stand beside it, as xa stands beside x: [x | xa]·[W | sB]ᵀ.
struct FrozenMatrix: Sendable {
    let stored: TensorData
    private let form: Form
    /// A form for the tokens of answers.
    private let answering: KeptForAnswers?

    /// How the weight meets activations, and what is kept of its packing.
    private enum Form {
        case stored
        case bf16(KeptPacking<PackedMatrix>?)
        case scaled(KeptPacking<ScaledMatrix>?)
    }

    var outputs: Int { stored.shape[0] }
    var inputs: Int { stored.shape[1] }

    /// - Parameter room: for the weights of answers; nil: these are read where they are stored.
    init(_ stored: TensorData, _ options: ComputeOptions, room: WeightRoom? = nil) {
        self.stored = stored
        let keeps = options.packedWeights.keeps(stored)
        switch options.arithmetic {
        case .f32: form = .stored
        case .bf16: form = .bf16(keeps ? KeptPacking() : nil)
        case .wholeNumbers: form = .scaled(keeps ? KeptPacking() : nil)
        }
        answering = options.arithmetic == .bf16 ? nil : room.map(KeptForAnswers.init)
    }

    /// Whether a packed copy takes the stored weight's place once it is used.
    var keepsPacking: Bool { keptElementCount > 0 }

    /// The numbers of 16 bits of that copy.
    var keptElementCount: Int {
        switch form {
        case .bf16(.some): PackedMatrix.elementCount(outputs: outputs, k: inputs)
        case .scaled(.some): ScaledMatrix.elementCount(outputs: outputs, k: inputs)
        case .stored, .bf16(nil), .scaled(nil): 0
        }
    }

    /// The form of answers, once it is there.
    var answeringForm: ReadableWeight? { answering?.form(of: stored, isAsked: false) }

    /// Whether mapped pages of the stored weight stay in memory: neither a packing takes their place nor are they given back.
    var keepsStored: Bool {
        if case .stored = form { true } else { false }
    }

    /// What a few tokens of answers read beside a packing: bf16 in twelve bits, as a rule.
    var answeringBytes: Int {
        guard case .scaled = form else { return 0 }
        return CompactMatrix.holds(stored) ? CompactMatrix.byteCount(of: stored) : stored.byteCount
    }

    /// Whether products are made from the stored weight, side by side with others. A few tokens of answers wait for their weights, which
    /// are larger when they are packed.
    func multipliesStored(_ pass: Pass) -> Bool {
        switch form {
        case .stored: true
        case .bf16: false
        case .scaled: pass.isAnswering && pass.tokenCount <= Kernels.fewRows
        }
    }

    /// y = [x | xa]·[W | sB]ᵀ, or y = base + …, where the base may be y; without module, x·Wᵀ.
    func forward(
        _ x: Matrix, xa: Matrix? = nil, _ module: BoundAdapter.Module?, into y: Matrix, onto base: Matrix? = nil,
        pass: Pass
    ) {
        switch form {
        case .stored,
            .scaled(_) where multipliesStored(pass):
            if let base, !(base == y) { Kernels.copy(base, into: y) }
            Kernels.multiplyStored(
                x, readable(pass), into: y, adding: base != nil, tail: Self.tail(xa, module),
                answering: pass.isAnswering)
        case .bf16: forward(pass.half(x, beside: xa), module, into: y, onto: base, pass: pass)
        case .scaled(let kept):
            let numbers = pass.scaled(x)
            eachPacking(kept, pass) { rows, w in
                Kernels.multiply(numbers, w, into: y.columns(rows), onto: base?.columns(rows))
            }
            if let tail = Self.tail(xa, module) { Kernels.addProduct(tail.x, tail.weight, to: y) }
        }
    }

    /// The same of what is in bf16 already, xa included.
    func forward(
        _ x: HalfMatrix, _ module: BoundAdapter.Module?, into y: Matrix, onto base: Matrix? = nil, pass: Pass
    ) {
        guard case .bf16(let kept) = form else { preconditionFailure("a weight that meets no bf16 numbers") }
        eachPacking(kept, pass) { rows, w in
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
        switch form {
        case .stored:
            Kernels.multiplyStoredBack(dy, stored, into: plain, adding: adding)
            if let module { Kernels.lowRankProject(dy, nil, module: module.number, module.scaledB, into: tail) }
        case .bf16(nil) where module == nil && !pass.isConverted(dy):
            // The head's are wide: each part is converted when its turn comes.
            eachPacking(KeptPacking<PackedMatrix>?.none, pass) { rows, w in
                let dy = pass.half(dy.columns(rows), side: .gradient)
                Kernels.multiplyBack(dy, w, into: plain, adding: adding || rows.lowerBound > 0)
            }
        case .bf16: backward(pass.half(dy, side: .gradient), module, into: dx, adding: adding, pass: pass)
        case .scaled(let kept):
            eachPacking(kept, pass) { rows, w in
                let numbers = pass.scaled(dy.columns(rows), side: .gradient)
                Kernels.multiplyBack(numbers, w, into: plain, adding: adding || rows.lowerBound > 0)
            }
            if let module { Kernels.lowRankProject(dy, nil, module: module.number, module.scaledB, into: tail) }
        }
    }

    /// The same of what is in bf16 already.
    func backward(_ dy: HalfMatrix, _ module: BoundAdapter.Module?, into dx: Matrix, adding: Bool, pass: Pass) {
        guard case .bf16(let kept) = form else { preconditionFailure("a weight that meets no bf16 numbers") }
        guard kept == nil else {
            return eachPacking(kept, pass) { _, w in
                Kernels.multiplyBack(dy, w, module?.packedB, into: dx, adding: adding)
            }
        }
        let (plain, tail) = (dx.columns(0..<inputs), dx.columns(inputs..<dx.columns))
        if let b = module?.packedB { Kernels.multiplyBack(dy, b, into: tail, adding: false) }
        eachPacking(kept, pass) { rows, w in
            Kernels.multiplyBack(dy.columns(rows), w, into: plain, adding: adding || rows.lowerBound > 0)
        }
    }

    /// Calls `body` with W packed: all of it when that is kept, else some rows at a time.
    private func eachPacking<Packing: PackedWeight>(
        _ kept: KeptPacking<Packing>?, _ pass: Pass, _ body: (Range<Int>, Packing) -> Void
    ) {
        if let kept { return body(0..<outputs, kept.packing(of: stored)) }
        for rows in ranges(pass.packedTileHeight(Packing.self, columns: inputs)) {
            body(
                rows, Packing(rows, of: stored, in: pass.packedTile(Packing.self, rows: rows.count, columns: inputs)))
            // Who keeps no packing has little memory: the stored rows need not stay in it until they are used again.
            stored.releasePages(rows: rows)
        }
    }

    private func ranges(_ height: Int) -> [Range<Int>] {
        stride(from: 0, to: outputs, by: height).map { $0..<min(outputs, $0 + height) }
    }
}

/// A weight's packing, made when it is first needed.
private final class KeptPacking<Packing: PackedWeight>: Sendable {
    private let packing = Mutex<Packing?>(nil)

    func packing(of stored: TensorData) -> Packing {
        packing.withLock { kept in
            if let packed = kept { return packed }
            let storage = HalfStorage(count: Packing.elementCount(outputs: stored.rowCount, k: stored.rowLength))
            let packed = Packing(0..<stored.rowCount, of: stored, in: storage)
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
