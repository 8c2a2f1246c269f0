/// A tokenizer as the metadata of a GGUF file describes it (`tokenizer.ggml.…`).
public struct GGUFVocabulary: Sendable, Hashable {
    /// `tokenizer.ggml.model`: `gpt2` is byte-level BPE, `llama` SentencePiece's BPE, `bert` WordPiece.
    public var model: String
    /// `tokenizer.ggml.pre`: the name of the pre-tokenizer.
    public var pre: String?
    /// `tokenizer.ggml.tokens`, by id.
    public var tokens: [String]
    /// `tokenizer.ggml.merges`, each two tokens with a space between them.
    public var merges: [String]
    /// `tokenizer.ggml.token_type`, by id: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
    public var kinds: [Int]
    /// Ids with a role.
    public var special: SpecialTokenIDs
    /// `tokenizer.ggml.add_bos_token`, when the file says.
    public var addsBOS: Bool?
    /// `tokenizer.ggml.add_eos_token`, when the file says.
    public var addsEOS: Bool?
    /// `tokenizer.ggml.scores`, by id, of a vocabulary that came from SentencePiece.
    public var scores: [Float] = []
    /// `tokenizer.ggml.add_space_prefix`, when the file says.
    public var addsSpacePrefix: Bool?
    /// `tokenizer.ggml.remove_extra_whitespaces`, when the file says.
    public var removesExtraSpaces: Bool?
    /// `tokenizer.ggml.precompiled_charsmap`: SentencePiece's table of replacements, when there is one.
    public var replacementTable: [UInt8] = []
    /// `tokenizer.ggml.normalizer.lowercase`, when the file says.
    public var lowercases: Bool?
    /// `tokenizer.ggml.normalizer.strip_accents`, when the file says.
    public var stripsAccents: Bool?
    /// `general.name`: the added tokens of Phi-3 take the white space after them.
    public var modelName: String?
    /// `tokenizer.ggml.seperator_token_id`: what ends a text of BERT's.
    public var separator: Int32?

    /// Creates a description.
    public init(
        model: String, pre: String?, tokens: [String], merges: [String], kinds: [Int], special: SpecialTokenIDs,
        addsBOS: Bool? = nil, addsEOS: Bool? = nil
    ) {
        self.model = model
        self.pre = pre
        self.tokens = tokens
        self.merges = merges
        self.kinds = kinds
        self.special = special
        self.addsBOS = addsBOS
        self.addsEOS = addsEOS
    }
}
