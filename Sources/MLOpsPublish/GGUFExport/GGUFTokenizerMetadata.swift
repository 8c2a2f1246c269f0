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
        entries.merge(try chatTemplates(files)) { _, last in last }
        return entries
    }

    /// The chat templates as gguf-py writes them: the default one under the plain key, others under their names, in which all but
    /// letters and digits becomes `_`.
    private static func chatTemplates(_ files: ModelFiles) throws -> OrderedDictionary<String, GGUFValue> {
        let key = "tokenizer.chat_template"
        var entries: OrderedDictionary<String, GGUFValue> = [:]
        var names: [String] = []
        for (name, template) in try files.chatTemplates().sorted(by: { $0.key < $1.key }) where name != "default" {
            let plain = String(
                name.unicodeScalars.map { $0.isASCII && $0.properties.isAlphanumeric ? Character($0) : "_" })
            guard !plain.isEmpty, entries["\(key).\(plain)"] == nil else {
                throw PublishError(
                    .notExpressible,
                    "The chat template '\(name)' would be called '\(plain)' in a GGUF file, as another is.")
            }
            names.append(plain)
            entries["\(key).\(plain)"] = .string(template)
        }
        if !names.isEmpty { entries["\(key)s"] = .array(.string(names)) }
        if let template = try files.chatTemplates()["default"] { entries[key] = .string(template) }
        return entries
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var isAlphanumeric: Bool { isAlphabetic || numericType == .decimal }
}
