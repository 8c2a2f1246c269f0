internal import Foundation

/// The types of what a model's small files say of its tokenizer: what transformers refuses is refused, and what it takes and
/// fails with later too. A wrong type was never meant, and to leave it out silently would change what the model is told.
extension ModelTexts {
    /// Returns the ids that `document` gives a role, none for null or nothing.
    ///
    /// - Parameters:
    ///   - key: the member, such as `eos_token_id`.
    ///   - file: the document's name.
    ///   - allowsList: whether there may be several.
    /// - Throws: ``ModelFileError`` when it is no id.
    func ids(
        _ key: String, in document: JSONValue?, of file: String, allowsList: Bool
    ) throws(ModelFileError) -> [Int32] {
        guard let entry = document?[key], !entry.isNull else { return [] }
        var ids: [Int32] = []
        for value in entry.array.flatMap({ allowsList ? $0 : nil }) ?? [entry] {
            guard case .integer(let number) = value, let id = Int32(exactly: number) else {
                throw wrongType(key, entry, in: file, allowsList ? "a token's id or a list of such" : "a token's id")
            }
            ids.append(id)
        }
        return ids
    }

    /// Returns the ids of a role in `generation_config.json`, else in `config.json`.
    ///
    /// - Throws: ``ModelFileError`` when either file has something else there.
    func configuredIDs(_ key: String) throws(ModelFileError) -> [Int32] {
        // Both are looked at: what is wrong in one is wrong, whichever goes first.
        let allowsList = key == "eos_token_id"
        let general = try ids(key, in: configJSON, of: "config.json", allowsList: allowsList)
        let generation = try generationConfigJSON()
        let own = try ids(key, in: generation, of: "generation_config.json", allowsList: true)
        return generation?[key].map(\.isNull) ?? true ? general : own
    }

    /// Checks `tokenizer_config.json`, or `special_tokens_map.json`, as far as it is read.
    ///
    /// - Throws: ``ModelFileError`` naming the member.
    func checkTypes(of document: JSONValue?, in file: String) throws(ModelFileError) {
        guard let document else { return }
        guard let members = document.object else { throw wrongType(nil, document, in: file, "an object") }
        for role in ["bos", "eos", "unk", "sep", "pad", "cls", "mask"] {
            let key = "\(role)_token"
            if let token = members[key], !token.isNull, !Self.isToken(token) {
                throw wrongType(key, token, in: file, "a token: text, or an object with its content")
            }
        }
        for key in ["additional_special_tokens", "extra_special_tokens"] {
            guard let tokens = members[key], !tokens.isNull else { continue }
            let values = tokens.array ?? tokens.object.map { $0.map(\.value) }
            guard let values, values.allSatisfy({ Self.isToken($0) }) else {
                throw wrongType(key, tokens, in: file, "a list of tokens, or an object of tokens with names")
            }
        }
        if let decoder = members["added_tokens_decoder"] {
            guard let tokens = decoder.object, tokens.allSatisfy({ $0.value.object != nil }) else {
                throw wrongType("added_tokens_decoder", decoder, in: file, "an object of tokens by their ids")
            }
        }
        if let length = members["model_max_length"], !length.isNull, length.double == nil, length.bool == nil {
            throw wrongType("model_max_length", length, in: file, "a number")
        }
        if let template = members["chat_template"], !template.isNull, template.string == nil {
            let named = template.array?.allSatisfy { $0["name"]?.string != nil && $0["template"]?.string != nil }
            guard named ?? template.object?.allSatisfy({ $0.value.string != nil }) ?? false else {
                throw wrongType("chat_template", template, in: file, "a template, or a list of templates with names")
            }
        }
    }

    private static func isToken(_ value: JSONValue) -> Bool {
        value.string != nil || value["content"]?.string != nil
            || value["__type"]?.string == "AddedToken" && value["content"] == nil
    }

    private func wrongType(
        _ key: String?, _ value: JSONValue, in file: String, _ expected: String
    ) -> ModelFileError {
        let path = url.appending(path: file).path(percentEncoded: false)
        let what = key.map { "\($0) is" } ?? "it is"
        return ModelFileError(.invalid, "'\(path)': \(what) \(value.text().prefix(80)), not \(expected).")
    }
}
