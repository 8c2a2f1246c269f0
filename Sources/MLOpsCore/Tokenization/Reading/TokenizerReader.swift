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
    /// How deep sequences may nest.
    static let maximumDepth = 20

    /// What the file describes.
    ///
    /// - Throws: ``TokenizerError`` naming the part that is wrong or not supported.
    func parts(_ json: JSONValue, _ lists: ModelLists? = nil) throws(TokenizerError) -> TokenizerParts {
        guard json.object != nil else { throw malformed("it is not a JSON object") }
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

    /// The `type` of a component.
    func kind(_ value: JSONValue, _ part: String) throws(TokenizerError) -> String {
        guard let kind = value["type"]?.string else { throw malformed("the \(part) has no type") }
        return kind
    }

    /// The text `key` of a component.
    func text(_ value: JSONValue, _ key: String, _ part: String) throws(TokenizerError) -> String {
        guard let text = value[key]?.string else { throw malformed("the \(part) has no \(key)") }
        return text
    }

    /// The text `key` of a component, one character long.
    func character(_ value: JSONValue, _ key: String, _ part: String) throws(TokenizerError) -> [UInt8] {
        let text = try text(value, key, part)
        guard text.unicodeScalars.count == 1 else {
            throw malformed("the \(part)'s \(key) \"\(text.prefix(60))\" is not one character")
        }
        return Array(text.utf8)
    }

    /// A whole number `key` of a component, within `range`.
    func number(
        _ value: JSONValue, _ key: String, _ part: String, in range: ClosedRange<Int>
    ) throws(TokenizerError) -> Int {
        guard let number = value[key]?.int, range.contains(number) else {
            throw malformed(
                "the \(part)'s \(key) is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The components `key` of a sequence.
    func list(_ value: JSONValue, _ key: String, _ part: String, depth: Int) throws(TokenizerError) -> [JSONValue] {
        guard depth < Self.maximumDepth else {
            throw malformed("the \(part)'s sequences nest more than \(Self.maximumDepth) deep")
        }
        guard let list = value[key]?.array else { throw malformed("the \(part) Sequence has no \(key)") }
        return list
    }

    /// What a component looks for.
    func target(_ value: JSONValue, _ part: String) throws(TokenizerError) -> TextTarget {
        let pattern = value["pattern"]
        guard let source = pattern?["Regex"]?.string ?? pattern?["String"]?.string else {
            throw unsupported("the \(part) with \(pattern?.text() ?? "no pattern")")
        }
        if pattern?["Regex"] == nil, !source.isEmpty { return .text(Array(source.utf8)) }
        do {
            return .pattern(try Pattern(source))
        } catch {
            throw TokenizerError(error.code, "\(origin): the \(part): \(error.message)")
        }
    }

    func addedTokens(_ value: JSONValue?, _ model: ModelParts) throws(TokenizerError) -> [AddedToken] {
        guard let value, !value.isNull else { return [] }
        guard let list = value.array else { throw malformed("added_tokens is not a list") }
        var tokens: [AddedToken] = []
        for (index, item) in list.enumerated() {
            guard let id = item["id"]?.int, let id = Int32(exactly: id), let content = item["content"]?.string else {
                throw malformed("added token \(index + 1) has no id or no content")
            }
            if content.isEmpty { continue }
            tokens.append(
                AddedToken(
                    id: id, content: content, isSpecial: item["special"]?.bool ?? false,
                    stripsLeft: item["lstrip"]?.bool ?? false,
                    stripsRight: item["rstrip"]?.bool ?? false, isSingleWord: item["single_word"]?.bool ?? false,
                    isNormalized: item["normalized"]?.bool ?? false))
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
