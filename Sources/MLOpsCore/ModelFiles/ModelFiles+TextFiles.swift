public import Foundation
public import OrderedCollections

extension ModelFiles {
    /// Files that belong to a model's tokenizer, copied as they are.
    private static let copied = [
        "added_tokens.json", "chat_template.jinja", "chat_template.json", "merges.txt", "special_tokens_map.json",
        "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json",
    ]

    /// Returns the tokenizer's files and the chat templates as transformers reads them, by their paths in the directory.
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
            let folder = url.appending(path: Self.templateFolder)
            let entries = try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
            for name in (entries ?? []).sorted() where name.hasSuffix(".jinja") {
                let file = folder.appending(path: name)
                files["\(Self.templateFolder)/\(name)"] = try WholeFile.read(file, limit: 1 << 28)
            }
            return files
        }
        for (name, value) in try tokenizerDocuments(ggufMetadata) {
            files[name] = Data((value.text(.pretty) + "\n").utf8)
        }
        for (name, template) in try chatTemplates().sorted(by: { $0.key < $1.key }) {
            guard name != "default" else {
                files["chat_template.jinja"] = Data(template.utf8)
                continue
            }
            // The name becomes that of a file.
            guard !name.isEmpty, name.utf8.count <= 100, name.utf8.allSatisfy(Self.isPlain) else {
                throw ModelFileError(
                    .invalid,
                    "'\(url.path(percentEncoded: false))': the chat template '\(name.prefix(100))' cannot be a file of that name; "
                        + "letters, digits, '-' and '_' can.")
            }
            files["\(Self.templateFolder)/\(name).jinja"] = Data(template.utf8)
        }
        return files
    }

    /// Where transformers keeps chat templates that have names of their own.
    private static let templateFolder = "additional_chat_templates"

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
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
