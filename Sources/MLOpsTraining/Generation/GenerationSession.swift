internal import MLOpsCore

/// Answers being generated together: one pass a step over all of them, each with a key/value cache of its own.
///
/// A step takes the newest token of every answer under way and the whole prompt of those that join, so that the weights are read
/// and converted once for all. An answer that ends makes room for the next prompt at once.
final class GenerationSession {
    /// An answer, complete or not.
    struct Answer {
        var ids: [Int32] = []
        var finishReason: Completion.FinishReason?
    }

    private struct Active {
        let answer: Int
        var cache: KeyValueCache
        let sampler: TokenSampler
        /// What the next pass computes: the prompt, then the newest token.
        var next: [Int32]
    }

    private let model: DecoderModel
    private let adapter: BoundAdapter?
    private let options: GenerationOptions
    private let stopIDs: Set<Int32>
    private let prompts: [[Int32]]
    private let workspace = Workspace()
    private let maximumRows: Int
    private var waiting = 0
    private var active: [Active] = []
    private(set) var answers: [Answer]

    /// Answers computed together at most, and the memory their caches may take.
    private static let rowLimit = 32
    private static let cacheBytes = 1 << 29

    /// Starts answers to `prompts`, which hold at least one valid id each.
    init(
        _ model: DecoderModel, adapter: LoRAAdapter?, prompts: [[Int32]], options: GenerationOptions,
        stopIDs: Set<Int32>
    ) throws(ModelError) {
        self.model = model
        self.adapter = model.bound(adapter)
        self.options = options
        self.stopIDs = stopIDs
        self.prompts = prompts
        answers = prompts.map { _ in Answer() }
        let architecture = model.architecture
        for (i, prompt) in prompts.enumerated() {
            try model.validate(prompt, origin: "Prompt \(i + 1)")
            guard prompt.count < architecture.contextLength else {
                throw ModelError(
                    .invalidInput,
                    "Prompt \(i + 1) has \(prompt.count) tokens; the model's context holds "
                        + "\(architecture.contextLength), answer included. Shorten it.")
            }
        }
        let longest = (prompts.map(\.count).max() ?? 0) + max(0, options.maximumTokens)
        let bytes = longest * architecture.keyValueWidth * architecture.layerCount * 8
        maximumRows = max(1, min(Self.rowLimit, Self.cacheBytes / max(1, bytes)))
    }

    /// Whether every answer is complete.
    var isDone: Bool { active.isEmpty && waiting == prompts.count }

    /// Adds a token to every answer under way, after letting new ones join.
    ///
    /// - Returns: the numbers of the answers that grew or ended.
    @discardableResult
    func step() -> [Int] {
        admit()
        guard !active.isEmpty else { return [] }
        workspace.rewind()
        let pass = model.pass(
            lengths: active.map(\.next.count), adapter: adapter, caches: active.map(\.cache), workspace: workspace)
        let x = model.hiddenStates(active.flatMap(\.next), pass: pass)
        let logits = model.head.logits(x, at: pass.rows.map { $0.tokens.upperBound - 1 }, pass: pass)
        var grown: [Int] = []
        var rest: [Active] = []
        for (row, var one) in active.enumerated() {
            one.cache.advance(by: one.next.count)
            let index = answers[one.answer].ids.count
            let token = one.sampler.token(logits.rows(row..<row + 1).elements(), index: index)
            grown.append(one.answer)
            if stopIDs.contains(token) {
                answers[one.answer].finishReason = .stop
                continue
            }
            answers[one.answer].ids.append(token)
            let isFull = one.cache.count + 1 >= model.architecture.contextLength
            if index + 1 >= options.maximumTokens || isFull {
                answers[one.answer].finishReason = .length
                continue
            }
            one.next = [token]
            if model.turnsAnew(at: one.cache.count) {
                // Every angle changes here: what was kept is computed again.
                one.next = prompts[one.answer] + answers[one.answer].ids
                one.cache = KeyValueCache(model.architecture, capacity: one.next.count + 64)
            }
            rest.append(one)
        }
        active = rest
        return grown
    }

    /// Lets prompts join while there is room for rows, and for their tokens in the pass.
    private func admit() {
        var tokens = active.count
        while waiting < prompts.count, active.count < maximumRows {
            let prompt = prompts[waiting]
            if options.maximumTokens <= 0 {
                answers[waiting].finishReason = .length
                waiting += 1
                continue
            }
            guard active.isEmpty || tokens + prompt.count <= DecoderModel.tokensPerPass else { return }
            tokens += prompt.count
            let capacity = prompt.count + min(options.maximumTokens, 64)
            active.append(
                Active(
                    answer: waiting, cache: KeyValueCache(model.architecture, capacity: capacity),
                    sampler: TokenSampler(options, answer: waiting), next: prompt))
            waiting += 1
        }
    }
}
