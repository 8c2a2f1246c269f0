internal import MLOpsCore

/// The buffers that passes ask for, counted instead of computed in.
///
/// The order is that of ``DecoderModel/lossAndGradients(of:adapter:dropout:checkpointing:)`` and of scoring: a pass gets the n-th
/// buffer of the pass before it, so memory is the sum, over n, of the largest n-th request. A test compares it with what real
/// passes have taken.
struct PassRequests {
    let model: DecoderModel
    private let bound: BoundAdapter?
    private let savedTensors: [SavedTensor]
    private let workspace = Workspace(measuring: true)

    init(model: DecoderModel, adapter: LoRAAdapter?) {
        self.model = model
        bound = model.bound(adapter)
        savedTensors = adapter?.layout.savedTensors ?? []
    }

    /// The memory of all passes so far.
    var bytes: Int { workspace.measuredBytes }

    /// Picks the batches that are larger than any before them in some way.
    struct Largest {
        private var tokens = 0
        private var positions = 0
        private var keys = 0
        /// Of those that begin alike, which have keys side by side once more.
        private var sharedKeys = 0

        /// Whether `batch` is one of them.
        mutating func admits(_ batch: SupervisedBatch) -> Bool {
            let wide = batch.segments.reduce(0) { $0 + $1.firstPosition + $1.tokens.count }
            let shared = batch.segments.contains { $0.parent != nil } ? wide : 0
            guard
                batch.ids.count > tokens || batch.positions.count > positions || wide > keys || shared > sharedKeys
            else { return false }
            tokens = max(tokens, batch.ids.count)
            positions = max(positions, batch.positions.count)
            keys = max(keys, wide)
            sharedKeys = max(sharedKeys, shared)
            return true
        }
    }

    /// A pass forth and back.
    func train(_ batch: SupervisedBatch, checkpointing: Bool) {
        guard !batch.ids.isEmpty else { return }
        workspace.rewind()
        let pass = model.pass(batch, adapter: bound, workspace: workspace)
        let hidden = model.architecture.hiddenSize
        let x = workspace.matrix(pass.tokenCount, hidden)
        if model.positions != nil { _ = workspace.matrix(pass.tokenCount, hidden) }
        embeddingNorm(pass)
        _ = ChosenTokens(batch.positions, of: pass, model.architecture, wantsGradient: true)
        if checkpointing { _ = DecoderLayer.Saved(model.architecture, input: x, pass: pass) }
        for _ in model.layers {
            if !checkpointing {
                _ = DecoderLayer.Saved(
                    model.architecture, input: x, pass: pass, keepsHalves: writesHalves(pass))
            }
            _ = workspace.matrix(pass.tokenCount, hidden)
        }
        _ = workspace.matrix(pass.tokenCount, hidden)
        head(positions: batch.positions.count, wantsGradient: true)
        _ = DecoderLayer.Scratch(model.architecture, pass: pass)
        halves(
            pass, positions: batch.positions.count, wantsGradient: true,
            keepsHalves: !checkpointing && writesHalves(pass))
        if bound == nil || savedTensors.contains(where: { $0.shape.count > 1 }) {
            transposedGradients(pass, positions: batch.positions.count)
        }
    }

    /// Whether a pass for training writes bf16; the one that asks here has nowhere for the gradients of weights.
    private func writesHalves(_ pass: Pass) -> Bool {
        pass.writesHalves && bound != nil && !savedTensors.coverLayers(of: model.architecture.family)
    }

    private var headName: String { model.architecture.family.headPath + ".weight" }

    /// Whether the weight of a linear layer of this kind is trained whole beside an adapter.
    private func isSaved(_ projection: Projection) -> Bool {
        let end = "." + model.architecture.family.path(of: projection) + ".weight"
        return savedTensors.contains { $0.name.hasSuffix(end) }
    }

