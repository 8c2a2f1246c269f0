/// Text to token ids and back.
///
/// Ids are `Int32`, as tensors and files hold them. Whatever an implementation does inside, `encode` followed by
/// `decode` is the reference tool's behaviour bit for bit: a model only understands the ids it was trained with.
public protocol Tokenizer: Sendable {
    /// How many ids there are: every id is less.
    var vocabularySize: Int { get }
    /// The token that begins a text, if the vocabulary has one.
    var bosID: Int32? { get }
    /// The token that ends a text, if the vocabulary has one.
    var eosID: Int32? { get }
    /// The token that fills unused places, if the vocabulary has one.
    var padID: Int32? { get }
    /// Whether `addsSpecialTokens` puts ``bosID`` first.
    var addsBOS: Bool { get }

    /// Returns the tokens of `text`, each with the bytes of `text` it stands for.
    ///
    /// - Throws: ``TokenizerError`` when the text holds something the vocabulary cannot express.
    func tokens(of text: String, _ options: EncodingOptions) throws -> [Token]
    /// Returns the ids of `text`.
    ///
    /// - Throws: ``TokenizerError`` when the text holds something the vocabulary cannot express.
    func encode(_ text: String, _ options: EncodingOptions) throws -> [Int32]
    /// The token `id` as the vocabulary writes it, such as `Ġthe`; nil for an id that names none.
    func token(_ id: Int32) -> String?
    /// The id of the token the vocabulary writes as `token`.
    func id(of token: String) -> Int32?
    /// Whether `id` is a control token, which decoding leaves out when asked to.
    func isSpecial(_ id: Int32) -> Bool
    /// How the spellings of tokens become text.
    var decoder: TokenDecoder { get }
}

/// A token and where it stands in the text it was made from.
public struct Token: Sendable, Hashable {
    /// The id.
    public var id: Int32
    /// The UTF-8 bytes of the text it stands for; empty for a token that was added around the text.
    public var range: Range<Int>

    /// Creates a token.
    public init(id: Int32, range: Range<Int>) {
        self.id = id
        self.range = range
    }
}

/// How a text is taken.
public struct EncodingOptions: Sendable, Hashable {
    /// Whether the spelling of an added token (`<|im_end|>`) in the text becomes that token.
    public var recognisesAddedTokens: Bool
    /// Whether the tokens the model expects around a text (BOS, perhaps EOS) are added.
    public var addsSpecialTokens: Bool
    /// UTF-8 ranges of the text, ascending, in which no added token is recognised whatever they spell.
    public var plainRanges: [Range<Int>]

    /// Creates options.
    public init(recognisesAddedTokens: Bool = true, addsSpecialTokens: Bool = false, plainRanges: [Range<Int>] = []) {
        self.recognisesAddedTokens = recognisesAddedTokens
        self.addsSpecialTokens = addsSpecialTokens
        self.plainRanges = plainRanges
    }
}

extension Tokenizer {
    /// Returns the ids of `text`.
    ///
    /// - Throws: ``TokenizerError`` when the text holds something the vocabulary cannot express.
    public func encode(_ text: String, _ options: EncodingOptions) throws -> [Int32] {
        try tokens(of: text, options).map(\.id)
    }

    /// Returns the ids of `text` with the usual options.
    ///
    /// - Throws: ``TokenizerError`` when the text holds something the vocabulary cannot express.
    public func encode(_ text: String) throws -> [Int32] { try encode(text, EncodingOptions()) }

    /// Returns the text of `ids`; bytes that do not form characters become U+FFFD.
    public func decode(_ ids: some Sequence<Int32>, skipSpecialTokens: Bool = true) -> String {
        var decoder = StreamingDecoder(self, skipSpecialTokens: skipSpecialTokens)
        var text = ""
        for id in ids { text += decoder.append(id) }
        return text + decoder.finish()
    }
}
