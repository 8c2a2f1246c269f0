extension TokenizerReader {
    /// The `normalizer` of a `tokenizer.json`.
    func normalizer(_ value: JSONValue?, depth: Int = 0) throws(TokenizerError) -> Normalizer? {
        guard let value, !value.isNull else { return nil }
        if let values = value.array {
            guard depth < Self.maximumDepth else { throw malformed("the normalizer nests too deep") }
            return try listed(values, "normalizer", Listed.normalizers) { object throws(TokenizerError) in
                try normalizer(object, depth: depth)
            }
        }
        return try component(
            value, "normalizer",
            kinds: ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel"],
            shapes: ["BertNormalizer", "Strip", "Sequence", "Precompiled", "Replace", "Prepend"]
        ) { kind throws(TokenizerError) in try normalizer(value, kind, depth: depth) }
    }

    private func normalizer(
        _ value: JSONValue, _ kind: String, depth: Int
    ) throws(TokenizerError) -> Normalizer {
        if let form = NormalForm(rawValue: kind) { return .form(form) }
        let part = "normalizer \(kind)"
        switch kind {
        case "Sequence":
            var steps: [Normalizer] = []
            for item in try list(value, "normalizers", "normalizer", depth: depth) {
                if let step = try normalizer(item, depth: depth + 1) { steps.append(step) }
            }
            return .sequence(steps)
        case "Lowercase": return .lowercase
        case "Strip":
            return .strip(left: try flag(value, "strip_left", part), right: try flag(value, "strip_right", part))
        case "StripAccents": return .stripAccents
        case "Prepend": return .prepend(Array(try text(value, "prepend", part).utf8))
        case "Replace":
            return .replace(try target(value, part), with: Array(try text(value, "content", part).utf8))
        case "Nmt": return .nmt
        case "ByteLevel": return .byteLevel
        case "Precompiled":
            guard let map = PrecompiledMap(base64: try text(value, "precompiled_charsmap", part)) else {
                throw malformed("the normalizer's precompiled_charsmap is damaged")
            }
            return .precompiled(map)
        case "BertNormalizer":
            return .bert(
                BertNormalizer(
                    cleansText: try flag(value, "clean_text", part),
                    spacesChinese: try flag(value, "handle_chinese_chars", part),
                    stripsAccents: try optionalFlag(value, "strip_accents", part),
                    lowercases: try flag(value, "lowercase", part)))
        default: throw unsupported("the \(part)")
        }
    }
}