    /// What the gradients of all weights turn outputs' gradients into.
    private func transposedGradients(_ pass: Pass, positions: Int) {
        let architecture = model.architecture
        let rows = min(model.head.chunk, max(1, positions))
        func outputs(_ projection: Projection) -> Int { architecture.size(of: projection).outputs }
        let isHeadTrained = bound == nil || savedTensors.contains { $0.isTiedHead || $0.name == headName }
        let widest = architecture.projections.filter { bound == nil || isSaved($0) }.map(outputs).max() ?? 0
        for tokens in savedTensors.compactMap(\.tokens) where tokens.isInHead {
            // What they differ by, twice, and their columns of the logits.
            for _ in 0..<2 { _ = workspace.matrix(tokens.ids.count, architecture.hiddenSize + rows) }
        }
        _ = workspace.matrix(
            1, max(pass.tokenCount * widest, isHeadTrained ? rows * architecture.vocabularySize : 0))
        guard model.options.products == .bf16 else { return }
        // The same in bf16, and what they meet.
        let vocabulary = isHeadTrained ? HalfMatrix.stride(columns: rows) * architecture.vocabularySize : 0
        _ = workspace.matrix(1, max(HalfMatrix.stride(columns: pass.tokenCount) * widest, vocabulary) / 2)
        let inputs = architecture.projections.map { architecture.size(of: $0).inputs }.max() ?? 0
        _ = workspace.matrix(1, PackedMatrix.elementCount(outputs: pass.tokenCount, k: inputs) / 2)
    }

    /// A pass forth.
    func score(_ batch: SupervisedBatch) {
        guard !batch.ids.isEmpty else { return }
        workspace.rewind()
        let pass = model.pass(batch, adapter: bound, workspace: workspace)
        layersForth(pass, at: batch.positions)
        head(positions: batch.positions.count, wantsGradient: false)
        halves(pass, positions: batch.positions.count, wantsGradient: false)
    }

    private func layersForth(_ pass: Pass, at tokens: [Int]) {
        let x = workspace.matrix(pass.tokenCount, model.architecture.hiddenSize)
        _ = workspace.matrix(pass.tokenCount, model.architecture.hiddenSize)
        if model.positions != nil { _ = workspace.matrix(pass.tokenCount, model.architecture.hiddenSize) }
        embeddingNorm(pass)
        _ = ChosenTokens(tokens, of: pass, model.architecture, wantsGradient: false)
        _ = DecoderLayer.Saved(model.architecture, input: x, pass: pass)
    }

    private func embeddingNorm(_ pass: Pass) {
        guard model.embeddingNorm != nil else { return }
        for columns in [model.architecture.hiddenSize, 1] { _ = workspace.matrix(pass.tokenCount, columns) }
    }

    private func head(positions: Int, wantsGradient: Bool) {
        let (hidden, vocabulary) = (model.architecture.hiddenSize, model.architecture.vocabularySize)
        let rows = min(model.head.chunk, max(1, positions))
        _ = workspace.matrix(rows, vocabulary)
        if wantsGradient, model.head.bound.softcap != nil { _ = workspace.matrix(rows, vocabulary) }
        for columns in [hidden, hidden, 1, hidden, hidden] { _ = workspace.matrix(rows, columns) }
    }

