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
    /// How many tokens all prompts begin with, and their keys and values once they are computed.
    private let beginningCount: Int
    private var beginning: KeyValueCache?
    private var active: [Active] = []
    private(set) var answers: [Answer]

    /// Answers computed together at most, and the memory their caches may take.
    private static let rowLimit = 128
    /// Tokens that prompts must have in common for it to be worth computing those once.
    private static let leastBeginning = 8
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
        beginningCount = architecture.angleDependsOnLength ? 0 : Self.commonBeginning(prompts)
        let longest = (prompts.map(\.count).max() ?? 0) + max(0, options.maximumTokens)
        maximumRows = Self.rowLimit(tokens: longest, architecture)
    }

    /// How many answers are computed together when the longest row has `tokens`.
    static func rowLimit(tokens: Int, _ architecture: DecoderArchitecture) -> Int {
        let bytes = tokens * architecture.keyValueWidth * architecture.layerCount * 8
        return max(1, min(rowLimit, cacheBytes / max(1, bytes)))
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
            let rest = prompt.count - beginningCount
            guard active.isEmpty || tokens + rest <= DecoderModel.tokensPerPass else { return }
            tokens += rest
            active.append(
                Active(
                    answer: waiting, cache: cache(capacity: prompt.count + min(options.maximumTokens, 64)),
                    sampler: TokenSampler(options, answer: waiting), next: Array(prompt.dropFirst(beginningCount))))
            waiting += 1
        }
    }

    /// A cache for a prompt, with what all prompts begin with.
    private func cache(capacity: Int) -> KeyValueCache {
        guard beginningCount > 0 else { return KeyValueCache(model.architecture, capacity: capacity) }
        let shared = beginning ?? computedBeginning()
        beginning = shared
        return KeyValueCache(model.architecture, capacity: capacity, beginning: shared)
    }

    private func computedBeginning() -> KeyValueCache {
        let cache = KeyValueCache(model.architecture, capacity: beginningCount)
        workspace.rewind()
        let pass = model.pass(lengths: [beginningCount], adapter: adapter, caches: [cache], workspace: workspace)
        _ = model.hiddenStates(Array(prompts[0].prefix(beginningCount)), pass: pass)
        cache.advance(by: beginningCount)
        return cache
    }

    /// How many tokens all prompts begin with, so that each has one of its own left; 0 when it is not worth it.
    static func commonBeginning(_ prompts: [[Int32]]) -> Int {
        guard prompts.count > 1, let first = prompts.first else { return 0 }
        let count = prompts.reduce(first.count - 1) { count, prompt in
            min(count, prompt.count - 1, zip(first, prompt).prefix { $0 == $1 }.count)
        }
        return count < leastBeginning ? 0 : count
    }
}
