/// A tokenizer read from a model's files, with the same ids as the tool they were made for.
///
/// ```
/// text ─ added tokens ─ normalizer ─ added tokens ─ pre-tokenizer ─ model ─ post-processor ─ ids ─ decoder ─ text
/// ```
public struct PretrainedTokenizer: Tokenizer {
    let model: TokenModel
    let normalizer: Normalizer?
    let division: DivisionPlan
    let postProcessor: PostProcessor?
    /// What ``postProcessor`` puts around a text, if that is all it does.
    let frame: (prefix: [Int32], suffix: [Int32])?
    let added: [Int32: AddedToken]
    let addedIDs: [[UInt8]: Int32]
    /// Tokens of a byte-level vocabulary that are not written in the byte alphabet; text never becomes one.
    let unusual: [Int32: String]
    let rawFinder: AddedTokenFinder
    let normalizedFinder: AddedTokenFinder
    let workspaces = WorkspacePool()

    /// How many ids there are.
    public let vocabularySize: Int
    /// The token that begins a text.
    public let bosID: Int32?
    /// The token that ends a text.
    public let eosID: Int32?
    /// The token that fills unused places.
    public let padID: Int32?
    /// How tokens become text.
    public let decoder: TokenDecoder

    /// Whether `addsSpecialTokens` puts ``bosID`` first.
    public var addsBOS: Bool { bosID.map { frame?.prefix.contains($0) ?? false } ?? false }

    /// The token `id` as the vocabulary writes it; nil for an id that names none.
    public func token(_ id: Int32) -> String? {
        if let token = added[id] { return token.content }
        if let text = unusual[id] { return text }
        guard let bytes = model.table[id] else { return nil }
        return model.isByteLevel ? ByteAlphabet.text(of: bytes) : String(decoding: bytes, as: UTF8.self)
    }

    /// The id of the token the vocabulary writes as `token`.
    public func id(of token: String) -> Int32? {
        if let id = addedIDs[Array(token.utf8)] { return id }
        if let bytes = model.isByteLevel ? ByteAlphabet.bytes(of: token) : Array(token.utf8),
            let id = model.table.id(of: bytes, bytes.indices)
        {
            return id
        }
        return unusual.first { $0.value.utf8.elementsEqual(token.utf8) }?.key
    }

    /// Whether `id` is a control token.
    public func isSpecial(_ id: Int32) -> Bool { added[id]?.isSpecial ?? false }
}

/// The name this type had when it held byte-pair encodings only.
public typealias BPETokenizer = PretrainedTokenizer
