internal import OrderedCollections

extension BPETokenizer {
    /// Creates the tokenizer that a `tokenizer.json` of Hugging Face's tokenizers describes.
    ///
    /// `truncation` and `padding` are ways of use, not of the tokenizer, and are not taken over.
    ///
    /// - Parameters:
    ///   - json: the file's content.
    ///   - special: ids with a role, which the file does not say.
    ///   - origin: the file's name, for messages.
    /// - Throws: ``TokenizerError`` naming the part that is wrong, or of a kind that is not supported; none is ignored.
    public init(
        json: JSONValue, special: SpecialTokenIDs = SpecialTokenIDs(), origin: String = "tokenizer.json"
    ) throws(TokenizerError) {
        let reader = TokenizerReader(origin: origin)
        var parts = TokenizerParts(origin: origin)
        guard json.object != nil else { throw reader.malformed("it is not a JSON object") }
        try reader.readModel(json["model"], into: &parts)
        parts.added = try reader.addedTokens(json["added_tokens"])
        parts.normalizer = try reader.normalizer(json["normalizer"])
        parts.pretokenizer = try reader.pretokenizer(json["pre_tokenizer"])
        (parts.prefix, parts.suffix) = try reader.postProcessor(json["post_processor"])
        try reader.checkDecoder(json["decoder"])
        parts.special = special
        try self.init(parts)
    }
}

/// Reads the parts of a `tokenizer.json`.
struct TokenizerReader {
    let origin: String

    func malformed(_ what: String) -> TokenizerError { TokenizerError(.malformed, "\(origin): \(what).") }

    func unsupported(_ what: String) -> TokenizerError {
        TokenizerError(
            .unsupported, "\(origin): \(what) is not supported. Use a model with a byte-level BPE tokenizer.")
    }

    /// The `type` of a component.
    func kind(_ value: JSONValue, _ part: String) throws(TokenizerError) -> String {
        guard let kind = value["type"]?.string else { throw malformed("the \(part) has no type") }
        return kind
    }

