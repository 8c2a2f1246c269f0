public import MLOpsCore

/// An answer as it is being written: pulled piece by piece, so that leaving the loop stops the work.
///
/// ```swift
/// for try await piece in model.stream(.text("Once upon a time")) { write(piece.text) }
/// ```
public struct AnswerStream: AsyncSequence {
    /// Some of an answer.
    public enum Piece: Sendable, Hashable {
        /// Characters, whole ones only.
        case text(String)
        /// The end, with the whole answer.
        case finished(Completion)
    }

    fileprivate let model: TextModel
    fileprivate let prompt: Prompt
    fileprivate let options: GenerationOptions

    /// Begins the answer.
    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// The work on one answer.
    public struct Iterator: AsyncIteratorProtocol {
        private let stream: AnswerStream
        private var state: State?
        private var isFinished = false

        private struct State {
            let session: GenerationSession
            let promptTokenCount: Int
            let start: Double
            var decoder: StreamingDecoder
            var count = 0
            var text = ""
        }

        fileprivate init(_ stream: AnswerStream) { self.stream = stream }

        /// Computes until there is something to show.
        ///
        /// - Throws: ``ModelError``, what `ConversationEncoder` throws, `CancellationError`.
        public mutating func next() async throws -> Piece? {
            guard !isFinished else { return nil }
            var state = try self.state ?? begin()
            defer { self.state = state }
            while !state.session.isDone {
                try Task.checkCancellation()
                try state.session.step()
                let ids = state.session.answers[0].ids
                let piece = ids[state.count...].reduce(into: "") { $0 += state.decoder.append($1) }
                state.count = ids.count
                state.text += piece
                if !piece.isEmpty { return .text(piece) }
            }
            let rest = state.decoder.finish()
            state.text += rest
            if !rest.isEmpty { return .text(rest) }
            isFinished = true
            return .finished(
                Completion(
                    text: state.text, tokenCount: state.count, promptTokenCount: state.promptTokenCount,
                    seconds: stream.model.time.seconds() - state.start,
                    finishReason: state.session.answers[0].finishReason ?? .length))
        }

        private func begin() throws -> State {
            let model = stream.model
            let start = model.time.seconds()
            let ids = try model.ids(of: stream.prompt)
            let session = try GenerationSession(
                model.model, adapter: model.adapter, prompts: [ids], options: stream.options,
                stopIDs: model.encoder.stopIDs)
            return State(
                session: session, promptTokenCount: ids.count, start: start,
                decoder: StreamingDecoder(model.encoder.tokenizer))
        }
    }
}

@available(*, unavailable, message: "an iterator belongs to one task")
extension AnswerStream.Iterator: Sendable {}

extension TextModel {
    /// Returns the answer to `prompt` as a sequence of pieces.
    public func stream(_ prompt: Prompt, options: GenerationOptions = GenerationOptions()) -> AnswerStream {
        AnswerStream(model: self, prompt: prompt, options: options)
    }
}
