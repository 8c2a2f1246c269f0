extension TokenizerReader {
    /// The `post_processor` of a `tokenizer.json`.
    func postProcessor(_ value: JSONValue?, depth: Int = 0) throws(TokenizerError) -> PostProcessor? {
        guard let value, !value.isNull else { return nil }
        let kind = try kind(value, "post_processor")
        switch kind {
        case "ByteLevel": return nil  // It only changes offsets.
        case "Sequence":
            var steps: [PostProcessor] = []
            for item in try list(value, "processors", "post_processor", depth: depth) {
                if let step = try postProcessor(item, depth: depth + 1) { steps.append(step) }
            }
            return .sequence(steps)
        case "TemplateProcessing":
            return .template(single: try template(value, "single"), pair: try template(value, "pair"))
        case "RobertaProcessing", "BertProcessing":
            guard let first = value["cls"]?[1]?.int, let last = value["sep"]?[1]?.int,
                let first = Int32(exactly: first),
                let last = Int32(exactly: last)
            else { throw malformed("the post_processor \(kind) has no ids") }
            return .around(first: first, last: last, repeatsLast: kind == "RobertaProcessing")
        default: throw unsupported("the post_processor \(kind)")
        }
    }

    private func template(_ value: JSONValue, _ key: String) throws(TokenizerError) -> [PostProcessor.Part] {
        guard let items = value[key]?.array else {
            throw malformed("the post_processor TemplateProcessing has no \(key)")
        }
        var parts: [PostProcessor.Part] = []
        for item in items {
            if let sequence = item["Sequence"]?["id"]?.string {
                guard sequence == "A" || sequence == "B" else {
                    throw malformed("the post_processor TemplateProcessing has a text \"\(sequence.prefix(60))\"")
                }
                parts.append(.text(sequence == "A" ? 0 : 1))
            } else if let name = item["SpecialToken"]?["id"]?.string,
                let list = value["special_tokens"]?[name]?["ids"]?.array
            {
                var ids: [Int32] = []
                for id in list {
                    guard let id = id.int, let id = Int32(exactly: id) else {
                        throw malformed("the post_processor's token \"\(name.prefix(60))\" has no id")
                    }
                    ids.append(id)
                }
                parts.append(.tokens(ids))
            } else {
                throw malformed("the post_processor TemplateProcessing names a token it does not describe")
            }
        }
        return parts
    }
}
