import Foundation
import MLOpsCore
import MLOpsEval
import OrderedCollections
import Synchronization
import Testing

@Suite struct EvaluationTests {
    private let capitals = [
        Conversation.asking("France", "Paris"), .asking("Italy", "Rome"), .asking("Japan", "Tokyo"),
        .asking("Peru", "Lima"),
    ]
    private let generator = TableGenerator(answers: ["France": "Paris", "Italy": " Rome\n", "Japan": "Kyoto"])

    @Test(arguments: [1, 3, 4, 100]) func scoresEveryRowInOrderWhateverTheBatch(batchSize: Int) async throws {
        let evaluation = Evaluation(metrics: [.exactMatch, .responseLength], batchSize: batchSize)
        let report = try await evaluation.report(on: capitals, of: generator)
        #expect(report.examples.map { $0.metrics["exact_match"] } == [1, 1, 0, 0])
        #expect(report.examples.map(\.completion.text) == ["Paris", " Rome\n", "Kyoto", ""])
        #expect(report.metrics["exact_match"] == 0.5)
        #expect(report.metrics["response_length"] == 0.75)
        #expect(report.metrics["generation_time"] == 0.25)
        #expect(report.counts["examples"] == 4)
        #expect(report.counts["prompt_tokens"] == 6 + 5 + 5 + 4)
    }

    @Test func everyBatchDrawsWithASeedOfItsOwn() async throws {
        struct Drawing: TextGenerating {
            func completions(of prompts: [Prompt], options: GenerationOptions) async throws -> [Completion] {
                prompts.map { _ in Completion(text: "\(options.seed)", seconds: 1) }
            }
        }
        let evaluation = Evaluation(metrics: [.exactMatch], options: GenerationOptions(seed: 7), batchSize: 2)
        let report = try await evaluation.report(on: capitals, of: Drawing())
        #expect(report.examples.map(\.completion.text) == ["7", "7", "9", "9"])
    }

    @Test func perplexityIsOverAllTokensNotAMeanOfRows() async throws {
        let rows = [Conversation.asking("a", "b"), .asking("c", "d")]
        struct Scorer: TextGenerating, TokenScoring {
            func completions(of prompts: [Prompt], options: GenerationOptions) async throws -> [Completion] {
                prompts.map { _ in Completion(text: "") }
            }
            func scores(of conversations: [Conversation]) async throws -> [TokenScore] {
                conversations.map {
                    $0.messages[0].content == "a"
                        ? TokenScore(negativeLogLikelihood: 3, tokenCount: 1)
                        : TokenScore(negativeLogLikelihood: 0, tokenCount: 2)
                }
            }
        }
        let report = try await Evaluation(metrics: [.exactMatch]).report(on: rows, of: Scorer())
        let perplexity = try #require(report.metrics["perplexity"])
        #expect(abs(perplexity - 2.718281828459045) < 1e-12)
        #expect(report.counts["scored_tokens"] == 3)
        #expect(report.directions["perplexity"] == .lowerIsBetter)
    }

    @Test func aServiceWithoutLikelihoodsHasNoPerplexityAndIsTimed() async throws {
        let ticks = Mutex(0.0)
        let time = TimeSource(
            now: { .distantPast },
            seconds: {
                ticks.withLock {
                    $0 += 3; return $0
                }
            })
        let evaluation = Evaluation(metrics: MetricSet([.exactMatch]), batchSize: 2, time: time)
        let report = try await evaluation.report(on: capitals, of: Service { $0.map { _ in Completion(text: "Rome") } })
        #expect(report.metrics["perplexity"] == nil)
        #expect(report.metrics["generation_time"] == 1.5)  // three ticks a batch of two
    }

    @Test func asksForTheLastAssistantTurnGivenAllBefore() async throws {
        let turns = [
            ("system", "s"), ("user", "u"), ("assistant", "a"), ("user", "v"), ("assistant", "b"), ("user", "w"),
        ]
        let row = try EvaluationRow(Conversation(messages: turns.map { ChatMessage(role: $0.0, content: $0.1) }))
        guard case .messages(let prompt) = row.prompt else {
            Issue.record("a conversation is asked as a conversation")
            return
        }
        #expect(prompt.map(\.content) == ["s", "u", "a", "v"])
        #expect(row.references == ["b"])
    }

    @Test(arguments: [["user"], ["assistant"], ["system", "user"]])
    func aRowWithoutAnswerIsNamed(roles: [String]) {
        let conversation = Conversation(
            messages: roles.map { ChatMessage(role: $0, content: "x") }, origin: RowOrigin(file: "t.jsonl", line: 7))
        let error = #expect(throws: EvaluationError.self) { try EvaluationRow(conversation) }
        #expect(error?.message.hasPrefix("t.jsonl:7: ") == true)
        #expect(error?.exitStatus == .invalidData)
    }

    @Test func noRowsAreAnError() async {
        await #expect(throws: EvaluationError.self) {
            try await Evaluation(metrics: [.exactMatch]).report(on: [Conversation](), of: generator)
        }
    }

    @Test func aGeneratorThatLosesAnswersIsCaught() async {
        let error = await #expect(throws: EvaluationError.self) {
            try await Evaluation(metrics: [.exactMatch]).report(on: capitals, of: Service { _ in [] })
        }
        #expect(error?.code == .brokenGenerator)
    }

    @Test func cancellationStopsBetweenBatches() async {
        let rows = capitals
        let asked = Mutex(0)
        let task = Task {
            try await Evaluation(metrics: [.exactMatch], batchSize: 1).report(
                on: rows,
                of: Service { prompts in
                    asked.withLock { $0 += 1 }
                    unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                    return prompts.map { _ in Completion(text: "") }
                })
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(asked.withLock { $0 } == 1)
    }

    @Test func progressCountsToTheEnd() async throws {
        var seen: [Int] = []
        _ = try await Evaluation(metrics: [.exactMatch], batchSize: 3).report(on: capitals, of: generator) { done, _ in
            seen.append(done)
        }
        #expect(seen == [3, 4])
    }

    @Test func anUnknownMetricIsNamedWithTheNearest() {
        let error = #expect(throws: EvaluationError.self) { try MetricSet(named: ["Rouge-1"]) }
        #expect(error?.message.contains("Did you mean 'rouge1'?") == true)
        #expect(error?.exitStatus == .configuration)
    }
}
