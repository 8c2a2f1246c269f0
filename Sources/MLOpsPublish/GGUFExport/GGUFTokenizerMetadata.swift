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
        let vocabulary = try GGUFVocabulary(
            tokenizerJSON: json, size: files.architecture.vocabularySize, special: files.specialTokenIDs(), origin: path
        )
        var entries = vocabulary.metadata
        if let template = try files.chatTemplate() { entries["tokenizer.chat_template"] = .string(template) }
        return entries
    }
}
