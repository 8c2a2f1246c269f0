internal import Foundation
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
        /// What the next pass computes: the prompt or a part of it, then the newest token.
        var next: [Int32]
        /// The rest of a prompt that is longer than a pass.
        var later: ArraySlice<Int32>

        init(answer: Int, cache: KeyValueCache, sampler: TokenSampler, prompt: ArraySlice<Int32>, isCut: Bool) {
            self.answer = answer
            self.cache = cache
            self.sampler = sampler
            next = Array(isCut ? prompt.prefix(DecoderModel.tokensPerPass) : prompt)
            later = prompt.dropFirst(next.count)
        }

        /// Makes the next part of the prompt, if there is one, what is computed next.
        mutating func continuesPrompt() -> Bool {
            guard !later.isEmpty else { return false }
            next = Array(later.prefix(DecoderModel.tokensPerPass))
            later = later.dropFirst(next.count)
            return true
        }
    }

    private let model: DecoderModel
    private let adapter: BoundAdapter?
    private let options: GenerationOptions
    private let stopIDs: Set<Int32>
    private let prompts: [[Int32]]
    private let workspace = Workspace()
    private let maximumRows: Int
    /// Tokens of a prompt and its answer at most, which the memory decides.
    private let tokenLimit: Int
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
    ///
    /// They may go beyond the positions that the model was made for, as in transformers.
    ///
    /// - Parameter memory: bytes that the keys and values of one answer may take; an answer ends when they do.
    init(
        _ model: DecoderModel, adapter: LoRAAdapter?, prompts: [[Int32]], options: GenerationOptions,
        stopIDs: Set<Int32>, memory: Int = Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)
    ) throws(ModelError) {
        self.model = model.wearing(adapter)
        self.adapter = model.bound(adapter)
        self.options = options
        self.stopIDs = stopIDs
        self.prompts = prompts
        answers = prompts.map { _ in Answer() }
        let architecture = model.architecture
        let roomy = memory / Self.cacheBytesPerToken(architecture)
        // Beyond the positions that it has learned, a model of learned ones has none.
        tokenLimit = architecture.learnsPositions ? min(roomy, architecture.maximumPositions) : roomy
        for (i, prompt) in prompts.enumerated() {
            try model.validate(prompt, origin: "Prompt \(i + 1)")
            guard prompt.count < tokenLimit else {
                throw ModelError(
                    .invalidInput,
                    "Prompt \(i + 1) has \(prompt.count) tokens; "
                        + (tokenLimit < roomy
                            ? "the model has learned \(tokenLimit) positions"
                            : "this machine's memory holds the keys and values of \(tokenLimit)")
                        + ", answer included. Shorten it.")
            }
        }
        beginningCount = architecture.angleDependsOnLength ? 0 : Self.commonBeginning(prompts)
        let longest = (prompts.map(\.count).max() ?? 0) + min(max(0, options.maximumTokens), 1 << 40)
        maximumRows = Self.rowLimit(tokens: longest, architecture)
    }

    /// How many answers are computed together when the longest row has `tokens`.
    static func rowLimit(tokens: Int, _ architecture: DecoderArchitecture) -> Int {
        let (bytes, isTooMany) = tokens.multipliedReportingOverflow(by: cacheBytesPerToken(architecture))
        return isTooMany ? 1 : max(1, min(rowLimit, cacheBytes / max(1, bytes)))
    }

    private static func cacheBytesPerToken(_ architecture: DecoderArchitecture) -> Int {
        max(1, architecture.attendedKeyWidth * architecture.layerCount * 8)
    }

    /// Whether every answer is complete.
    var isDone: Bool { active.isEmpty && waiting == prompts.count }

    /// Adds a token to every answer under way, after letting new ones join.
    ///
    /// - Returns: the numbers of the answers that grew or ended.
    /// - Throws: ``ModelError`` when the likeliest logit is not a finite number: no token would mean anything.
    @discardableResult
    func step() throws(ModelError) -> [Int] {
        admit()
        guard !active.isEmpty else { return [] }
        workspace.rewind()
        let pass = model.pass(
            lengths: active.map(\.next.count), adapter: adapter, caches: active.map(\.cache), workspace: workspace)
        let (x, places) = model.hiddenStates(
            active.flatMap(\.next), at: pass.rows.map { $0.tokens.upperBound - 1 }, pass: pass)
        let logits = model.head.logits(x, at: places, pass: pass)
        var grown: [Int] = []
        var rest: [Active] = []
        for (row, var one) in active.enumerated() {
            one.cache.advance(by: one.next.count)
            if one.continuesPrompt() {
                rest.append(one)
                continue
            }
            let index = answers[one.answer].ids.count
            let numbers = logits.rows(row..<row + 1).elements()
            let token = one.sampler.token(numbers, index: index)
            guard numbers[Int(token)].isFinite else {
                throw ModelError(
                    .notFinite,
                    "The model's output is not a finite number after \(one.cache.count) tokens. Its weights hold numbers that are "
                        + "not finite or are too large: the file is damaged, or its training diverged.")
            }
            grown.append(one.answer)
            if stopIDs.contains(token) {
                answers[one.answer].finishReason = .stop
                continue
            }
            answers[one.answer].ids.append(token)
            let isFull = one.cache.count + 1 >= tokenLimit
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
            let isCut = !model.architecture.angleDependsOnLength
            let count = prompt.count - beginningCount
            let rest = isCut ? min(count, DecoderModel.tokensPerPass) : count
            guard active.isEmpty || tokens + rest <= DecoderModel.tokensPerPass else { return }
            tokens += rest
            active.append(
                Active(
                    answer: waiting, cache: cache(capacity: prompt.count + min(options.maximumTokens, 64)),
                    sampler: TokenSampler(options, answer: waiting), prompt: prompt.dropFirst(beginningCount),
                    isCut: isCut))
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
        for start in stride(from: 0, to: beginningCount, by: DecoderModel.tokensPerPass) {
            let ids = Array(prompts[0][start..<min(beginningCount, start + DecoderModel.tokensPerPass)])
            workspace.rewind()
            let pass = model.pass(lengths: [ids.count], adapter: adapter, caches: [cache], workspace: workspace)
            _ = model.hiddenStates(ids, at: [], pass: pass)
            cache.advance(by: ids.count)
        }
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
