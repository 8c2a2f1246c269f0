internal import Foundation
internal import OrderedCollections

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
        if let ggufMetadata { return ggufMetadata["tokenizer.chat_template"]?.string }
        if let text = try ModelDocument.text(url.appending(path: "chat_template.jinja")) { return text }
        let entry = try tokenizerConfigJSON()?["chat_template"]
        if let named = entry?.array { return named.first { $0["name"] == "default" }?["template"]?.string }
        return entry?.string
    }

    /// Returns the id that begins a text, or nil when the model names none.
    ///
    /// - Throws: ``ModelFileError`` when a file cannot be read.
    public func bosID() throws(ModelFileError) -> Int32? {
        if let ggufMetadata { return ggufMetadata["tokenizer.ggml.bos_token_id"]?.int.flatMap { Int32(exactly: $0) } }
        let ids = try generationConfigJSON()?["bos_token_id"] ?? configJSON?["bos_token_id"]
        return ids?.int.flatMap { Int32(exactly: $0) }
    }

    /// Returns the ids that end an answer: those of `generation_config.json`, else of `config.json`, else of GGUF's
    /// metadata (end of text, end of turn, end of message).
    ///
    /// - Throws: ``ModelFileError`` when a file cannot be read.
    public func eosIDs() throws(ModelFileError) -> [Int32] {
        if let ggufMetadata {
            let ids = ["eos", "eot", "eom"].compactMap { ggufMetadata["tokenizer.ggml.\($0)_token_id"]?.int }
            return OrderedSet(ids.compactMap { Int32(exactly: $0) }).elements
        }
        let entry = try generationConfigJSON()?["eos_token_id"]
        let ids = (entry?.isNull ?? true) ? configJSON?["eos_token_id"] : entry
        return (ids?.array ?? ids.map { [$0] } ?? []).compactMap { $0.int.flatMap { Int32(exactly: $0) } }
    }

    private func json(_ name: String) throws(ModelFileError) -> JSONValue? {
        guard format == .huggingFace else { return nil }
        return try ModelDocument.json(url.appending(path: name))
    }
}
