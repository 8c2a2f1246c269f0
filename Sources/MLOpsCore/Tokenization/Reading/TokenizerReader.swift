extension PretrainedTokenizer {
    /// Creates the tokenizer that a `tokenizer.json` of Hugging Face's tokenizers describes.
    ///
    /// `truncation` and `padding` are ways of use, not of the tokenizer, and are not taken over; neither is `dropout`, which
    /// makes merging random.
    ///
    /// - Parameters:
    ///   - json: the file's content.
    ///   - special: ids with a role, which the file does not say.
    ///   - origin: the file's name, for messages.
    /// - Throws: ``TokenizerError`` naming the part that is wrong, or of a kind that is not supported; none is ignored.
    public init(
        json: JSONValue, special: SpecialTokenIDs = SpecialTokenIDs(), origin: String = "tokenizer.json"
    ) throws(TokenizerError) {
        var parts = try TokenizerReader(origin: origin).parts(json)
        parts.special = special
        try self.init(parts)
    }

    /// Creates the tokenizer that the bytes of a `tokenizer.json` describe.
    ///
    /// Faster than reading the file as JSON first.
    ///
    /// - Parameters:
    ///   - bytes: the file's content.
    ///   - special: ids with a role, which the file does not say.
    ///   - origin: the file's name, for messages.
    /// - Throws: ``TokenizerError`` naming the part that is wrong, or of a kind that is not supported; none is ignored.
    public init(
        parsing bytes: [UInt8], special: SpecialTokenIDs = SpecialTokenIDs(), origin: String = "tokenizer.json"
    ) throws(TokenizerError) {
        try self.init(TokenizerFile(bytes, origin: origin), special: special)
    }

    /// - Parameter configuration: what `tokenizer_config.json` holds, as far as the tokenizer goes.
    init(
        _ file: TokenizerFile, special: SpecialTokenIDs, configuration: JSONValue? = nil
    ) throws(TokenizerError) {
        var parts = try TokenizerReader(origin: file.origin).parts(file.json, file.lists)
        parts.special = special
        if configuration?["clean_up_tokenization_spaces"]?.bool == true {
            var isPairs = false
            if case .bytePair = parts.model { isPairs = true }
            let force = "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output"
            if !isPairs || configuration?[force]?.bool == true {
                parts.decoder = TokenDecoder(parts.decoder.steps + [.englishSpacing])
            }
        }
        try self.init(parts)
    }
}

/// Reads the parts of a `tokenizer.json`.
struct TokenizerReader {
    let origin: String
    /// The members of a file.
    private static let keys: Set<String> = [
        "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder",
        "model",
    ]
    /// How deep sequences may nest.
    static let maximumDepth = 20

    /// What the file describes.
    ///
    /// - Throws: ``TokenizerError`` naming the part that is wrong or not supported.
    func parts(_ json: JSONValue, _ lists: ModelLists? = nil) throws(TokenizerError) -> TokenizerParts {
        guard let members = json.object else { throw malformed("it is not a JSON object") }
        for key in members.keys where !Self.keys.contains(key) {
            throw malformed("it has a member \"\(key.prefix(60))\", which tokenizers does not know")
        }
        try checkUse(json)
        var parts = TokenizerParts(model: try model(json["model"], lists), origin: origin)
        parts.added = try addedTokens(json["added_tokens"], parts.model)
        parts.normalizer = try normalizer(json["normalizer"])
        parts.pretokenizer = try pretokenizer(json["pre_tokenizer"])
        parts.postProcessor = try postProcessor(json["post_processor"])
        parts.decoder = try decoder(json["decoder"])
        return parts
    }

    func malformed(_ what: String) -> TokenizerError { TokenizerError(.malformed, "\(origin): \(what).") }

    func unsupported(_ what: String) -> TokenizerError {
        TokenizerError(.unsupported, "\(origin): \(what) is not supported. Use a model with another tokenizer.")
    }