    func readModel(_ value: JSONValue?, into parts: inout TokenizerParts) throws(TokenizerError) {
        guard let value, let vocabulary = value["vocab"] else { throw malformed("there is no model with a vocabulary") }
        // Files of old versions do not say the type; only BPE has merges.
        let kind = value["type"]?.string ?? (value["merges"] == nil ? "without type" : "BPE")
        guard kind == "BPE" else { throw unsupported("the model \(kind)") }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let text = value[key]?.string, !text.isEmpty { throw unsupported("the model's \(key) \"\(text)\"") }
        }
        if let dropout = value["dropout"]?.double, dropout != 0 { throw unsupported("the model's dropout \(dropout)") }
        if value["byte_fallback"]?.bool == true { throw unsupported("the model's byte_fallback") }
        guard let members = vocabulary.object else { throw malformed("the vocabulary is not an object") }
        parts.vocabulary.reserveCapacity(members.count)
        for (text, id) in members {
            guard let id = id.int, let id = Int32(exactly: id) else {
                throw malformed("the token \"\(text.prefix(60))\" has no whole number as id")
            }
            parts.vocabulary.append((text, id))
        }
        guard let merges = value["merges"]?.array else { throw malformed("the model has no list of merges") }
        parts.merges.reserveCapacity(merges.count)
        for (index, merge) in merges.enumerated() { parts.merges.append(try pair(merge, index)) }
        parts.unknown = value["unk_token"]?.string
        parts.fusesUnknown = value["fuse_unk"]?.bool ?? false
        parts.ignoresMerges = value["ignore_merges"]?.bool ?? false
    }

    /// A merge, written as `"a b"` or `["a", "b"]`.
    private func pair(_ value: JSONValue, _ index: Int) throws(TokenizerError) -> (String, String) {
        if let both = value.array, both.count == 2, let left = both[0].string, let right = both[1].string {
            return (left, right)
        }
        if let pair = value.string.flatMap(TokenizerReader.pair) { return pair }
        throw malformed("merge \(index + 1) is not a pair of tokens")
    }

    /// The two tokens of a merge written with a space between them.
    static func pair(_ text: String) -> (String, String)? {
        let parts = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        return (String(Substring(parts[0])), String(Substring(parts[1])))
    }

    func addedTokens(_ value: JSONValue?) throws(TokenizerError) -> [AddedToken] {
        guard let value, !value.isNull else { return [] }
        guard let list = value.array else { throw malformed("added_tokens is not a list") }
        var tokens: [AddedToken] = []
        for (index, item) in list.enumerated() {
            guard let id = item["id"]?.int, let id = Int32(exactly: id), let content = item["content"]?.string else {
                throw malformed("added token \(index + 1) has no id or no content")
            }
            tokens.append(
                AddedToken(
                    id: id, content: content, isSpecial: item["special"]?.bool ?? false,
                    stripsLeft: item["lstrip"]?.bool ?? false,
                    stripsRight: item["rstrip"]?.bool ?? false, isSingleWord: item["single_word"]?.bool ?? false,
                    isNormalized: item["normalized"]?.bool ?? false))
        }
        return tokens
    }

    func normalizer(_ value: JSONValue?) throws(TokenizerError) -> Normalizer? {
        guard let value, !value.isNull else { return nil }
        let kind = try kind(value, "normalizer")
        if let form = Normalizer.Form(rawValue: kind) { return .form(form) }
        switch kind {
        case "Sequence":
            guard let list = value["normalizers"]?.array else { throw malformed("the normalizer Sequence has no list") }
            var steps: [Normalizer] = []
            for item in list { if let step = try normalizer(item) { steps.append(step) } }
            return .sequence(steps)
        case "Prepend":
            guard let text = value["prepend"]?.string else { throw malformed("the normalizer Prepend has no text") }
            return .prepend(Array(text.unicodeScalars))
        case "Replace":
            guard let old = value["pattern"]?["String"]?.string, let new = value["content"]?.string else {
                throw unsupported("the normalizer Replace with \(value["pattern"]?.text() ?? "no pattern")")
            }
            return .replace(Array(old.unicodeScalars), with: Array(new.unicodeScalars))
        default: throw unsupported("the normalizer \(kind)")
        }
    }

    /// The ids put before and after a text.
    func postProcessor(_ value: JSONValue?) throws(TokenizerError) -> (prefix: [Int32], suffix: [Int32]) {
        guard let value, !value.isNull else { return ([], []) }
        let kind = try kind(value, "post_processor")
        switch kind {
        case "ByteLevel": return ([], [])
        case "Sequence":
            guard let list = value["processors"]?.array else {
                throw malformed("the post_processor Sequence has no list")
            }
            var prefix: [Int32] = []
            var suffix: [Int32] = []
            for item in list {
                let (before, after) = try postProcessor(item)
                prefix = before + prefix
                suffix += after
            }
            return (prefix, suffix)
        case "TemplateProcessing": return try template(value)
        case "RobertaProcessing", "BertProcessing":
            guard let first = value["cls"]?[1]?.int, let last = value["sep"]?[1]?.int,
                let first = Int32(exactly: first),
                let last = Int32(exactly: last)
            else { throw malformed("the post_processor \(kind) has no ids") }
            return ([first], [last])
        default: throw unsupported("the post_processor \(kind)")
        }
    }

    private func template(_ value: JSONValue) throws(TokenizerError) -> ([Int32], [Int32]) {
        guard let single = value["single"]?.array else {
            throw malformed("the post_processor TemplateProcessing has no single")
        }
        var sides: [[Int32]] = [[], []]
        var side = 0
        for item in single {
            if item["Sequence"] != nil {
                guard side == 0 else { throw unsupported("a post_processor that takes the text twice") }
                side = 1
            } else if let name = item["SpecialToken"]?["id"]?.string,
                let ids = value["special_tokens"]?[name]?["ids"]?.array
            {
                for id in ids {
                    guard let id = id.int, let id = Int32(exactly: id) else {
                        throw malformed("the post_processor's token \"\(name)\" has no id")
                    }
                    sides[side].append(id)
                }
            } else {
                throw malformed("the post_processor TemplateProcessing names a token it does not describe")
            }
        }
        guard side == 1 else { throw unsupported("a post_processor that leaves the text out") }
        return (sides[0], sides[1])
    }

    /// Decoding is that of bytes; a file that asks for another one is refused.
    func checkDecoder(_ value: JSONValue?) throws(TokenizerError) {
        guard let value, !value.isNull else { throw unsupported("a tokenizer without decoder") }
        let kind = try kind(value, "decoder")
        if kind == "Sequence", let list = value["decoders"]?.array, list.count == 1 { return try checkDecoder(list[0]) }
        guard kind == "ByteLevel" else { throw unsupported("the decoder \(kind)") }
    }
}
