/// Text of tokens that arrive one at a time.
///
/// A token may hold part of a character, and what it becomes may depend on the next one. What is not yet certain waits here,
/// so what is returned is always valid text, and all of it together is what decoding the ids at once gives.
public struct StreamingDecoder: Sendable {
    private let tokenizer: any Tokenizer
    private let skipsSpecialTokens: Bool
    private var stages: [DecodingStage]

    /// Creates a decoder at the beginning of a text.
    public init(_ tokenizer: any Tokenizer, skipSpecialTokens: Bool = true) {
        self.tokenizer = tokenizer
        self.skipsSpecialTokens = skipSpecialTokens
        stages = tokenizer.decoder.steps.map(DecodingStage.init)
    }

    /// Returns the characters that `id` makes certain, perhaps none.
    public mutating func append(_ id: Int32) -> String {
        if skipsSpecialTokens, tokenizer.isSpecial(id) { return "" }
        guard let token = tokenizer.token(id) else { return "" }
        var out: [UInt8] = []
        pass(.part(Array(token.utf8)), to: 0, &out)
        pass(.end, to: 0, &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Returns what is left at the end of the text: U+FFFD if a character was begun and not completed.
    public mutating func finish() -> String {
        var out: [UInt8] = []
        for index in stages.indices {
            var stage = stages[index]
            stage.finish { pass($0, to: index + 1, &out) }
            stages[index] = stage
        }
        return String(decoding: out, as: UTF8.self)
    }

    private mutating func pass(_ event: DecodingStage.Event, to index: Int, _ out: inout [UInt8]) {
        guard index < stages.count else {
            if case .part(let bytes) = event { out += bytes }
            return
        }
        var stage = stages[index]
        stage.take(event) { pass($0, to: index + 1, &out) }
        stages[index] = stage
    }
}
