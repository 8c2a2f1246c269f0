internal import Foundation
internal import OrderedCollections

extension ModelFiles {
    /// Returns the model's tokenizer, or nil when it has none.
    ///
    /// - Throws: ``ModelFileError`` when a file cannot be read, ``TokenizerError`` when it is wrong, or of a kind that is
    ///   not supported.
    public func tokenizer() throws -> BPETokenizer? {
        let path = url.path(percentEncoded: false)
        if let ggufMetadata {
            guard ggufMetadata["tokenizer.ggml.model"] != nil else { return nil }
            return try BPETokenizer(GGUFVocabulary(metadata: ggufMetadata, origin: path), origin: path)
        }
        guard let json = try tokenizerJSON() else { return nil }
        let file = url.appending(path: "tokenizer.json").path(percentEncoded: false)
        return try BPETokenizer(json: json, special: try specialTokenIDs(), origin: file)
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
        let tokenizer = try tokenizerJSON()
        let names = [try tokenizerConfigJSON(), try specialTokensMapJSON()]
        let configurations = [try generationConfigJSON(), configJSON]
        func id(_ role: String) -> Int32? {
            let key = "\(role)_token"
            let name = names.lazy.compactMap { $0?[key] }.compactMap { $0.string ?? $0["content"]?.string }.first
            if let name, let id = Self.id(of: name, in: tokenizer) { return id }
            let entry = configurations.lazy.compactMap { $0?["\(key)_id"] }.first { !$0.isNull }
            guard let id = (entry?.array?.first ?? entry)?.int.flatMap({ Int32(exactly: $0) }), id >= 0 else {
                return nil
            }
            return id
        }
        return SpecialTokenIDs(bos: id("bos"), eos: id("eos"), pad: id("pad"), unknown: id("unk"))
    }

    private static func id(of token: String, in tokenizer: JSONValue?) -> Int32? {
        let added = tokenizer?["added_tokens"]?.array?.first { $0["content"]?.string == token }?["id"]?.int
        return (added ?? tokenizer?["model"]?["vocab"]?[token]?.int).flatMap { Int32(exactly: $0) }
    }
}
