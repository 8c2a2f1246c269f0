@testable import MLOpsTraining
import MLOpsCore
import TestSupport
import Testing

/// Answers of a small random model.
@Suite struct GenerationTests {
    private let kind = TinyModel.wide
    private let model: DecoderModel
    private let adapter: LoRAAdapter

    init() throws {
        model = try kind.load(in: TemporaryDirectory())
        adapter = try kind.adapter(for: model)
    }

    private func prompts(_ lengths: [Int]) -> [[Int32]] {
        var numbers = TestNumbers(21)
        return lengths.map { numbers.ids($0, vocabulary: kind.vocabulary) }
    }

    private func answers(
        _ prompts: [[Int32]], _ options: GenerationOptions, stop: Set<Int32> = [], adapted: Bool = false
    ) throws -> [GeneratedTokens] {
        try model.continuations(of: prompts, adapter: adapted ? adapter : nil, options: options, stopIDs: stop)
    }

    @Test(arguments: [1, 2, 63, 64, 65, 130], [false, true])
    func cachedTokensGiveWhatComputingAllAgainGives(length: Int, adapted: Bool) throws {
        let prompt = prompts([length])[0]
        let answer = try answers([prompt], GenerationOptions(maximumTokens: 70), adapted: adapted)[0]
        #expect(answer.ids.count == 70 && answer.finishReason == .length)
        var ids = prompt
        for token in answer.ids {
            let (logits, _) = try model.logits(of: ids, adapter: adapted ? adapter : nil)
            #expect(logits.indices.max { logits[$0] < logits[$1] } == Int(token), "after \(ids.count) tokens")
            ids.append(token)
        }
    }

    /// More prompts than rows are computed together, more tokens than a pass takes, a prompt longer than a pass.
    @Test(arguments: [0.0, 0.8])
    func answersDoNotDependOnWhatIsGeneratedBesideThem(temperature: Double) throws {
        let prompts = prompts((0..<70).map { 1 + $0 * 37 % 90 } + [1100, 3, 700])
        let options = GenerationOptions(maximumTokens: 9, temperature: temperature, topP: 0.95, seed: 5)
        let together = try answers(prompts, options)
        #expect(together.count == prompts.count)
        for (i, prompt) in prompts.enumerated() where i % 5 == 0 || i >= 70 {
            // Beside other prompts, in the same place: the place is what its draws depend on.
            var others = [[Int32]](repeating: [7], count: i + 1)
            others[i] = prompt
            #expect(try answers(others, options)[i] == together[i], "prompt \(i)")
        }
    }

    @Test func rowsThatEndMakeRoomForOthersInOrder() throws {
        let prompts = prompts([Int](repeating: 4, count: 300))
        let options = GenerationOptions(maximumTokens: 3)
        let session = try GenerationSession(model, adapter: nil, prompts: prompts, options: options, stopIDs: [])
        var (steps, widest) = (0, 0)
        while !session.isDone {
            let grown = try session.step()
            widest = max(widest, grown.count)
            #expect(grown == grown.sorted())
            steps += 1
        }
        #expect(widest == 128, "as many rows as fit")
        #expect(steps == 9, "128 + 128 + 44 answers of 3 tokens")
        #expect(session.answers.allSatisfy { $0.ids.count == 3 })
    }

    @Test(arguments: [7, 8, 70])
    func whatPromptsBeginWithIsComputedOnceAndGivesTheSame(count: Int) throws {
        let beginning = prompts([count])[0]
        let rests = prompts([3, 1, 40, 9])
        let prompts = rests.map { beginning + $0 } + [beginning + [rests[0][0]]]
        for options in [GenerationOptions(maximumTokens: 20), GenerationOptions(maximumTokens: 9, temperature: 0.7)] {
            let together = try answers(prompts, options, adapted: true)
            for (i, prompt) in prompts.enumerated() {
                // Beside a prompt that begins with another token nothing is computed once.
                let other = [(beginning[0] + 1) % Int32(kind.vocabulary)]
                var alone = [[Int32]](repeating: other, count: i + 1)
                alone[i] = prompt
                if i == 0 { alone.append(other) }
                #expect(try answers(alone, options, adapted: true)[i] == together[i], "prompt \(i)")
            }
        }
    }