    /// Left sides of products in bf16 or whole numbers, and weights that are packed for one use.
    private func halves(_ pass: Pass, positions: Int, wantsGradient: Bool, keepsHalves: Bool = false) {
        let (architecture, arithmetic) = (model.architecture, model.options.arithmetic)
        func ask(_ rows: Int, _ columns: Int, _ side: Pass.Side = .activation) {
            let stride =
                arithmetic == .bf16
                ? HalfMatrix.stride(columns: (columns + 1) / 2 * 2 + (bound?.width ?? 0))
                : ScaledRows.stride(columns: columns)
            _ = workspace.half(side, count: rows * stride)
        }
        func askForTile<Packing: PackedWeight>(_ packing: Packing.Type, _ weight: FrozenMatrix) {
            let height = pass.packedTileHeight(packing, columns: weight.inputs)
            _ = pass.packedTile(packing, rows: min(weight.outputs, height), columns: weight.inputs)
        }
        guard arithmetic != .f32 else { return }
        for projection in architecture.projections {
            let size = architecture.size(of: projection)
            if !keepsHalves || !DecoderLayer.KeptHalves.keepsInput(of: projection, architecture) {
                ask(pass.tokenCount, size.inputs)
            }
            if wantsGradient { ask(pass.tokenCount, size.outputs, .gradient) }
        }
        if wantsGradient, writesHalves(pass), model.layers.contains(where: { $0.innerInputs.count == 2 }) {
            ask(pass.tokenCount, architecture.intermediateSize, .otherGradient)
        }
        if wantsGradient, writesHalves(pass), model.layers.contains(where: { $0.roundsTurned(pass) }) {
            ask(pass.tokenCount, architecture.keyValueWidth, .otherGradient)
        }
        for weight in model.matrices where !weight.keepsPacking {
            if arithmetic == .bf16 {
                askForTile(PackedMatrix.self, weight)
            } else {
                askForTile(ScaledMatrix.self, weight)
            }
        }
        let rows = min(model.head.chunk, max(1, positions))
        ask(rows, architecture.hiddenSize)
        if wantsGradient { ask(rows, architecture.vocabularySize, .gradient) }
    }

    /// The longest answer that is told from longer ones.
    private static let countedTokens = 1 << 30

    /// What answers take beside all that: their caches and the buffers of their passes.
    static func generationBytes(model: DecoderModel, adapter: LoRAAdapter?, _ answers: PlannedAnswers) -> Int {
        let requests = PassRequests(model: model, adapter: adapter)
        let architecture = model.architecture
        let perToken = 8 * architecture.attendedKeyWidth * architecture.layerCount
        // More is more than any machine has, and than can be counted.
        let maximumTokens = min(answers.maximumTokens, Self.countedTokens)
        var caches = 0
        for start in stride(from: 0, to: answers.prompts.count, by: max(1, answers.batchSize)) {
            let prompts = answers.prompts[start..<min(answers.prompts.count, start + max(1, answers.batchSize))]
            let longest = (prompts.map(\.count).max() ?? 0) + maximumTokens
            let rows = GenerationSession.rowLimit(tokens: longest, architecture)
            let together = prompts.prefix(rows)
            caches = max(
                caches, together.reduce(0) { $0 + perToken * capacity(prompt: $1.count, maximumTokens) })
            let beginning =
                architecture.angleDependsOnLength ? 0 : GenerationSession.commonBeginning(Array(prompts))
            if beginning > 0 { requests.generate(lengths: [beginning]) }
            requests.generate(lengths: together.map { $0.count - beginning })
        }
        return caches + requests.bytes
    }

    /// The tokens a cache has room for once it holds all: it begins with some room and doubles.
    private static func capacity(prompt: Int, _ maximumTokens: Int) -> Int {
        var capacity = prompt + min(maximumTokens, 64)
        while capacity < prompt + maximumTokens { capacity *= 2 }
        return capacity
    }

    private func generate(lengths: [Int]) {
        var lengths = lengths
        while lengths.count > 1, lengths.reduce(0, +) > DecoderModel.tokensPerPass { lengths.removeLast() }
        workspace.rewind()
        let pass = model.pass(lengths: lengths, adapter: bound, workspace: workspace)
        layersForth(pass, at: pass.rows.map { $0.tokens.upperBound - 1 })
        let (hidden, vocabulary) = (model.architecture.hiddenSize, model.architecture.vocabularySize)
        for columns in [hidden, hidden, 1, vocabulary] { _ = workspace.matrix(lengths.count, columns) }
        halves(pass, positions: 1, wantsGradient: false)
    }
}
