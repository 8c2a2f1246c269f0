extension TokenizerReader {
    /// The `pre_tokenizer` of a `tokenizer.json`.
    func pretokenizer(_ value: JSONValue?, depth: Int = 0) throws(TokenizerError) -> Pretokenizer? {
        guard let value, !value.isNull else { return nil }
        let kind = try kind(value, "pre_tokenizer")
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
            // The defaults are those of the format for keys that are not there.
            if value["add_prefix_space"]?.bool ?? true { steps.append(.prefixSpace) }
            if value["use_regex"]?.bool ?? true {
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
            let isolated = value["individual_digits"]?.bool ?? false
            return .split(.one(.number), isolated ? .isolated : .contiguous, inverted: false)
        case "Punctuation":
            return .split(.one(.punctuation), try behavior(value, default: "Isolated"), inverted: false)
        case "CharDelimiterSplit":
            return .split(.text(try character(value, "delimiter", part)), .removed, inverted: false)
        case "UnicodeScripts": return .scripts
        case "FixedLength":
            let length = value["length"] == nil ? 5 : try number(value, "length", part, in: 1...Int(Int32.max))
            return .fixedLength(length)
        case "Metaspace": return .metaspace(try metaspace(value, part))
        case "Split":
            return .split(
                try target(value, part), try behavior(value, default: nil), inverted: value["invert"]?.bool ?? false)
        default: throw unsupported("the \(part)")
        }
    }

    private func metaspace(_ value: JSONValue, _ part: String) throws(TokenizerError) -> Metaspace {
        Metaspace(
            replacement: try character(value, "replacement", part), prefix: try prefix(value, part),
            splits: value["split"]?.bool ?? true)
    }

    /// When a text gets a mark in front; files of old versions say only whether.
    func prefix(_ value: JSONValue, _ part: String) throws(TokenizerError) -> Metaspace.Prefix {
        let name = value["prepend_scheme"]?.string ?? "always"
        guard let prefix = Metaspace.Prefix(rawValue: name) else { throw unsupported("the \(part)'s scheme \(name)") }
        if value["add_prefix_space"]?.bool == false, prefix != .never {
            throw malformed("the \(part)'s add_prefix_space contradicts its prepend_scheme \"\(name)\"")
        }
        return prefix
    }

    private func behavior(_ value: JSONValue, default name: String?) throws(TokenizerError) -> SplitBehavior {
        guard let name = value["behavior"]?.string ?? name else { throw malformed("a pre_tokenizer has no behavior") }
        guard let behavior = SplitBehavior(rawValue: name) else {
            throw unsupported("the pre_tokenizer's behavior \(name)")
        }
        return behavior
    }
}
