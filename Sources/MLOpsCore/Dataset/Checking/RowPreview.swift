/// A row as a model sees it: its tokens, the text each stands for, and which of them are learned.
public struct RowPreview: Sendable {
    /// Some tokens that together stand for whole characters; nearly always one.
    public struct Piece: Sendable, Hashable {
        /// The tokens.
        public let ids: [Int32]
        /// Their text.
        public let text: String
        /// Whether they are learned.
        public let isSupervised: Bool
    }

    /// The row.
    public let example: TokenizedExample
    /// Each token as the vocabulary writes it; nil for one that it does not have.
    public let tokens: [String?]
    /// The row cut into pieces of text.
    public let pieces: [Piece]

    /// Looks at `example` through `tokenizer`.
    public init(_ example: TokenizedExample, tokenizer: any Tokenizer) {
        self.example = example
        tokens = example.ids.map { tokenizer.token($0) }
        var decoder = StreamingDecoder(tokenizer, skipSpecialTokens: false)
        var pieces: [Piece] = []
        var ids: [Int32] = []
        for (index, id) in example.ids.enumerated() {
            ids.append(id)
            var text = decoder.append(id)
            let isLast = index == example.ids.count - 1
            // A character may be shared by tokens, but a piece is all learned or all not.
            if isLast || (text.isEmpty && example.isSupervised[index + 1] != example.isSupervised[index]) {
                text += decoder.finish()
            } else if text.isEmpty {
                continue
            }
            pieces.append(Piece(ids: ids, text: text, isSupervised: example.isSupervised[index]))
            ids = []
        }
        self.pieces = pieces
    }

    /// The text of the tokens that are learned.
    public var learnedText: String { pieces.filter(\.isSupervised).map(\.text).joined() }

    /// The row as a document.
    public var json: JSONValue {
        [
            "file": .string(example.origin.file), "line": .integer(Int64(example.origin.line)),
            "ids": .array(example.ids.map { .integer(Int64($0)) }),
            "tokens": .array(tokens.map { $0.map(JSONValue.string) ?? .null }),
            "supervised": .array(example.isSupervised.map(JSONValue.bool)),
            "text": .string(pieces.map(\.text).joined()), "supervised_text": .string(learnedText),
        ]
    }
}
