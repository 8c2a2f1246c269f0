internal import OrderedCollections

/// The tokens and merges that ``BPETrainer`` found, as the files of a model write them.
public struct LearnedVocabulary: Sendable {
    /// The tokens by id, written in the byte alphabet; special ones as they are.
    public let tokens: [String]
    /// The tokens that stand for no text.
    public let specialTokens: [String]
    /// The merges, the first learned first, each the ids of a left and a right token.
    public let merges: [(left: Int32, right: Int32)]

    /// Takes over what was learned.
    init(tokens: [String], specialTokens: [String], merges: [(left: Int32, right: Int32)]) {
        self.tokens = tokens
        self.specialTokens = specialTokens
        self.merges = merges
    }

    /// What a `tokenizer.json` holds: the members, their order and their layout are those of Hugging Face's tokenizers.
    public var tokenizerJSON: JSONValue {
        let added = specialTokens.enumerated().map { id, token -> JSONValue in
            [
                "id": .integer(Int64(id)), "content": .string(token), "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true,
            ]
        }
        var vocabulary: JSONObject = [:]
        for (id, token) in tokens.enumerated() { vocabulary[token] = .integer(Int64(id)) }
        let pairs = merges.map { merge -> JSONValue in
            [.string(tokens[Int(merge.left)]), .string(tokens[Int(merge.right)])]
        }
        return [
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added), "normalizer": nil,
            "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true],
            "post_processor": nil,
            "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
                "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": .object(vocabulary), "merges": .array(pairs),
            ],
        ]
    }
}
