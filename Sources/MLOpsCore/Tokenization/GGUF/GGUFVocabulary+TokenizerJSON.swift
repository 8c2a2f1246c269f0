internal import OrderedCollections

extension GGUFVocabulary {
    /// Describes the tokenizer of a `tokenizer.json` as GGUF does.
    ///
    /// GGUF names the pre-tokenizer instead of describing it; the name is found by comparing what the file's
    /// pre-tokenizer does with what each name stands for.
    ///
    /// - Parameters:
    ///   - size: rows of the model's embedding; ids without a token become unused ones, as converters do it.
    ///   - special: ids with a role.
    /// - Throws: ``TokenizerError`` when a part is wrong, has no name in GGUF, or there are more tokens than rows.
    public init(
        tokenizerJSON json: JSONValue, size: Int, special: SpecialTokenIDs, origin: String = "tokenizer.json"
    ) throws(TokenizerError) {
        let reader = TokenizerReader(origin: origin)
        let parts = try reader.parts(json)
        guard case .bytePair(let model) = parts.model, parts.decoder == .byteLevel else {
            throw reader.unsupported("a tokenizer other than byte-level BPE in a GGUF file")
        }
        guard let (prefix, suffix) = parts.postProcessor.map(\.frame) ?? ([], []) else {
            throw reader.unsupported("a post_processor that repeats the text")
        }
        guard let pre = try GGUFPretokenizer.name(of: parts) else {
            throw TokenizerError(
                .unsupported, "\(origin): its pre_tokenizer has no name in GGUF files, so they cannot hold it.")
        }
        guard prefix.isEmpty || prefix == [special.bos], suffix.isEmpty || suffix == [special.eos] else {
            throw TokenizerError(
                .unsupported,
                "\(origin): its post_processor adds other tokens than BOS and EOS, which GGUF files cannot say.")
        }
        var tokens = (0..<size).map { "[PAD\($0)]" }
        var kinds = [Int](repeating: 5, count: size)
        func put(_ text: String, _ id: Int32, kind: Int) throws(TokenizerError) {
            guard tokens.indices.contains(Int(id)) else {
                throw TokenizerError(
                    .malformed,
                    "\(origin): token \"\(text.prefix(60))\" has the id \(id), but the model has \(size) rows.")
            }
            tokens[Int(id)] = text
            kinds[Int(id)] = kind
        }
        for (index, id) in model.vocabulary.ids.enumerated() {
            try put(String(decoding: model.vocabulary.texts[index], as: UTF8.self), id, kind: 1)
        }
        let merges = (0..<model.merges.count / 2).map { rank in
            String(decoding: model.merges[2 * rank] + [0x20] + model.merges[2 * rank + 1], as: UTF8.self)
        }
        for token in parts.added { try put(token.content, token.id, kind: token.isSpecial ? 3 : 4) }
        self.init(
            model: "gpt2", pre: pre, tokens: tokens, merges: merges,
            kinds: kinds,
            special: special, addsBOS: !prefix.isEmpty, addsEOS: suffix.isEmpty ? nil : true)
    }

