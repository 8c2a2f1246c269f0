public import MLOpsCore

extension TextModel {
    /// Returns how likely the model finds `text` as it stands: every token but the first, given those before it.
    ///
    /// A text with more tokens than the model's context (or than `window`) is read in pieces that do not overlap; each but the
    /// first begins with the last token of the piece before, so that no token is left out.
    ///
    /// - Throws: `TokenizerError`; ``ModelError`` when there are fewer than two tokens, or the result is not finite;
    ///   `CancellationError`.
    public func score(ofText text: String, window: Int? = nil) throws -> TokenScore {
        let ids = try encoder.prompt(text)
        guard ids.count > 1 else {
            throw ModelError(
                .invalidInput, "The text has \(ids.count) tokens; at least 2 are needed to predict one from another.")
        }
        let length = max(2, min(window ?? .max, model.architecture.maximumPositions))
        var score = TokenScore(negativeLogLikelihood: 0, tokenCount: 0)
        for start in stride(from: 0, to: ids.count - 1, by: length - 1) {
            try Task.checkCancellation()
            let piece = Array(ids[start..<min(ids.count, start + length)])
            let marks = [false] + Array(repeating: true, count: piece.count - 1)
            let part = try model.scores(of: [TokenizedExample(ids: piece, isSupervised: marks)], adapter: adapter)[0]
            score.negativeLogLikelihood += part.negativeLogLikelihood
            score.tokenCount += part.tokenCount
        }
        guard score.negativeLogLikelihood.isFinite else {
            throw ModelError(
                .notFinite,
                "The text's likelihood is not a finite number. The model's weights hold numbers that are not finite or are too "
                    + "large: the file is damaged, or its training diverged.")
        }
        return score
    }
}
