public import Foundation
public import OrderedCollections

extension ModelFiles {
    /// Files that belong to a model's tokenizer, copied as they are.
    private static let copied = [
        "added_tokens.json", "chat_template.jinja", "chat_template.json", "merges.txt", "special_tokens_map.json",
        "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json",
    ]

    /// Returns the tokenizer's files and the chat template as transformers reads them, by name.
    ///
    /// Those of a directory are its own; those of a GGUF file are made from its metadata. A model without text has none.
    ///
    /// - Throws: ``ModelFileError`` or `FileError` when a file cannot be read, ``TokenizerError`` when a GGUF tokenizer is
    ///   not byte-level BPE.
    public func textFiles() throws -> OrderedDictionary<String, Data> {
        var files: OrderedDictionary<String, Data> = [:]
        guard let ggufMetadata else {
            for name in Self.copied {
                let file = url.appending(path: name)
                guard FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) else { continue }
                files[name] = try WholeFile.read(file, limit: 1 << 28)
            }
            return files
        }
        for (name, value) in try tokenizerDocuments(ggufMetadata) {
            files[name] = Data((value.text(.pretty) + "\n").utf8)
        }
        if let template = try chatTemplate() { files["chat_template.jinja"] = Data(template.utf8) }
        return files
    }

    /// Makes `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json` from a GGUF file's metadata.
    private func tokenizerDocuments(
        _ metadata: OrderedDictionary<String, GGUFValue>
    ) throws(TokenizerError) -> [(String, JSONValue)] {
        guard metadata["tokenizer.ggml.model"] != nil else { return [] }  // a model without text
        let vocabulary = try GGUFVocabulary(metadata: metadata, origin: url.path(percentEncoded: false))
        let tokenizer = try vocabulary.tokenizerJSON(origin: url.path(percentEncoded: false))
        var special: JSONObject = [:]
        for (key, role) in [
            ("bos_token", "bos"), ("eos_token", "eos"), ("pad_token", "padding"), ("unk_token", "unknown"),
        ] {
            if let id = metadata["tokenizer.ggml.\(role)_token_id"]?.int, vocabulary.tokens.indices.contains(id) {
                special[key] = .string(vocabulary.tokens[id])
            }
        }
        var decoder: JSONObject = [:]
        for token in tokenizer["added_tokens"]?.array ?? [] {
            guard var members = token.object, let id = members.removeValue(forKey: "id")?.int else { continue }
            decoder["\(id)"] = .object(members)
        }
        var config: JSONObject = [
            "add_prefix_space": false, "added_tokens_decoder": .object(decoder),
        ]
        config.merge(special) { _, last in last }
        if let template = metadata["tokenizer.chat_template"]?.string { config["chat_template"] = .string(template) }
        config["clean_up_tokenization_spaces"] = false
        config["model_max_length"] = .integer(Int64(architecture.maximumPositions))
        config["tokenizer_class"] = "PreTrainedTokenizerFast"
        return [
            ("tokenizer.json", tokenizer), ("tokenizer_config.json", .object(config)),
            ("special_tokens_map.json", .object(special)),
        ]
    }
}