    /// Describes this tokenizer as a `tokenizer.json`, which transformers reads.
    ///
    /// - Throws: ``TokenizerError`` when it is not byte-level BPE, or its pre-tokenizer has an unknown name.
    public func tokenizerJSON(origin: String = "the GGUF file") throws(TokenizerError) -> JSONValue {
        guard model == "gpt2" else {
            throw TokenizerError(.unsupported, "\(origin): the tokenizer '\(model)' is not byte-level BPE (gpt2).")
        }
        let division = try GGUFPretokenizer(named: pre ?? "default", origin: origin)
        var added: [JSONValue] = []
        var vocabulary: JSONObject = [:]
        for (id, text) in tokens.enumerated() {
            let kind = kinds.indices.contains(id) ? kinds[id] : 1
            // Unused ids only fill the embedding's rows: `[PAD…]` would be found in no text.
            if kind == 5 { continue }
            if (2...4).contains(kind) {
                added.append([
                    "id": .integer(Int64(id)), "content": .string(text), "single_word": false, "lstrip": false,
                    "rstrip": false,
                    "normalized": false, "special": .bool(kind != 4),
                ])
            }
            guard vocabulary.updateValue(.integer(Int64(id)), forKey: text) == nil else {
                throw TokenizerError(.malformed, "\(origin): the token \"\(text.prefix(60))\" appears twice.")
            }
        }
        return [
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added),
            "normalizer": division.originalNormalizer == nil ? nil : ["type": "NFC"],
            "pre_tokenizer": try division.json(origin: origin),
            "post_processor": postProcessor(division),
            "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
                "end_of_word_suffix": nil,
                "fuse_unk": false, "byte_fallback": false, "ignore_merges": .bool(division.ignoresMerges),
                "vocab": .object(vocabulary), "merges": .array(merges.map { .string($0) }),
            ],
        ]
    }

    /// What puts BOS before and EOS after a text, when the file asks for it.
    private func postProcessor(_ division: GGUFPretokenizer) -> JSONValue {
        func token(_ id: Int32?) -> (name: String, id: Int32)? {
            guard let id, tokens.indices.contains(Int(id)) else { return nil }
            return (tokens[Int(id)], id)
        }
        let first = addsBOS ?? division.addsBOS ? token(special.bos) : nil
        let last = addsEOS ?? false ? token(special.eos) : nil
        guard first != nil || last != nil else { return nil }
        func around(_ sequence: String, _ type: Int64) -> [JSONValue] {
            func special(_ token: (name: String, id: Int32)?) -> [JSONValue] {
                token.map { [["SpecialToken": ["id": .string($0.name), "type_id": .integer(type)]]] } ?? []
            }
            return special(first) + [["Sequence": ["id": .string(sequence), "type_id": .integer(type)]]] + special(last)
        }
        var described: JSONObject = [:]
        for token in [first, last].compactMap({ $0 }) {
            described[token.name] = [
                "id": .string(token.name), "ids": [.integer(Int64(token.id))], "tokens": [.string(token.name)],
            ]
        }
        return [
            "type": "TemplateProcessing", "single": .array(around("A", 0)),
            "pair": .array(around("A", 0) + around("B", 1)),
            "special_tokens": .object(described),
        ]
    }
}

extension GGUFPretokenizer {
    /// The names that describe the pre-tokenizers of whole families, the most usual one first.
    private static let names = [
        "smollm", "gpt-2", "llama-bpe", "qwen2", "smaug-bpe", "stablelm2", "tekken", "gpt-4o",
    ]

    /// Returns the name under which GGUF files know what `parts` do to a text before merging; nil when there is none.
    static func name(of parts: TokenizerParts) throws(TokenizerError) -> String? {
        guard case .bytePair(let model) = parts.model else { return nil }
        for name in names {
            let known = try GGUFPretokenizer(named: name, origin: parts.origin)
            let division = Pretokenizer.sequence(known.original.flattened + [.byteAlphabet])
            if division == parts.pretokenizer?.withPatternsForClasses, known.originalNormalizer == parts.normalizer,
                known.ignoresMerges == model.ignoresMerges
            {
                return name
            }
        }
        return nil
    }

    /// Describes the division as a `tokenizer.json` does.
    func json(origin: String) throws(TokenizerError) -> JSONValue {
        guard case .sequence(let steps) = original else { return nil }
        var list: [JSONValue] = []
        for step in steps {
            guard case .split(.pattern(let pattern), .isolated, inverted: false) = step else {
                throw TokenizerError(.unsupported, "\(origin): its pre-tokenizer has no form in tokenizer.json.")
            }
            list.append([
                "type": "Split", "pattern": ["Regex": .string(pattern.source)], "behavior": "Isolated", "invert": false,
            ])
        }
        list.append(["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false])
        return ["type": "Sequence", "pretokenizers": .array(list)]
    }
}

extension Pretokenizer {
    /// The same division with "one digit" spelled as the pattern that means it, as ``GGUFPretokenizer`` spells it.
    fileprivate var withPatternsForClasses: Pretokenizer {
        switch self {
        case .sequence(let steps): return .sequence(steps.map(\.withPatternsForClasses))
        case .split(.one(.number), .isolated, inverted: false):
            guard let pattern = try? Pattern(#"\p{N}"#) else { return self }
            return .split(.pattern(pattern), .isolated, inverted: false)
        default: return self
        }
    }
}
