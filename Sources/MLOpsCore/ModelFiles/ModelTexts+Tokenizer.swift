internal import Foundation
internal import OrderedCollections

extension ModelTexts {
    /// Returns the model's tokenizer, or nil when it has none.
    ///
    /// - Throws: ``ModelFileError`` when a file cannot be read, ``TokenizerError`` when it is wrong, or of a kind that is
    ///   not supported.
    public func tokenizer() throws -> PretrainedTokenizer? {
        let path = url.path(percentEncoded: false)
        if let ggufMetadata {
            guard ggufMetadata["tokenizer.ggml.model"] != nil else { return nil }
            return try PretrainedTokenizer(GGUFVocabulary(metadata: ggufMetadata, origin: path), origin: path)
        }
        guard let file = try tokenizerFile() else { return nil }
        let configuration = try tokenizerConfigJSON()
        return try PretrainedTokenizer(
            file, special: try specialTokenIDs(file, configuration), configuration: configuration)
    }

    /// Returns the ids of the tokens that have a role: those that `tokenizer_config.json` or `special_tokens_map.json` name,
    /// else those of the model's configuration, and of a GGUF file those of its metadata.
    ///
    /// - Throws: ``ModelFileError`` or ``TokenizerError`` when a file cannot be read.
    public func specialTokenIDs() throws -> SpecialTokenIDs {
        if let ggufMetadata {
            guard ggufMetadata["tokenizer.ggml.model"] != nil else { return SpecialTokenIDs() }
            return try GGUFVocabulary(metadata: ggufMetadata, origin: url.path(percentEncoded: false)).special
        }
        return try specialTokenIDs(try tokenizerFile(), try tokenizerConfigJSON())
    }

    private func tokenizerFile() throws -> TokenizerFile? {
        guard format == .huggingFace else { return nil }
        let file = url.appending(path: "tokenizer.json")
        guard let bytes = try ModelDocument.bytes(file) else { return nil }
        return try TokenizerFile(bytes, origin: file.path(percentEncoded: false))
    }

    private func specialTokenIDs(
        _ tokenizer: TokenizerFile?, _ configuration: JSONValue?
    ) throws -> SpecialTokenIDs {
        // The older file wins where the newer one lists no added tokens, as in transformers.
        let older = try specialTokensMapJSON()
        let names = configuration?["added_tokens_decoder"] == nil ? [older, configuration] : [configuration, older]
        func id(_ role: String) throws -> Int32? {
            let key = "\(role)_token"
            let configured = try configuredIDs("\(key)_id").first
            let name = names.lazy.compactMap { $0?[key] }.compactMap { $0.string ?? $0["content"]?.string }.first
            if let name, let id = tokenizer?.id(of: name) { return id }
            return configured.flatMap { $0 >= 0 ? $0 : nil }
        }
        return SpecialTokenIDs(bos: try id("bos"), eos: try id("eos"), pad: try id("pad"), unknown: try id("unk"))
    }
}
