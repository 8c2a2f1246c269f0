internal import OrderedCollections

extension ModelTexts {
    /// Returns what the model's chat template may name besides the conversation: `bos_token`, `eos_token` and the other
    /// special tokens, as text.
    ///
    /// Those of a directory are in `tokenizer_config.json` and `special_tokens_map.json`, those of a GGUF file are the
    /// tokens its metadata points at.
    ///
    /// - Throws: ``ModelFileError`` when a file cannot be read or is not JSON.
    public func templateVariables() throws(ModelFileError) -> JSONObject {
        guard let ggufMetadata else {
            let config = try tokenizerConfigJSON() ?? .null
            var variables = Self.templateVariables(in: config)
            // transformers reads the older file only where the newer one lists no added tokens; there it wins.
            guard config["added_tokens_decoder"] == nil, let older = try specialTokensMapJSON() else {
                return variables
            }
            for (name, token) in older.object ?? [:] where token.isNull { variables[name] = nil }
            return variables.merging(Self.templateVariables(in: older)) { _, last in last }
        }
        let tokens = ggufMetadata["tokenizer.ggml.tokens"]?.strings ?? []
        var variables: JSONObject = [:]
        for (name, role) in [
            ("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("sep_token", "seperator"),
            ("sep_token", "separator"), ("pad_token", "padding"), ("cls_token", "cls"), ("mask_token", "mask"),
        ] {
            guard let id = ggufMetadata["tokenizer.ggml.\(role)_token_id"]?.int, tokens.indices.contains(id) else {
                continue
            }
            variables[name] = .string(tokens[id])
        }
        return variables
    }

    /// Returns the special tokens that `tokenizer_config.json` or `special_tokens_map.json` names; a token is text, or an
    /// object with its text as `content`.
    public static func templateVariables(in document: JSONValue) -> JSONObject {
        func text(_ token: JSONValue?) -> JSONValue? {
            (token?.string ?? token?["content"]?.string).map { .string($0) }
        }
        var variables: JSONObject = [:]
        for role in ["bos", "eos", "unk", "sep", "pad", "cls", "mask"] {
            variables["\(role)_token"] = text(document["\(role)_token"])
        }
        // Tokens with names of their own, such as `image_token`.
        for (name, token) in document["extra_special_tokens"]?.object ?? [:] { variables[name] = text(token) }
        let more = document["additional_special_tokens"] ?? document["extra_special_tokens"]
        if let tokens = more?.array { variables["additional_special_tokens"] = .array(tokens.compactMap(text)) }
        return variables
    }
}
