internal import OrderedCollections

/// Components written as lists of their members' values, which tokenizers reads as it reads objects.
extension TokenizerReader {
    /// The kinds of components that may be lists, in the order in which tokenizers tries them, with their members.
    enum Listed {
        static let normalizers: [(kind: String, members: [String])] =
            [
                ("BertNormalizer", ["clean_text", "handle_chinese_chars", "strip_accents", "lowercase"]),
                ("Strip", ["strip_left", "strip_right"]), ("Sequence", ["normalizers"]),
            ] + ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt"].map { ($0, ["type"]) } + [
                ("Precompiled", ["precompiled_charsmap"]), ("Replace", ["pattern", "content"]),
                ("Prepend", ["prepend"]),
            ]
        static let pretokenizers: [(kind: String, members: [String])] =
            ["Whitespace", "WhitespaceSplit", "BertPreTokenizer", "UnicodeScripts"].map { ($0, ["type"]) }
            + [("Split", ["type", "pattern", "behavior", "invert"])]
        static let postProcessors: [(kind: String, members: [String])] = [
            ("RobertaProcessing", ["sep", "cls", "trim_offsets", "add_prefix_space"]),
            ("BertProcessing", ["sep", "cls"]), ("TemplateProcessing", ["single", "pair", "special_tokens"]),
        ]
        static let decoders: [(kind: String, members: [String])] = [
            ("BPEDecoder", ["suffix"]), ("WordPiece", ["prefix", "cleanup"]),
            ("CTC", ["pad_token", "word_delimiter_token", "cleanup"]), ("Replace", ["pattern", "content"]),
            ("Strip", ["content", "start", "stop"]),
        ]
    }

    /// Reads the list `values` as the first kind whose members it has.
    ///
    /// - Parameter read: reads an object.
    /// - Throws: ``TokenizerError`` when it is none.
    func listed<Component>(
        _ values: [JSONValue], _ part: String, _ kinds: [(kind: String, members: [String])],
        _ read: (JSONValue) throws(TokenizerError) -> Component
    ) throws(TokenizerError) -> Component {
        for (kind, members) in kinds {
            guard let object = Self.object(values, members), object["type"] == nil || object["type"]?.string == kind
            else { continue }
            var named = object.object ?? [:]
            named["type"] = .string(kind)
            if let component = try? read(.object(named)) { return component }
        }
        throw malformed("the \(part) is a list, and its values fit no kind")
    }

    /// The object that a list of the values of `members` stands for; nil when there are more or fewer.
    static func object(_ values: [JSONValue], _ members: [String]) -> JSONValue? {
        guard values.count == members.count else { return nil }
        return .object(JSONObject(uniqueKeysWithValues: zip(members, values)))
    }

    /// `value`, or the object that it stands for when it is a list of the values of `members`.
    func unlisted(_ value: JSONValue, _ members: String...) -> JSONValue {
        value.array.flatMap { Self.object($0, members) } ?? value
    }
}