    /// Refuses a version, a truncation or a padding that are none: they are not taken over, but are right.
    private func checkUse(_ json: JSONValue) throws(TokenizerError) {
        if let version = json["version"], version != "1.0" {
            throw unsupported("version \(version.text().prefix(60)) of the format")
        }
        let (sides, sizes) = (["Left", "Right"], 0...Int.max)
        if let written = json["truncation"], !written.isNull {
            let truncation = unlisted(written, "direction", "max_length", "strategy", "stride")
            _ = try word(truncation, "direction", "truncation", of: sides, default: "Right")
            _ = try word(truncation, "strategy", "truncation", of: ["LongestFirst", "OnlyFirst", "OnlySecond"])
            for key in ["max_length", "stride"] { _ = try number(truncation, key, "truncation", in: sizes) }
        }
        guard let written = json["padding"], !written.isNull else { return }
        let padding = unlisted(
            written, "strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token")
        if let strategy = padding["strategy"], strategy.object?.count == 1, strategy["BatchLongest"]?.isNull ?? false {
            // Written as an object, as what has no value may be.
        } else if let strategy = padding["strategy"], strategy.object?.count == 1, strategy["Fixed"] != nil {
            _ = try number(strategy, "Fixed", "padding", in: sizes)
        } else {
            _ = try word(padding, "strategy", "padding", of: ["BatchLongest"])
        }
        _ = try word(padding, "direction", "padding", of: sides)
        _ = try text(padding, "pad_token", "padding")
        for key in ["pad_id", "pad_type_id"] { _ = try number(padding, key, "padding", in: sizes) }
        if let multiple = padding["pad_to_multiple_of"], !multiple.isNull {
            _ = try number(padding, "pad_to_multiple_of", "padding", in: sizes)
        }
    }

    func addedTokens(_ value: JSONValue?, _ model: ModelParts) throws(TokenizerError) -> [AddedToken] {
        guard let value else { return [] }
        guard let list = value.array else { throw malformed("added_tokens is not a list") }
        var tokens: [AddedToken] = []
        for (index, item) in list.enumerated() {
            let part = "added token \(index + 1)"
            let token = AddedToken(
                id: try id(item, "id", part), content: try text(item, "content", part),
                isSpecial: try flag(item, "special", part), stripsLeft: try flag(item, "lstrip", part),
                stripsRight: try flag(item, "rstrip", part), isSingleWord: try flag(item, "single_word", part),
                isNormalized: try flag(item, "normalized", part))
            if !token.content.isEmpty { tokens.append(token) }
        }
        try check(tokens, model)
        return tokens
    }

    /// Checks that the ids are those that the reference gives: it takes them from the vocabulary or counts on from its end,
    /// whatever the file says.
    private func check(_ tokens: [AddedToken], _ model: ModelParts) throws(TokenizerError) {
        guard !tokens.isEmpty else { return }
        let wanted = Set(tokens.map { Array($0.content.utf8) })
        var known: [[UInt8]: Int32] = [:]
        let vocabulary = model.vocabulary
        var isLength = [Bool](repeating: false, count: (wanted.map(\.count).max() ?? 0) + 1)
        for token in wanted { isLength[token.count] = true }
        for (index, id) in vocabulary.ids.enumerated() {
            let length = vocabulary.texts.range(index).count
            guard length < isLength.count, isLength[length] else { continue }
            let bytes = Array(vocabulary.texts[index])
            if wanted.contains(bytes) { known[bytes] = id }
        }
        let size = Int32(clamping: vocabulary.ids.count)
        var last: Int32?
        for token in tokens {
            let bytes = Array(token.content.utf8)
            let next = last.map { $0 >= size || size == 0 ? $0 &+ 1 : size } ?? size
            let id = known[bytes] ?? next
            guard id == token.id else {
                throw malformed(
                    "the added token \"\(token.content.prefix(60))\" says its id is \(token.id), but its place makes it \(id)"
                )
            }
            known[bytes] = id
            last = max(last ?? id, id)
        }
    }
}
