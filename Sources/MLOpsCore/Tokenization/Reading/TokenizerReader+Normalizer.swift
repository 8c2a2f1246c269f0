extension TokenizerReader {
    /// The `normalizer` of a `tokenizer.json`.
    func normalizer(_ value: JSONValue?, depth: Int = 0) throws(TokenizerError) -> Normalizer? {
        guard let value, !value.isNull else { return nil }
        let kind = try kind(value, "normalizer")
        if let form = NormalForm(rawValue: kind) { return .form(form) }
        switch kind {
        case "Sequence":
            var steps: [Normalizer] = []
            for item in try list(value, "normalizers", "normalizer", depth: depth) {
                if let step = try normalizer(item, depth: depth + 1) { steps.append(step) }
            }
            return .sequence(steps)
        case "Lowercase": return .lowercase
        case "Strip":
            return .strip(left: value["strip_left"]?.bool ?? true, right: value["strip_right"]?.bool ?? true)
        case "StripAccents": return .stripAccents
        case "Prepend": return .prepend(Array(try text(value, "prepend", "normalizer Prepend").utf8))
        case "Replace":
            let part = "normalizer Replace"
            return .replace(try target(value, part), with: Array(try text(value, "content", part).utf8))
        case "Nmt": return .nmt
        case "ByteLevel": return .byteLevel
        case "Precompiled":
            guard let map = PrecompiledMap(base64: try text(value, "precompiled_charsmap", "normalizer Precompiled"))
            else { throw malformed("the normalizer's precompiled_charsmap is damaged") }
            return .precompiled(map)
        case "BertNormalizer":
            return .bert(
                BertNormalizer(
                    cleansText: value["clean_text"]?.bool ?? true,
                    spacesChinese: value["handle_chinese_chars"]?.bool ?? true,
                    stripsAccents: value["strip_accents"]?.bool, lowercases: value["lowercase"]?.bool ?? true))
        default: throw unsupported("the normalizer \(kind)")
        }
    }
}
