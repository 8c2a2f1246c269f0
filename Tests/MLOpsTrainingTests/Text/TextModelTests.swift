import Foundation
import MLOpsCore
import MLOpsTraining
import TestSupport
import Testing

@Suite struct TextModelTests {
    let model: TextModel
    let question = Prompt.messages([ChatMessage(role: "user", content: "Which color is blue?")])

    init() throws {
        model = try TextModel(contentsOf: Fixture.tinyLlama)
    }

    private func adapted() throws -> TextModel {
        var adapter = try LoRAAdapter(
            for: model.model.architecture, configuration: LoRAConfiguration(rank: 2, alpha: 4), seed: 1)
        for i in adapter.parameters.indices where adapter.parameters[i] == 0 {
            adapter.parameters[i] = Float(i % 7) * 0.05 - 0.15
        }
        return TextModel(model.model, adapter: adapter, encoder: model.encoder)
    }

    @Test func anAnswerIsTheSameStreamedAloneAndAmongOthers() async throws {
        let options = GenerationOptions(maximumTokens: 20)
        let others: [Prompt] = [.text("once"), question, .text("The sum of two numbers")]
        let together = try await model.completions(of: others, options: options)
        let alone = try await model.completions(of: [question], options: options)
        #expect(together[1].text == alone[0].text)
        #expect(together[1].tokenCount == alone[0].tokenCount)
        #expect(alone[0].promptTokenCount == (try model.ids(of: question)).count)
        var pieces = ""
        var finished: Completion?
        for try await piece in model.stream(question, options: options) {
            switch piece {
            case .text(let text): pieces += text
            case .finished(let completion): finished = completion
            }
        }
        #expect(pieces == alone[0].text)
        #expect(finished?.text == alone[0].text)
        #expect(finished?.tokenCount == alone[0].tokenCount)
        #expect(finished?.finishReason == alone[0].finishReason)
    }

    @Test func anAdapterChangesTheScoreAndItsBaseDoesNot() async throws {
        let row = Conversation(messages: [
            ChatMessage(role: "user", content: "a"), ChatMessage(role: "assistant", content: "b c"),
        ])
        let adapted = try adapted()
        let plain = try await model.scores(of: [row])
        #expect(try await adapted.scores(of: [row]) != plain)
        #expect(try await adapted.base.scores(of: [row]) == plain)
        let example = try model.encoder.example(row)
        #expect(plain[0].tokenCount == example.supervisedCount)
    }

    @Test(arguments: [2, 5, 16, 1000]) func aTextReadInPiecesIsScoredWhole(window: Int) throws {
        let text = "The quick brown fox jumps over the lazy dog, again and again."
        let ids = try model.encoder.prompt(text)
        let score = try model.score(ofText: text, window: window)
        #expect(score.tokenCount == ids.count - 1)
        guard window >= ids.count else {
            #expect(score.negativeLogLikelihood > 0)
            return
        }
        let whole = try #require(try model.model.logits(of: ids).meanNegativeLogLikelihood)
        #expect(abs(score.negativeLogLikelihood / Double(score.tokenCount) - whole) < 1e-5)
    }

    @Test func aTextOfOneTokenCannotBeScored() throws {
        #expect(throws: ModelError.self) { try model.score(ofText: "a") }
    }

    /// As in transformers: positions go on.
    @Test func aPromptLongerThanTheContextIsAnswered() async throws {
        let long = Prompt.text(String(repeating: "word ", count: 400))
        let answer = try await model.completions(of: [long], options: GenerationOptions(maximumTokens: 5))[0]
        #expect(answer.promptTokenCount > model.model.architecture.contextLength)
        #expect(answer.tokenCount == 5 || answer.finishReason == .stop)
    }

    /// Golden: transformers 5.23.0 in float32 on the same GGUF file, by Tests/Fixtures/Scripts/make_smollm2.py.
    @Test(.enabled(if: Fixture.smolLM2 != nil)) func theRealModelComputesAndAnswersAsTransformersDoes() async throws {
        let model = try TextModel(contentsOf: try #require(Fixture.smolLM2))
        let golden = try JSONValue(parsing: try Data(contentsOf: Fixture.url("Training/smollm2.json")))
        let cases = try #require(golden["cases"]?.array)
        #expect(cases.count == 5)
        func ids(_ value: JSONValue?) -> [Int32] { value?.array?.compactMap { $0.int.map(Int32.init) } ?? [] }
        var prompts: [[Int32]] = []
        for item in cases {
            let text = item["prompt"]?.string ?? ""
            let prompt = try model.ids(
                of: item["kind"] == "chat" ? .messages([ChatMessage(role: "user", content: text)]) : .text(text))
            #expect(prompt == ids(item["ids"]))
            prompts.append(prompt)
            let logits = try model.model.logits(of: prompt).last
            let top = item["top"]?.array ?? []
            let largest = top.reduce(0) { max($0, abs($1[1]?.double ?? 0)) }
            for pair in top {
                let index = try #require(pair[0]?.int)
                #expect(abs(Double(logits[index]) - (pair[1]?.double ?? .nan)) < 1e-4 * largest)
            }
            let threshold = logits.sorted(by: >)[20]
            #expect(top.allSatisfy { logits[$0[0]?.int ?? 0] > threshold })
        }
        let answers = try model.model.continuations(
            of: prompts, options: GenerationOptions(maximumTokens: 24), stopIDs: model.encoder.stopIDs)
        for (answer, item) in zip(answers, cases) { #expect(answer.ids == ids(item["greedy"])) }
    }
}
