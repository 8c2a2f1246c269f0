/// What a tokenizer is made of, whichever file described it.
struct TokenizerParts {
    /// The vocabulary and how it divides words.
    var model: ModelParts
    /// Tokens outside the vocabulary's division of text.
    var added: [AddedToken] = []
    /// Applied before division.
    var normalizer: Normalizer?
    /// Divides text into pieces.
    var pretokenizer: Pretokenizer?
    /// Puts tokens around a text.
    var postProcessor: PostProcessor?
    /// Makes text of tokens.
    var decoder = TokenDecoder.spaced
    /// Whether of added tokens that overlap the longest is found, not the leftmost.
    var findsLongestFirst = false
    /// Ids with a role.
    var special = SpecialTokenIDs()
    /// What is described, for messages: a file.
    var origin: String
}

/// Ids of the tokens that have a role of their own.
public struct SpecialTokenIDs: Sendable, Hashable {
    /// The token that begins a text.
    public var bos: Int32?
    /// The token that ends a text.
    public var eos: Int32?
    /// The token that fills unused places.
    public var pad: Int32?
    /// The token that stands for what the vocabulary cannot express.
    public var unknown: Int32?

    /// Creates a set of roles.
    public init(bos: Int32? = nil, eos: Int32? = nil, pad: Int32? = nil, unknown: Int32? = nil) {
        self.bos = bos
        self.eos = eos
        self.pad = pad
        self.unknown = unknown
    }
}
