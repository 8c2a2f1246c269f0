/// A byte-pair encoding with the same ids as Hugging Face's tokenizers.
///
/// ```
/// text ─ added tokens ─ normalizer ─ added tokens ─ pre-tokenizer ─ merges ─ post-processor ─ ids
/// ```
public struct BPETokenizer: Tokenizer {
    let model: BytePairModel
    let normalizer: Normalizer?
    let pretokenizer: Pretokenizer?
    /// Ids put before and after a text when special tokens are asked for.
    let prefix: [Int32]
    let suffix: [Int32]
    let added: [Int32: AddedToken]
    let addedIDs: [[UInt8]: Int32]
    /// Tokens of a byte-level vocabulary that are not written in the byte alphabet; text never becomes one.
    let unusual: [Int32: String]
    let rawFinder: AddedTokenFinder
    let normalizedFinder: AddedTokenFinder

    /// How many ids there are.
    public let vocabularySize: Int
    /// The token that begins a text.
    public let bosID: Int32?
    /// The token that ends a text.
    public let eosID: Int32?
    /// The token that fills unused places.
    public let padID: Int32?

    /// Whether `addsSpecialTokens` puts ``bosID`` first.
    public var addsBOS: Bool { bosID.map(prefix.contains) ?? false }

    /// Returns the tokens of `text`, each with the bytes of `text` it stands for.
    ///
    /// - Throws: ``TokenizerError`` when a pattern needs too many steps on this text.
    public func tokens(of text: String, _ options: EncodingOptions) throws -> [Token] {
        var tokens: [Token] = []
        if options.addsSpecialTokens { tokens += prefix.map { Token(id: $0, range: 0..<0) } }
        let whole = PieceText(text.unicodeScalars, base: 0)
        try divide(whole, rawFinder, options) { part throws(TokenizerError) in
            switch part {
            case .token(let token): tokens.append(token)
            case .text(let text):
                try divide(normalizer?.normalized(text) ?? text, normalizedFinder, options) {
                    part throws(TokenizerError) in
                    switch part {
                    case .token(let token): tokens.append(token)
                    case .text(let text): try encode(text, into: &tokens)
                    }
                }
            }
        }
        if options.addsSpecialTokens {
            let end = text.utf8.count
            tokens += suffix.map { Token(id: $0, range: end..<end) }
        }
        return tokens
    }

    private enum Part {
        case token(Token)
        case text(PieceText)
    }

    private func divide(
        _ text: PieceText, _ finder: AddedTokenFinder, _ options: EncodingOptions,
        each: (Part) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        guard options.recognisesAddedTokens, !finder.isEmpty else {
            try each(.text(text))
            return
        }
        for (range, token) in finder.split(text.scalars, isPlain: text.marks(of: options.plainRanges)) {
            if let token {
                let end = text.source(of: range.upperBound - 1).upperBound
                try each(.token(Token(id: token.id, range: text.source(of: range.lowerBound).lowerBound..<end)))
            } else {
                try each(.text(text.slice(range)))
            }
        }
    }

    private func encode(_ text: PieceText, into tokens: inout [Token]) throws(TokenizerError) {
        var text = text
        var pieces = [text.scalars.indices]
        try pretokenizer?.divide(&text, &pieces)
        for piece in pieces where !piece.isEmpty {
            model.encode(text.bytes(piece)) { id, range in
                tokens.append(Token(id: id, range: text.source(ofBytes: range, in: piece)))
            }
        }
    }

    /// The token `id` as the vocabulary writes it; nil for an id that names none.
    public func token(_ id: Int32) -> String? {
        if let token = added[id] { return token.content }
        if let text = unusual[id] { return text }
        guard let bytes = model.table[id] else { return nil }
        return model.symbols == .bytes ? ByteAlphabet.text(of: bytes) : String(decoding: bytes, as: UTF8.self)
    }

    /// The id of the token the vocabulary writes as `token`.
    public func id(of token: String) -> Int32? {
        if let id = addedIDs[Array(token.utf8)] { return id }
        if let bytes = model.symbols == .bytes ? ByteAlphabet.bytes(of: token) : Array(token.utf8),
            let id = model.table.id(of: bytes, bytes.indices)
        {
            return id
        }
        return unusual.first { $0.value.utf8.elementsEqual(token.utf8) }?.key
    }

    /// Whether `id` is a control token.
    public func isSpecial(_ id: Int32) -> Bool { added[id]?.isSpecial ?? false }

    /// The bytes `id` stands for; a token outside the byte alphabet stands for its own spelling.
    public func bytes(of id: Int32, isFirst: Bool) -> [UInt8] {
        if let text = added[id]?.content ?? unusual[id] { return ByteAlphabet.bytes(of: text) ?? Array(text.utf8) }
        return model.table[id].map(Array.init) ?? []
    }
}
