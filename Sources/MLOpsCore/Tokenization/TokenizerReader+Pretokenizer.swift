extension TokenizerReader {
    /// The pre-tokenizer of a `tokenizer.json`.
    ///
    /// The vocabulary is one of bytes, so `ByteLevel` must be there, and last: what follows would see bytes as letters.
    func pretokenizer(_ value: JSONValue?) throws(TokenizerError) -> Pretokenizer {
        guard let value, !value.isNull else { throw unsupported("a tokenizer without pre_tokenizer") }
        var steps: [Pretokenizer] = []
        let kinds = try flatten(value, depth: 0)
        guard kinds.last?["type"]?.string == "ByteLevel" else {
            throw unsupported("a pre_tokenizer that does not end with ByteLevel")
        }
        for (index, item) in kinds.enumerated() {
            let kind = try kind(item, "pre_tokenizer")
            switch kind {
            case "ByteLevel":
                guard index == kinds.count - 1 else { throw unsupported("a pre_tokenizer after ByteLevel") }
                // The defaults are those of the format for keys that are not there.
                if item["add_prefix_space"]?.bool ?? true { steps.append(.prefixSpace) }
                if item["use_regex"]?.bool ?? true {
                    steps.append(.split(.pattern(try Pattern(Pretokenizer.gpt2Pattern)), .isolated, inverted: false))
                }
            case "Digits":
                let isolated = item["individual_digits"]?.bool ?? false
                steps.append(.split(.one(.number), isolated ? .isolated : .contiguous, inverted: false))
            case "Punctuation":
                steps.append(.split(.one(.punctuation), try behavior(item, default: "Isolated"), inverted: false))
            case "WhitespaceSplit": steps.append(.split(.one(.whitespace), .removed, inverted: false))
            case "Split":
                let inverted = item["invert"]?.bool ?? false
                steps.append(.split(try target(item["pattern"]), try behavior(item, default: nil), inverted: inverted))
            default: throw unsupported("the pre_tokenizer \(kind)")
            }
        }
        return .sequence(steps)
    }

    private func flatten(_ value: JSONValue, depth: Int) throws(TokenizerError) -> [JSONValue] {
        guard try kind(value, "pre_tokenizer") == "Sequence" else { return [value] }
        guard depth < 20, let list = value["pretokenizers"]?.array else {
            throw malformed("the pre_tokenizer Sequence has no list, or nests too deep")
        }
        var flat: [JSONValue] = []
        for item in list { flat += try flatten(item, depth: depth + 1) }
        return flat
    }

    private func behavior(_ value: JSONValue, default name: String?) throws(TokenizerError) -> Pretokenizer.Behavior {
        guard let name = value["behavior"]?.string ?? name else { throw malformed("a pre_tokenizer has no behavior") }
        guard let behavior = Pretokenizer.Behavior(rawValue: name) else {
            throw unsupported("the pre_tokenizer's behavior \(name)")
        }
        return behavior
    }

    private func target(_ value: JSONValue?) throws(TokenizerError) -> Pretokenizer.Target {
        if let text = value?["Regex"]?.string {
            do {
                return .pattern(try Pattern(text))
            } catch {
                throw TokenizerError(error.code, "\(origin): \(error.message)")
            }
        }
        if let text = value?["String"]?.string { return .text(Array(text.unicodeScalars)) }
        throw unsupported("the pre_tokenizer Split with \(value?.text() ?? "no pattern")")
    }
}
