internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// A Hugging Face directory's tokenizer and chat template as the metadata of a GGUF file (`tokenizer.…`).
enum GGUFTokenizerMetadata {
    /// Returns the entries that describe the tokenizer of `files`.
    ///
    /// - Throws: ``PublishError`` when there is no tokenizer, ``TokenizerError`` when GGUF cannot express it.
    static func metadata(_ files: ModelFiles) throws -> OrderedDictionary<String, GGUFValue> {
        let path = files.url.appending(path: "tokenizer.json").path(percentEncoded: false)
        guard let json = try files.tokenizerJSON() else {
            throw PublishError(.missing, "'\(path)' is missing: a GGUF file needs the model's tokenizer.")
        }
        let roles = try SpecialTokens(files, json)
        let vocabulary = try GGUFVocabulary(
            tokenizerJSON: json, size: files.architecture.vocabularySize,
            special: SpecialTokenIDs(bos: roles.id("bos"), eos: roles.id("eos"), pad: roles.id("pad")), origin: path)
        var entries = vocabulary.metadata
        if let unknown = roles.id("unk") {
            entries["tokenizer.ggml.unknown_token_id"] = .uint32(UInt32(clamping: unknown))
        }
        if let template = try files.chatTemplate() { entries["tokenizer.chat_template"] = .string(template) }
        return entries
    }
}

/// Which tokens have a role: what `tokenizer_config.json` names, else the ids of the model's configuration.
private struct SpecialTokens {
    private var ids: [String: Int32] = [:]

    init(_ files: ModelFiles, _ tokenizer: JSONValue) throws {
        let config = try files.tokenizerConfigJSON()
        let map = try files.specialTokensMapJSON()
        let generation = try files.generationConfigJSON()
        for role in ["bos", "eos", "pad", "unk"] {
            let key = "\(role)_token"
            let named = [config, map].lazy.compactMap { $0?[key] }.compactMap { $0.string ?? $0["content"]?.string }
                .first
            if let named, let id = Self.id(of: named, tokenizer) {
                ids[role] = id
                continue
            }
            let entry = [generation, files.configJSON].lazy.compactMap { $0?["\(key)_id"] }.first { !$0.isNull }
            if let id = (entry?.array?.first ?? entry)?.int, let id = Int32(exactly: id), id >= 0 { ids[role] = id }
        }
    }

    func id(_ role: String) -> Int32? { ids[role] }

    private static func id(of token: String, _ tokenizer: JSONValue) -> Int32? {
        let added = tokenizer["added_tokens"]?.array?.first { $0["content"]?.string == token }?["id"]?.int
        return (added ?? tokenizer["model"]?["vocab"]?[token]?.int).flatMap { Int32(exactly: $0) }
    }
}
