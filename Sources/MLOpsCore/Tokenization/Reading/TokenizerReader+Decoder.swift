extension TokenizerReader {
    /// The `decoder` of a `tokenizer.json`.
    func decoder(_ value: JSONValue?) throws(TokenizerError) -> TokenDecoder {
        guard let value, !value.isNull else { return .spaced }
        return TokenDecoder(try decodingSteps(value, depth: 0))
    }

    private func decodingSteps(_ value: JSONValue, depth: Int) throws(TokenizerError) -> [DecodingStep] {
        if let values = value.array {
            return try listed(values, "decoder", Listed.decoders) { object throws(TokenizerError) in
                try decodingSteps(object, depth: depth)
            }
        }
        return try component(
            value, "decoder", kinds: ["ByteLevel", "Metaspace", "Sequence", "Fuse", "ByteFallback"],
            shapes: ["BPEDecoder", "WordPiece", "CTC", "Replace", "Strip"]
        ) { kind throws(TokenizerError) in try decodingSteps(value, kind, depth: depth) }
    }

    private func decodingSteps(
        _ value: JSONValue, _ kind: String, depth: Int
    ) throws(TokenizerError) -> [DecodingStep] {
        let part = "decoder \(kind)"
        switch kind {
        case "Sequence":
            var steps: [DecodingStep] = []
            for item in try list(value, "decoders", "decoder", depth: depth) {
                steps += try decodingSteps(item, depth: depth + 1)
            }
            return steps
        case "ByteLevel":
            for key in ["add_prefix_space", "trim_offsets"] { _ = try flag(value, key, part) }
            _ = try flag(value, "use_regex", part, default: true)
            return [.byteLevel]
        case "ByteFallback": return [.byteFallback]
        case "Fuse": return [.fuse]
        case "Strip":
            let range = 0...Int(Int32.max)
            return [
                .strip(
                    try character(value, "content", part), start: try number(value, "start", part, in: range),
                    stop: try number(value, "stop", part, in: range))
            ]
        case "Replace":
            let target = try target(value, part)
            if case .pattern(let pattern) = target, pattern.repeatsGroups {
                throw unsupported("the \(part) with a pattern that repeats a group (\(pattern.source.prefix(100)))")
            }
            return [.replace(target, with: Array(try text(value, "content", part).utf8))]
        case "Metaspace":
            let mark = try character(value, "replacement", part)
            _ = try splits(value, part)
            return [.metaspace(mark, dropsFirst: try prefix(value, part) != .never)]
        case "WordPiece":
            return [
                .wordPiece(
                    prefix: Array(try text(value, "prefix", part).utf8), cleansUp: try flag(value, "cleanup", part))
            ]
        case "BPEDecoder": return [.endOfWord(Array(try text(value, "suffix", part).utf8))]
        case "CTC":
            return [
                .ctc(
                    padding: Array(try text(value, "pad_token", part).utf8),
                    delimiter: Array(try text(value, "word_delimiter_token", part).utf8),
                    cleansUp: try flag(value, "cleanup", part))
            ]
        default: throw unsupported("the \(part)")
        }
    }
}