    @Test func aSeedChangesTheDrawsAndAnEqualOneDoesNot() throws {
        let prompts = prompts([5, 6])
        func draw(_ seed: UInt64) throws -> [GeneratedTokens] {
            try answers(prompts, GenerationOptions(maximumTokens: 20, temperature: 1, seed: seed))
        }
        #expect(try draw(1) == draw(1))
        #expect(try draw(1) != draw(2))
    }

    @Test func aStopTokenEndsTheAnswerAndIsNoPartOfIt() throws {
        let prompts = prompts([6, 9])
        let free = try answers(prompts, GenerationOptions(maximumTokens: 12))
        let stop = free[0].ids[4]
        let stopped = try answers(prompts, GenerationOptions(maximumTokens: 12), stop: [stop])
        for (free, stopped) in zip(free, stopped) {
            let end = free.ids.firstIndex(of: stop)
            #expect(stopped.ids == Array(free.ids[..<(end ?? free.ids.count)]))
            #expect(stopped.finishReason == (end == nil ? .length : .stop))
        }
        #expect(stopped[0].finishReason == .stop)
    }

    /// As transformers does: positions go on.
    @Test(arguments: [10, 16, 30])
    func answersGoOnBeyondThePositionsOfTheModel(count: Int) throws {
        let short = TinyModel(name: "short context", positions: 16, seed: 8)
        let model = try short.load(in: TemporaryDirectory())
        var numbers = TestNumbers(4)
        let prompt = numbers.ids(count, vocabulary: short.vocabulary)
        let answer = try model.continuations(of: [prompt], options: GenerationOptions(maximumTokens: 25))[0]
        #expect(answer.ids.count == 25 && answer.finishReason == .length)
        var ids = prompt
        for token in answer.ids {
            let (logits, _) = try model.logits(of: ids)
            #expect(logits.indices.max { logits[$0] < logits[$1] } == Int(token), "after \(ids.count) tokens")
            ids.append(token)
        }
    }

    @Test func promptAndAnswerFillTheMemoryAndNoMore() throws {
        let bytes = model.architecture.keyValueWidth * model.architecture.layerCount * 8
        func session(_ prompts: [[Int32]]) throws -> GenerationSession {
            try GenerationSession(
                model, adapter: nil, prompts: prompts, options: GenerationOptions(maximumTokens: .max), stopIDs: [],
                memory: 16 * bytes)
        }
        let answers = try session(prompts([10, 1]))
        while !answers.isDone { try answers.step() }
        #expect(answers.answers.map(\.ids.count) == [6, 15])
        #expect(answers.answers.allSatisfy { $0.finishReason == .length })
        let error = try #require(throws: ModelError.self) { try session(prompts([1, 16])) }
        #expect(error.message.contains("Prompt 2") && error.message.contains("memory"))
    }

    @Test func aLongPromptIsComputedInParts() throws {
        let prompt = prompts([2500])[0]
        let other = prompt.prefix(1500) + [1]
        let answers = try answers([prompt, Array(other)], GenerationOptions(maximumTokens: 3))
        for (prompt, answer) in zip([prompt, Array(other)], answers) {
            var ids = prompt
            for token in answer.ids {
                let (logits, _) = try model.logits(of: ids)
                #expect(logits.indices.max { logits[$0] < logits[$1] } == Int(token), "after \(ids.count) tokens")
                ids.append(token)
            }
        }
    }

    @Test func promptsThatCannotBeAreRefusedByNumber() throws {
        for prompts: [[Int32]] in [[[1], []], [[1], [101]], [[1], [4, -1]]] {
            let error = try #require(throws: ModelError.self) { try model.continuations(of: prompts) }
            #expect(error.code == .invalidInput && error.message.contains("Prompt 2"))
        }
    }

    @Test func noTokensAskedForAndNoPromptsGiveNothing() throws {
        #expect(try model.continuations(of: []) == [])
        let none = try answers(prompts([3, 4]), GenerationOptions(maximumTokens: 0))
        #expect(none == [GeneratedTokens](repeating: GeneratedTokens(ids: [], finishReason: .length), count: 2))
    }

    @Test func cancellationEndsGeneration() async throws {
        let (model, prompts) = (model, prompts([3]))
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try model.continuations(of: prompts, options: GenerationOptions(maximumTokens: 1 << 20))
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
