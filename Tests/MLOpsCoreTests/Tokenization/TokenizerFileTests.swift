import Foundation
import MLOpsCore
import Testing

/// What a `tokenizer.json` may hold, and what is refused.
@Suite struct TokenizerFileTests {
    static func tokenizer(_ model: String, _ more: String = "") throws -> PretrainedTokenizer {
        try PretrainedTokenizer(parsing: Array("{\"model\": \(model)\(more)}".utf8))
    }

    static let words = #"{"type": "WordLevel", "vocab": {"a": 0, "b": 1, "[UNK]": 2}, "unk_token": "[UNK]"}"#

    @Test func canonicallyEquivalentTokensAreTwo() throws {
        let model =
            #"{"type": "WordLevel", "vocab": {"\u00e9": 0, "e\u0301": 1, "K": 2, "\u212a": 3}, "unk_token": "K"}"#
        let tokenizer = try Self.tokenizer(model)
        #expect(try tokenizer.encode("\u{E9}") == [0])
        #expect(try tokenizer.encode("e\u{301}") == [1])
        #expect(try tokenizer.encode("\u{212A}") == [3])
        #expect(tokenizer.vocabularySize == 4)
    }

    @Test(arguments: [
        (#""normalizer": {"type": "Shout"}"#, "Shout"), (#""pre_tokenizer": {"type": "Guess"}"#, "Guess"),
        (#""post_processor": {"type": "Wrap"}"#, "Wrap"), (#""decoder": {"type": "Sing"}"#, "Sing"),
        (
            #""pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a)\\g<1>"}, "behavior": "Isolated"}"#,
            "(a)\\g<1>"
        ),
        (#""normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}"#, "precompiled_charsmap"),
        (#""pre_tokenizer": {"type": "FixedLength", "length": 0}"#, "length"),
        (
            #""added_tokens": [{"id": 9, "content": "<x>", "special": true, "lstrip": false, "rstrip": false, "#
                + #""normalized": false, "single_word": false}]"#, "its place makes it 3"
        ),
        (#""decoder": {"type": "Replace", "pattern": {"Regex": "(?:a+)+b"}, "content": ""}"#, "repeats a group"),
    ]) func whatIsNotSupportedIsNamed(part: String, name: String) throws {
        let error = try #require(throws: TokenizerError.self) { try Self.tokenizer(Self.words, ", \(part)") }
        #expect(error.message.contains(name), "\(error.message)")
    }

    @Test(arguments: [
        ("[]", "not a JSON object"), (#"{"model": 1}"#, "no model"), (#"{"model": {"vocab": {"a": "b"}}}"#, "id"),
        (#"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}"#, "merge 1"),
        (#"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a b"]}}"#, "makes a token"),
        (#"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["ab"]}}"#, "not a pair"),
        (#"{"model": {"type": "BPE", "vocab": {"a": 0}}}"#, "merges"),
        (#"{"model": {"type": "Unigram", "vocab": [["a", 0.5]], "unk_id": 7}}"#, "unk_id"),
        (#"{"model": {"type": "Unigram", "vocab": [["a"]]}}"#, "entry 1"),
        (#"{"model": {"type": "WordLevel", "vocab": {"a": 4194304}, "unk_token": "a"}}"#, "out of range"),
        ("{\"model\": {\"vocab\": {\"a\": 0,\n}}}", ":2:1"), (#"{"model": {"vocab": {"a": 0}}"#, ":1:"),
    ]) func whatIsWrongIsNamed(json: String, what: String) throws {
        let error = try #require(throws: TokenizerError.self) { try PretrainedTokenizer(parsing: Array(json.utf8)) }
        #expect(error.message.contains(what), "\(error.message)")
    }

    @Test func everyTruncationIsAnError() throws {
        let json = #"{"added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0, "b\u00e9": 1}, "merges": []}}"#
        let bytes = Array(json.utf8)
        #expect(try PretrainedTokenizer(parsing: bytes).vocabularySize == 2)
        for count in 0..<bytes.count {
            #expect(throws: TokenizerError.self) { try PretrainedTokenizer(parsing: Array(bytes[..<count])) }
        }
    }

    @Test func textThatCannotBeExpressedIsAnError() throws {
        let model = #"{"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "[UNK]"}"#
        let error = try #require(throws: TokenizerError.self) { try Self.tokenizer(model).encode("b") }
        #expect(error.code == .inexpressible)
        #expect(error.message.contains("\"b\""))
    }

    @Test func plainTextNeverBecomesAControlToken() throws {
        let model = #"{"type": "BPE", "vocab": {"<": 0, ">": 1, "<>": 2}, "merges": ["< >"]}"#
        let flags = #""special": true, "lstrip": false, "rstrip": false, "normalized": false, "single_word": false"#
        let added = #", "added_tokens": [{"id": 2, "content": "<>", \#(flags)}], "decoder": {"type": "Fuse"}"#
        let tokenizer = try Self.tokenizer(model, added)
        #expect(try tokenizer.encode("<>") == [2])
        #expect(try tokenizer.encode("<>", EncodingOptions(plainRanges: [0..<2])) == [0, 1])
        #expect(try tokenizer.encode("<>", EncodingOptions(recognisesAddedTokens: false)) == [0, 1])
        #expect(tokenizer.decode([0, 2, 1]) == "<>")
    }

    /// A second template sees two texts where the first one added a token, else one: it may repeat the text or not.
    @Test func templatesInARowAreTheReferences() throws {
        func template(_ single: String) -> String {
            """
            {"type": "TemplateProcessing", "single": [\(single)], "special_tokens": {"a": {"id": "a", "ids": [0], "tokens": ["a"]}},
             "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}]}
            """
        }
        let text = #"{"Sequence": {"id": "A", "type_id": 0}}"#
        let first = template(#"{"SpecialToken": {"id": "a", "type_id": 0}}, \#(text)"#)
        let processors = "[\(first), \(template("\(text), \(text)"))]"
        let tokenizer = try Self.tokenizer(
            Self.words, #", "post_processor": {"type": "Sequence", "processors": \#(processors)}"#)
        #expect(try tokenizer.encode("b", EncodingOptions(addsSpecialTokens: true)) == [0, 1])
        #expect(try tokenizer.encode("b") == [1, 1])
        #expect(try tokenizer.tokens(of: "b", EncodingOptions()).map(\.id) == [1, 1])
    }
}
