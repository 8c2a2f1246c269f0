/// Anything that answers prompts: a model of this package, a remote service, a table in a test.
///
/// Evaluation needs no more than this, so any system can be measured beside a trained adapter.
public protocol TextGenerating: Sendable {
    /// Returns an answer to each of `prompts`, in their order.
    ///
    /// - Throws: whatever the generator's own work throws; an evaluation passes it on.
    func completions(of prompts: [Prompt], options: GenerationOptions) async throws -> [Completion]
}

/// What a generator is asked to continue.
public enum Prompt: Sendable, Hashable {
    /// Plain text, continued as it stands.
    case text(String)
    /// A conversation, put into the model's own chat template; the answer is the assistant's next turn.
    case messages([ChatMessage])
}

/// How an answer is drawn.
public struct GenerationOptions: Sendable, Hashable, Codable {
    /// The most tokens an answer may have.
    public var maximumTokens: Int
    /// 0 takes the most likely token each time (greedy); higher values draw more freely.
    public var temperature: Double
    /// Draws from the smallest set of tokens whose probabilities reach this sum; 1 keeps all.
    public var topP: Double
    /// Draws from this many most likely tokens; 0 keeps all.
    public var topK: Int
    /// Equal seeds give equal answers.
    public var seed: UInt64

    /// Creates options; the defaults are greedy.
    public init(maximumTokens: Int = 256, temperature: Double = 0, topP: Double = 1, topK: Int = 0, seed: UInt64 = 42) {
        self.maximumTokens = maximumTokens
        self.temperature = temperature
        self.topP = topP
        self.topK = topK
        self.seed = seed
    }
}

/// An answer.
public struct Completion: Sendable, Hashable {
    /// Why an answer ended.
    public enum FinishReason: String, Sendable, Hashable, Codable {
        /// The model ended its turn.
        case stop
        /// The answer reached the most tokens asked for, or those that the machine's memory holds.
        case length
    }

    /// The answer, without control tokens.
    public var text: String
    /// Tokens generated, the one that ended the turn not counted.
    public var tokenCount: Int
    /// Tokens of the prompt.
    public var promptTokenCount: Int
    /// Seconds the answer took. Of a batch, this answer's share: the batch's time over its answers.
    public var seconds: Double
    /// Why it ended.
    public var finishReason: FinishReason

    /// Creates an answer; a generator that cannot count tokens leaves them 0.
    public init(
        text: String, tokenCount: Int = 0, promptTokenCount: Int = 0, seconds: Double = 0,
        finishReason: FinishReason = .stop
    ) {
        self.text = text
        self.tokenCount = tokenCount
        self.promptTokenCount = promptTokenCount
        self.seconds = seconds
        self.finishReason = finishReason
    }
}
