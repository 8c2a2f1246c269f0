extension TokenizerReader {
    /// The `post_processor` of a `tokenizer.json`.
    ///
    /// Of these, tokenizers looks at the members first: what has the tokens of RobertaProcessing is one, whatever its type.
    func postProcessor(_ value: JSONValue?, depth: Int = 0) throws(TokenizerError) -> PostProcessor? {
        guard let value, !value.isNull else { return nil }
        if let values = value.array {
            return try listed(values, "post_processor", Listed.postProcessors) { object throws(TokenizerError) in
                try postProcessor(object, depth: depth)
            }
        }
        guard value.object != nil else { throw malformed("the post_processor is no object") }
        let type = value["type"]?.string
        for kind in ["RobertaProcessing", "BertProcessing"] where type != kind {
            if let around = try? around(value, kind) { return around }
        }
        switch type {
        case "ByteLevel":
            let part = "post_processor ByteLevel"
            for key in ["add_prefix_space", "trim_offsets"] { _ = try flag(value, key, part) }
            _ = try flag(value, "use_regex", part, default: true)
            return nil  // It only changes offsets.
        case "Sequence":
            var steps: [PostProcessor] = []
            for item in try list(value, "processors", "post_processor", depth: depth) {
                if let step = try postProcessor(item, depth: depth + 1) { steps.append(step) }
            }
            return .sequence(steps)
        case "RobertaProcessing", "BertProcessing": return try around(value, type ?? "")
        case "TemplateProcessing": return try templates(value)
        case let type:
            if let templates = try? templates(value) { return templates }
            if let type { throw unsupported("the post_processor \(type.prefix(60))") }
            throw malformed("the post_processor has no type, and its members fit no kind")
        }
    }

    /// A token before the text and one after it.
    private func around(_ value: JSONValue, _ kind: String) throws(TokenizerError) -> PostProcessor {
        let isRoberta = kind == "RobertaProcessing"
        func token(_ key: String) throws(TokenizerError) -> Int32 {
            let pair = value[key]
            guard pair?.array?.count == 2, pair?[0]?.string != nil, let id = id(pair?[1]) else {
                throw malformed("the post_processor \(kind)'s \(key) is not a token and its id")
            }
            return id
        }
        if isRoberta {
            for key in ["trim_offsets", "add_prefix_space"] { _ = try flag(value, key, "post_processor \(kind)") }
        }
        return .around(first: try token("cls"), last: try token("sep"), repeatsLast: isRoberta)
    }

    private func templates(_ value: JSONValue) throws(TokenizerError) -> PostProcessor {
        guard let special = value["special_tokens"]?.object else {
            throw malformed("the post_processor TemplateProcessing has no special_tokens")
        }
        var tokens: [String: [Int32]] = [:]
        for (name, written) in special {
            let token = unlisted(written, "id", "ids", "tokens")
            let part = "post_processor's token \"\(name.prefix(60))\""
            _ = try text(token, "id", part)
            guard let ids = token["ids"]?.array, let texts = token["tokens"]?.array,
                texts.allSatisfy({ $0.string != nil })
            else { throw malformed("the \(part) has no ids or no tokens") }
            tokens[name] = []
            for id in ids {
                guard let id = self.id(id) else { throw malformed("the \(part) has no id") }
                tokens[name]?.append(id)
            }
        }
        return .template(single: try template(value, "single", tokens), pair: try template(value, "pair", tokens))
    }

    private func template(
        _ value: JSONValue, _ key: String, _ tokens: [String: [Int32]]
    ) throws(TokenizerError) -> [PostProcessor.Part] {
        let part = "post_processor TemplateProcessing"
        guard let items = value[key]?.array else { throw malformed("the \(part) has no \(key)") }
        var parts: [PostProcessor.Part] = []
        for item in items {
            guard item.object?.count == 1, let written = item["Sequence"] ?? item["SpecialToken"] else {
                throw malformed("a part of the \(part) is neither a Sequence nor a SpecialToken")
            }
            let content = unlisted(written, "id", "type_id")
            _ = try number(content, "type_id", part, in: 0...Int(UInt32.max))
            guard item["SpecialToken"] != nil else {
                parts.append(.text(try word(content, "id", part, of: ["A", "B"]) == "A" ? 0 : 1))
                continue
            }
            guard let ids = tokens[try text(content, "id", part)] else {
                throw malformed("the \(part) names a token it does not describe")
            }
            parts.append(.tokens(ids))
        }
        return parts
    }
}
