public import OrderedCollections

extension GGUFVocabulary {
    /// Reads the tokenizer from the metadata of a GGUF file.
    ///
    /// - Parameter origin: the file's name, for messages.
    /// - Throws: ``TokenizerError`` naming the key that is missing or wrong.
    public init(
        metadata: OrderedDictionary<String, GGUFValue>, origin: String = "the GGUF file"
    ) throws(TokenizerError) {
        func malformed(_ what: String) -> TokenizerError { TokenizerError(.malformed, "\(origin): \(what).") }
        guard let model = metadata["tokenizer.ggml.model"]?.string else {
            throw malformed("it has no tokenizer (tokenizer.ggml.model)")
        }
        guard let tokens = metadata["tokenizer.ggml.tokens"]?.strings else {
            throw malformed("tokenizer.ggml.tokens is not a list of texts")
        }
        func list<Value>(_ key: String, _ read: (GGUFValue) -> [Value]?) throws(TokenizerError) -> [Value] {
            guard let value = metadata["tokenizer.ggml.\(key)"] else { return [] }
            guard let list = read(value) else {
                throw malformed("tokenizer.ggml.\(key) is not a list of what it should be")
            }
            return list
        }
        func id(_ role: String) throws(TokenizerError) -> Int32? {
            let key = "tokenizer.ggml.\(role)_token_id"
            guard let value = metadata[key], value.int != -1 else { return nil }
            guard let id = value.int, tokens.indices.contains(id) else { throw malformed("\(key) is not a token's id") }
            return Int32(exactly: id)
        }
        self.init(
            model: model,
            pre: metadata["tokenizer.ggml.pre"]?.string,
            tokens: tokens,
            merges: try list("merges", \.strings),
            kinds: try list("token_type", \.ints),
            special: SpecialTokenIDs(
                bos: try id("bos"), eos: try id("eos"), pad: try id("padding"), unknown: try id("unknown")),
            addsBOS: metadata["tokenizer.ggml.add_bos_token"]?.bool,
            addsEOS: metadata["tokenizer.ggml.add_eos_token"]?.bool
        )
        scores = try list("scores") { value in
            if case .array(.float32(let scores)) = value { return scores }
            return value.ints?.map(Float.init)
        }
        addsSpacePrefix = metadata["tokenizer.ggml.add_space_prefix"]?.bool
        removesExtraSpaces = metadata["tokenizer.ggml.remove_extra_whitespaces"]?.bool
        replacementTable = try list("precompiled_charsmap") { value in
            switch value {
            case .array(.uint8(let bytes)): bytes
            case .array(.int8(let bytes)): bytes.map(UInt8.init(bitPattern:))
            default: nil
            }
        }
        lowercases = metadata["tokenizer.ggml.normalizer.lowercase"]?.bool
        stripsAccents = metadata["tokenizer.ggml.normalizer.strip_accents"]?.bool
        separator = try id("seperator")
        modelName = metadata["general.name"]?.string
    }

    /// The entries that describe this tokenizer in a GGUF file.
    public var metadata: OrderedDictionary<String, GGUFValue> {
        var entries: OrderedDictionary<String, GGUFValue> = ["tokenizer.ggml.model": .string(model)]
        if let pre { entries["tokenizer.ggml.pre"] = .string(pre) }
        entries["tokenizer.ggml.tokens"] = .array(.string(tokens))
        if !kinds.isEmpty { entries["tokenizer.ggml.token_type"] = .array(.int32(kinds.map { Int32(clamping: $0) })) }
        entries["tokenizer.ggml.merges"] = .array(.string(merges))
        for (role, id) in [
            ("bos", special.bos), ("eos", special.eos), ("padding", special.pad), ("unknown", special.unknown),
        ] {
            if let id { entries["tokenizer.ggml.\(role)_token_id"] = .uint32(UInt32(clamping: id)) }
        }
        if let addsBOS { entries["tokenizer.ggml.add_bos_token"] = .bool(addsBOS) }
        if let addsEOS { entries["tokenizer.ggml.add_eos_token"] = .bool(addsEOS) }
        entries["tokenizer.ggml.add_space_prefix"] = .bool(false)
        return entries
    }
}
