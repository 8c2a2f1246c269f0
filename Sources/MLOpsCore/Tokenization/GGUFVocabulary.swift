/// A tokenizer as the metadata of a GGUF file describes it (`tokenizer.ggml.…`).
public struct GGUFVocabulary: Sendable, Hashable {
    /// `tokenizer.ggml.model`; `gpt2` is byte-level BPE.
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

extension BPETokenizer {
    /// Creates the tokenizer that a GGUF file describes.
    ///
    /// - Throws: ``TokenizerError`` naming what is wrong, or of a kind that is not supported.
    public init(_ vocabulary: GGUFVocabulary, origin: String = "the GGUF file") throws(TokenizerError) {
        guard vocabulary.model == "gpt2" else {
            throw TokenizerError(
                .unsupported,
                "\(origin): tokenizer.ggml.model \"\(vocabulary.model)\" is not supported. Use a model with a byte-level BPE tokenizer (\"gpt2\")."
            )
        }
        guard !vocabulary.tokens.isEmpty, vocabulary.tokens.count <= Int(Self.maximumVocabulary) else {
            throw TokenizerError(.malformed, "\(origin): tokenizer.ggml.tokens has \(vocabulary.tokens.count) entries.")
        }
        guard vocabulary.kinds.isEmpty || vocabulary.kinds.count == vocabulary.tokens.count else {
            throw TokenizerError(
                .malformed,
                "\(origin): tokenizer.ggml.token_type has \(vocabulary.kinds.count) entries for \(vocabulary.tokens.count) tokens."
            )
        }
        let division = try GGUFPretokenizer(named: vocabulary.pre ?? "default", origin: origin)
        var parts = TokenizerParts(origin: origin)
        for (index, text) in vocabulary.tokens.enumerated() {
            let id = Int32(index)
            let kind = vocabulary.kinds.isEmpty ? 1 : vocabulary.kinds[index]
            parts.vocabulary.append((text, id))
            // Control, unknown and user-defined tokens are recognised in text as a whole.
            if (2...4).contains(kind) { parts.added.append(AddedToken(id: id, content: text, isSpecial: kind != 4)) }
        }
        for (index, text) in vocabulary.merges.enumerated() {
            guard let pair = TokenizerReader.pair(text) else {
                throw TokenizerError(
                    .malformed, "\(origin): entry \(index + 1) of tokenizer.ggml.merges is not a pair of tokens.")
            }
            parts.merges.append(pair)
        }
        parts.pretokenizer = division.pretokenizer
        parts.normalizer = division.normalizer
        parts.ignoresMerges = division.ignoresMerges
        parts.special = vocabulary.special
        if vocabulary.addsBOS ?? division.addsBOS, let bos = vocabulary.special.bos { parts.prefix = [bos] }
        if vocabulary.addsEOS ?? false, let eos = vocabulary.special.eos { parts.suffix = [eos] }
        try self.init(parts)
    }
}
