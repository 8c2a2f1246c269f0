import MLOpsCore

/// A generator that looks its answers up, and can say how likely it finds a conversation.
struct TableGenerator: TextGenerating, TokenScoring {
    /// Answers by the text of the last turn of the prompt; anything else is answered with nothing.
    var answers: [String: String]
    /// What every conversation scores.
    var score = TokenScore(negativeLogLikelihood: 2, tokenCount: 4)
    /// Seconds each answer claims to have taken.
    var seconds = 0.25

    func completions(of prompts: [Prompt], options: GenerationOptions) async throws -> [Completion] {
        prompts.map { prompt in
            let text = answers[Self.question(prompt)] ?? ""
            return Completion(
                text: text, tokenCount: text.count, promptTokenCount: Self.question(prompt).count, seconds: seconds)
        }
    }

    func scores(of conversations: [Conversation]) async throws -> [TokenScore] { conversations.map { _ in score } }

    private static func question(_ prompt: Prompt) -> String {
        switch prompt {
        case .text(let text): text
        case .messages(let turns): turns.last?.content ?? ""
        }
    }
}

/// A generator without likelihoods, as a remote service is; `answer` is a function of all prompts at once.
struct Service: TextGenerating {
    let answer: @Sendable ([Prompt]) -> [Completion]

    func completions(of prompts: [Prompt], options: GenerationOptions) async throws -> [Completion] { answer(prompts) }
}

extension Conversation {
    /// A question and its answer.
    static func asking(_ question: String, _ answer: String) -> Conversation {
        Conversation(messages: [
            ChatMessage(role: "user", content: question), ChatMessage(role: "assistant", content: answer),
        ])
    }
}
