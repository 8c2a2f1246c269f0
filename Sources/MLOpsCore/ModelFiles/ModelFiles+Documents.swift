internal import Foundation

extension ModelFiles {
    /// Returns `tokenizer.json`, or nil when the model has none (GGUF keeps its tokenizer in the metadata).
    ///
    /// - Throws: ``ModelFileError`` when it is not JSON.
    public func tokenizerJSON() throws(ModelFileError) -> JSONValue? { try json("tokenizer.json") }

    /// Returns `tokenizer_config.json`, or nil when the model has none.
    ///
    /// - Throws: ``ModelFileError`` when it is not JSON.
    public func tokenizerConfigJSON() throws(ModelFileError) -> JSONValue? { try json("tokenizer_config.json") }

    /// Returns `special_tokens_map.json`, or nil when the model has none.
    ///
    /// - Throws: ``ModelFileError`` when it is not JSON.
    public func specialTokensMapJSON() throws(ModelFileError) -> JSONValue? { try json("special_tokens_map.json") }

    /// Returns `generation_config.json`, or nil when the model has none.
    ///
    /// - Throws: ``ModelFileError`` when it is not JSON.
    public func generationConfigJSON() throws(ModelFileError) -> JSONValue? { try json("generation_config.json") }

    /// Returns the Jinja source of the model's chat template, or nil when it has none.
    ///
    /// `chat_template.jinja` wins over `chat_template` in `tokenizer_config.json`, as in transformers; of several named
    /// templates the one called `default` is taken.
    ///
    /// - Throws: ``ModelFileError`` when a file cannot be read.
    public func chatTemplate() throws(ModelFileError) -> String? {
        guard format == .huggingFace else { return nil }
        if let text = try ModelDocument.text(url.appending(path: "chat_template.jinja")) { return text }
        let entry = try tokenizerConfigJSON()?["chat_template"]
        if let named = entry?.array { return named.first { $0["name"] == "default" }?["template"]?.string }
        return entry?.string
    }

    private func json(_ name: String) throws(ModelFileError) -> JSONValue? {
        guard format == .huggingFace else { return nil }
        return try ModelDocument.json(url.appending(path: name))
    }
}
