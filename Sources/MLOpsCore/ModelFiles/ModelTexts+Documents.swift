internal import Foundation
internal import OrderedCollections

extension ModelTexts {
    /// Returns `tokenizer.json`, or nil when the model has none (GGUF keeps its tokenizer in the metadata).
    ///
    /// - Throws: ``ModelFileError`` when it is not JSON.
    public func tokenizerJSON() throws(ModelFileError) -> JSONValue? { try json("tokenizer.json") }

    /// Returns `tokenizer_config.json`, or nil when the model has none.
    ///
    /// - Throws: ``ModelFileError`` when it is not JSON, or what is read of it has another type.
    public func tokenizerConfigJSON() throws(ModelFileError) -> JSONValue? { try checkedJSON("tokenizer_config.json") }

    /// Returns `special_tokens_map.json`, or nil when the model has none.
    ///
    /// - Throws: ``ModelFileError`` when it is not JSON, or what is read of it has another type.
    public func specialTokensMapJSON() throws(ModelFileError) -> JSONValue? {
        try checkedJSON("special_tokens_map.json")
    }

    /// Returns `generation_config.json`, or nil when the model has none.
    ///
    /// - Throws: ``ModelFileError`` when it is not JSON.
    public func generationConfigJSON() throws(ModelFileError) -> JSONValue? { try json("generation_config.json") }

    /// Returns the Jinja source of the model's chat template, or nil when it has none.
    ///
    /// - Parameter hasTools: whether tools are described to the model; a template called `tool_use` is for them.
    /// - Throws: ``ModelFileError`` when a file cannot be read, or when of several templates none is called `default`.
    public func chatTemplate(hasTools: Bool = false) throws(ModelFileError) -> String? {
        let named = try chatTemplates()
        if hasTools, let template = named["tool_use"] { return template }
        if named.isEmpty { return nil }
        guard let template = named["default"] else {
            let names = named.keys.sorted().joined(separator: ", ")
            throw ModelFileError(
                .invalid,
                "'\(url.path(percentEncoded: false))': this model has multiple chat templates with no default specified: "
                    + "\(names). Call one of them default.")
        }
        return template
    }

    /// The chat templates by their names; the only one is called `default`.
    ///
    /// `chat_template.jinja` and `additional_chat_templates/` win over `chat_template` in `tokenizer_config.json`, as in
    /// transformers; the names in a GGUF file are those that llama.cpp's converter writes.
    ///
    /// - Throws: ``ModelFileError`` when a file cannot be read.
    public func chatTemplates() throws(ModelFileError) -> [String: String] {
        var named: [String: String] = [:]
        if let ggufMetadata {
            let key = "tokenizer.chat_template"
            named["default"] = ggufMetadata[key]?.string
            for name in ggufMetadata["tokenizer.chat_templates"]?.strings ?? [] {
                if let template = ggufMetadata["\(key).\(name)"]?.string { named[name] = template }
            }
            return named
        }
        guard format == .huggingFace else { return named }
        named["default"] = try ModelDocument.text(url.appending(path: "chat_template.jinja"))
        let folder = url.appending(path: "additional_chat_templates")
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        for file in entries.sorted() where file.hasSuffix(".jinja") {
            named[String(file.dropLast(6))] = try ModelDocument.text(folder.appending(path: file))
        }
        if !named.isEmpty { return named }
        let entry = try tokenizerConfigJSON()?["chat_template"]
        named["default"] = entry?.string
        for template in entry?.array ?? [] {
            if let name = template["name"]?.string { named[name] = template["template"]?.string }
        }
        for (name, template) in entry?.object ?? [:] { named[name] = template.string }
        return named
    }

    /// Returns the id that begins a text, or nil when the model names none.
    ///
    /// - Throws: ``ModelFileError`` when a file cannot be read, or has no id there.
    public func bosID() throws(ModelFileError) -> Int32? {
        if let ggufMetadata { return ggufMetadata["tokenizer.ggml.bos_token_id"]?.int.flatMap { Int32(exactly: $0) } }
        return try configuredIDs("bos_token_id").first
    }

    /// Returns the ids that end an answer: those of `generation_config.json`, else of `config.json`, else of GGUF's
    /// metadata (end of text, end of turn, end of message).
    ///
    /// - Throws: ``ModelFileError`` when a file cannot be read, or has no ids there.
    public func eosIDs() throws(ModelFileError) -> [Int32] {
        if let ggufMetadata {
            let ids = ["eos", "eot", "eom"].compactMap { ggufMetadata["tokenizer.ggml.\($0)_token_id"]?.int }
            return OrderedSet(ids.compactMap { Int32(exactly: $0) }).elements
        }
        return try configuredIDs("eos_token_id")
    }

    private func checkedJSON(_ name: String) throws(ModelFileError) -> JSONValue? {
        let document = try json(name)
        try checkTypes(of: document, in: name)
        return document
    }

    private func json(_ name: String) throws(ModelFileError) -> JSONValue? {
        guard format == .huggingFace else { return nil }
        return try ModelDocument.json(url.appending(path: name))
    }
}
