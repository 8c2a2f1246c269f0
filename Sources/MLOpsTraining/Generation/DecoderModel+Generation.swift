public import MLOpsCore

/// Tokens that continue a prompt.
public struct GeneratedTokens: Sendable, Hashable {
    /// The ids, without the one that ended the answer.
    public var ids: [Int32]
    /// Why the answer ended.
    public var finishReason: Completion.FinishReason
}

extension DecoderModel {
    /// Returns a continuation of each of `prompts`, computed together.
    ///
    /// Greedy answers, and the draws of sampled ones, do not depend on which prompts are computed together, except for the last
    /// bits of the logits. A text may be longer than the positions that the model was made for.
    ///
    /// - Parameters:
    ///   - adapter: applied to the model as it answers.
    ///   - stopIDs: tokens that end an answer.
    /// - Throws: ``ModelError`` when a prompt is empty, too long for the memory or not of this vocabulary, or the model's output is
    ///   not a finite number; `CancellationError`
    ///   when the task is cancelled.
    public func continuations(
        of prompts: [[Int32]], adapter: LoRAAdapter? = nil, options: GenerationOptions = GenerationOptions(),
        stopIDs: Set<Int32> = []
    ) throws -> [GeneratedTokens] {
        let session = try GenerationSession(
            self, adapter: adapter, prompts: prompts, options: options, stopIDs: stopIDs)
        while !session.isDone {
            try Task.checkCancellation()
            try session.step()
        }
        return session.answers.map { GeneratedTokens(ids: $0.ids, finishReason: $0.finishReason ?? .length) }
    }
}
