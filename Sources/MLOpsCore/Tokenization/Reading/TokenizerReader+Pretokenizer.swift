extension TokenizerReader {
    /// The `pre_tokenizer` of a `tokenizer.json`.
    func pretokenizer(_ value: JSONValue?, depth: Int = 0) throws(TokenizerError) -> Pretokenizer? {
        guard let value, !value.isNull else { return nil }
        if let values = value.array {
            return try listed(values, "pre_tokenizer", Listed.pretokenizers) { object throws(TokenizerError) in
                try pretokenizer(object, depth: depth)
            }
        }
        let kinds = [
            "Sequence", "ByteLevel", "Whitespace", "WhitespaceSplit", "BertPreTokenizer", "Digits", "Punctuation",
            "CharDelimiterSplit", "UnicodeScripts", "FixedLength", "Metaspace", "Split",
        ]
        return try component(value, "pre_tokenizer", kinds: kinds, shapes: []) { kind throws(TokenizerError) in
            try pretokenizer(value, kind, depth: depth)
        }
    }

    private func pretokenizer(
        _ value: JSONValue, _ kind: String, depth: Int
    ) throws(TokenizerError) -> Pretokenizer {
        let part = "pre_tokenizer \(kind)"
        switch kind {
        case "Sequence":
            var steps: [Pretokenizer] = []
            for item in try list(value, "pretokenizers", "pre_tokenizer", depth: depth) {
                if let step = try pretokenizer(item, depth: depth + 1) { steps += step.flattened }
            }
            return .sequence(steps)
        case "ByteLevel":
            var steps: [Pretokenizer] = []
            _ = try flag(value, "trim_offsets", part)
            if try flag(value, "add_prefix_space", part) { steps.append(.prefixSpace) }
            if try flag(value, "use_regex", part, default: true) {
                steps.append(.split(.pattern(try Pattern(Pretokenizer.gpt2Pattern)), .isolated, inverted: false))
            }
            return .sequence(steps + [.byteAlphabet])
        case "Whitespace": return .words
        case "WhitespaceSplit": return .split(.one(.whitespace), .removed, inverted: false)
        case "BertPreTokenizer":
            return .sequence([
                .split(.one(.whitespace), .removed, inverted: false),
                .split(.one(.punctuation), .isolated, inverted: false),
            ])
        case "Digits":
            let isolated = try flag(value, "individual_digits", part)
            return .split(.one(.number), isolated ? .isolated : .contiguous, inverted: false)
        case "Punctuation":
            return .split(.one(.punctuation), try behavior(value, part, default: "Isolated"), inverted: false)
        case "CharDelimiterSplit":
            return .split(.text(try character(value, "delimiter", part)), .removed, inverted: false)
        case "UnicodeScripts": return .scripts
        case "FixedLength":
            let length = value["length"] == nil ? 5 : try number(value, "length", part, in: 1...Int(Int32.max))
            return .fixedLength(length)
        case "Metaspace": return .metaspace(try metaspace(value, part))
        case "Split":
            return .split(
                try target(value, part), try behavior(value, part), inverted: try flag(value, "invert", part))
        default: throw unsupported("the \(part)")
        }
    }

    private func metaspace(_ value: JSONValue, _ part: String) throws(TokenizerError) -> Metaspace {
        Metaspace(
            replacement: try character(value, "replacement", part), prefix: try prefix(value, part),
            splits: try splits(value, part))
    }

    /// When a text gets a mark in front; files of old versions say only whether.
    func prefix(_ value: JSONValue, _ part: String) throws(TokenizerError) -> Metaspace.Prefix {
        let name = try word(
            value, "prepend_scheme", part, of: Metaspace.Prefix.allCases.map(\.rawValue), default: "always")
        let prefix = Metaspace.Prefix(rawValue: name) ?? .always
        if try optionalFlag(value, "add_prefix_space", part) == false, prefix != .never {
            throw malformed("the \(part)'s add_prefix_space contradicts its prepend_scheme \"\(name)\"")
        }
        return prefix
    }

    /// Whether text is divided at the marks; the mark's old name is only read.
    func splits(_ value: JSONValue, _ part: String) throws(TokenizerError) -> Bool {
        _ = try optionalText(value, "str_rep", part)
        return try optionalFlag(value, "split", part) ?? true
    }

    private func behavior(
        _ value: JSONValue, _ part: String, default absent: String? = nil
    ) throws(TokenizerError) -> SplitBehavior {
        let words = SplitBehavior.allCases.map(\.rawValue)
        return SplitBehavior(rawValue: try word(value, "behavior", part, of: words, default: absent)) ?? .isolated
    }
}
