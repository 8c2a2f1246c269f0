public import Foundation
public import MLOpsCore

/// A model that reads and writes text: weights, an adapter if there is one, tokenizer and chat template.
///
/// ```swift
/// let model = try TextModel(contentsOf: URL(filePath: "outputs/runs/latest"))
/// let answers = try await model.completions(of: [.messages([ChatMessage(role: "user", content: "Hello")])])
/// ```
public struct TextModel: Sendable {
    /// The frozen weights.
    public let model: DecoderModel
    /// What is added to them.
    public let adapter: LoRAAdapter?
    /// Text to tokens.
    public let encoder: ConversationEncoder
    let time: TimeSource

    /// Joins a model and an adapter with the model's tokenizer and template.
    ///
    /// - Parameter time: measures how long answers take.
    /// - Throws: what reading the tokenizer and the template throws.
    public init(_ model: DecoderModel, adapter: LoRAAdapter? = nil, time: TimeSource = .system) throws {
        self.init(model, adapter: adapter, encoder: try ConversationEncoder(model.files), time: time)
    }

    /// Joins parts that are there already.
    public init(_ model: DecoderModel, adapter: LoRAAdapter?, encoder: ConversationEncoder, time: TimeSource = .system)
    {
        self.model = model
        self.adapter = adapter
        self.encoder = encoder
        self.time = time
    }

    /// Loads what `url` names: a run, a checkpoint or an adapter with its base model, a Hugging Face directory, a GGUF file.
    ///
    /// - Throws: `ModelFileError`, ``ModelError``, ``AdapterError``, and what reading the tokenizer throws.
    public init(contentsOf url: URL, options: ComputeOptions = ComputeOptions()) throws {
        let located = try ModelLocator().locate(url.path(percentEncoded: false))
        let model = try DecoderModel(contentsOf: located.url, options: options)
        try self.init(model, adapter: located.adapter.map { try LoRAAdapter(contentsOf: $0, for: model.architecture) })
    }

    /// The same model without its adapter: what it is compared with.
    public var base: TextModel { TextModel(model, adapter: nil, encoder: encoder, time: time) }

    /// Returns the ids of a prompt.
    ///
    /// - Throws: what ``ConversationEncoder`` throws.
    public func ids(of prompt: Prompt) throws -> [Int32] {
        switch prompt {
        case .text(let text): try encoder.prompt(text)
        case .messages(let messages): try encoder.prompt(messages)
        }
    }
}

extension TextModel: TextGenerating {
    /// Returns an answer to each of `prompts`, computed together.
    ///
    /// - Throws: ``ModelError`` when a prompt is empty or too long; what ``ConversationEncoder`` throws; `CancellationError`.
    public func completions(
        of prompts: [Prompt], options: GenerationOptions = GenerationOptions()
    ) async throws -> [Completion] {
        let start = time.seconds()
        let ids = try prompts.map(ids(of:))
        let answers = try model.continuations(of: ids, adapter: adapter, options: options, stopIDs: encoder.stopIDs)
        let seconds = (time.seconds() - start) / Double(max(1, prompts.count))
        return zip(ids, answers).map { prompt, answer in
            Completion(
                text: encoder.tokenizer.decode(answer.ids), tokenCount: answer.ids.count,
                promptTokenCount: prompt.count,
                seconds: seconds, finishReason: answer.finishReason)
        }
    }
}

extension TextModel: TokenScoring {
    /// Returns the score of each conversation's answers, in order.
    ///
    /// - Throws: what ``ConversationEncoder`` throws; ``ModelError``.
    public func scores(of conversations: [Conversation]) async throws -> [TokenScore] {
        try model.scores(of: conversations.map { try encoder.example($0) }, adapter: adapter)
    }
}
