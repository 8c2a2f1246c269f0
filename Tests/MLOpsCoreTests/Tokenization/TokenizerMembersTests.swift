import Foundation
import MLOpsCore
import Testing

/// The members of a `tokenizer.json`'s components: what tokenizers 0.23.3 (`Tokenizer.from_str`) accepts and refuses.
///
/// `Tests/Interop/test_tokenizer_files.py` compares random mutations of such files.
@Suite struct TokenizerMembersTests {
    private static let accepted = [
        #""normalizer": {"strip_left": true, "strip_right": false}"#,
        #""normalizer": {"type": "Foo", "pattern": {"String": "a"}, "content": "b"}"#,
        #""normalizer": {"clean_text": true, "handle_chinese_chars": true, "lowercase": true}"#,
        #""normalizer": {"type": 5, "normalizers": [{"type": "NFC"}]}"#,
        #""pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}"#,
        #""pre_tokenizer": {"type": "Metaspace", "replacement": "_", "str_rep": null, "split": null}"#,
        #""pre_tokenizer": {"type": "Punctuation"}"#, #""pre_tokenizer": {"type": "FixedLength"}"#,
        #""post_processor": {"sep": ["a", 0], "cls": ["b", 1]}"#,
        #""post_processor": {"type": "RobertaProcessing", "sep": ["a", 0], "cls": ["b", 1], "trim_offsets": 1}"#,
        #""decoder": {"suffix": "</w>"}"#, #""decoder": {"prefix": "P", "cleanup": true}"#,
        #""decoder": {"content": " ", "start": 1, "stop": 0}"#,
        #""truncation": {"max_length": 4, "strategy": "LongestFirst", "stride": 0}"#,
        #""padding": {"strategy": {"Fixed": 3}, "direction": "Left", "pad_id": 0, "pad_type_id": 0, "pad_token": ""}"#,
        #""version": "1.0""#, #""added_tokens": []"#,
        #""normalizer": [true, false]"#, #""normalizer": [true, false, null, true]"#, #""normalizer": ["NFC"]"#,
        #""normalizer": [[["x"], {"type": "NFC"}]]"#, #""normalizer": [{"String": "a"}, "b"]"#,
        #""pre_tokenizer": ["Whitespace"]"#, #""pre_tokenizer": ["Split", {"String": "a"}, "Removed", false]"#,
        #""post_processor": [["a", 0], ["b", 1]]"#, #""post_processor": [["a", 0], ["b", 1], true, true]"#,
        #""post_processor": [[{"Sequence": ["A", 0]}], [{"SpecialToken": ["b", 0]}], {"b": ["b", [1], ["b"]]}]"#,
        #""decoder": ["</w>"]"#, #""decoder": ["P", true]"#, #""decoder": ["[P]", "|", true]"#,
        #""decoder": ["a", 1, 0]"#, #""truncation": ["Right", 1, "LongestFirst", 0]"#,
        #""padding": [{"BatchLongest": null}, "Right", null, 0, 0, "[PAD]"]"#,
    ]

    private static let refused = [
        (#""normalizer": {"type": "Strip", "strip_left": true}"#, "strip_right"),
        (#""normalizer": {"type": "BertNormalizer", "clean_text": 1}"#, "clean_text"),
        (#""normalizer": {"type": "Sequence", "normalizers": [null]}"#, "null"),
        (#""normalizer": []"#, "list"), (#""normalizer": [true]"#, "list"), (#""normalizer": ["NFC", "x"]"#, "list"),
        (#""pre_tokenizer": [true]"#, "list"), (#""pre_tokenizer": ["Digits", true]"#, "list"),
        (#""pre_tokenizer": [1]"#, "list"),
        (#""pre_tokenizer": [[]]"#, "list"),
        (#""post_processor": ["Sequence", []]"#, "list"), (#""decoder": ["Fuse", "x"]"#, "list"),
        (#""decoder": []"#, "list"), (#""truncation": ["Right", 1, "LongestFirst"]"#, "strategy"),
        (#""normalizer": "NFC""#, "no object"), (#""normalizer": {}"#, "no type"),
        (#""pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}"#, "trim_offsets"),
        (#""pre_tokenizer": {"type": "Digits"}"#, "individual_digits"),
        (
            #""pre_tokenizer": {"type": "Split", "pattern": {"String": "a"}, "behavior": "removed", "invert": false}"#,
            "removed"
        ),
        (#""pre_tokenizer": {"type": "Split", "pattern": {"String": "a", "Regex": "b"}}"#, "neither"),
        (#""pre_tokenizer": {"type": "Metaspace", "replacement": "_", "prepend_scheme": null}"#, "prepend_scheme"),
        (#""pre_tokenizer": {"pretokenizers": []}"#, "no type"),
        (#""post_processor": {"type": "ByteLevel", "add_prefix_space": true}"#, "trim_offsets"),
        (#""post_processor": {"type": "BertProcessing", "sep": ["a", 0, 1], "cls": ["b", 1]}"#, "sep"),
        (#""post_processor": {"type": "TemplateProcessing", "single": [], "pair": []}"#, "special_tokens"),
        (#""decoder": {"type": "WordPiece", "prefix": "P"}"#, "cleanup"), (#""decoder": {"decoders": []}"#, "no type"),
        (#""truncation": {"max_length": 4, "strategy": "LongestFirst"}"#, "stride"), (#""padding": 1"#, "strategy"),
        (#""version": "2.0""#, "2.0"), (#""added_tokens": null"#, "added_tokens"), (#""zz": 1"#, "zz"),
        (#""added_tokens": [{"id": 0, "content": "a", "special": true}]"#, "lstrip"),
    ]

    @Test(arguments: accepted) func whatTokenizersReadsIsRead(part: String) throws {
        _ = try TokenizerFileTests.tokenizer(TokenizerFileTests.words, ", \(part)")
    }

    @Test(arguments: refused) func whatTokenizersRefusesIsRefused(part: String, name: String) throws {
        let error = try #require(throws: TokenizerError.self) {
            try TokenizerFileTests.tokenizer(TokenizerFileTests.words, ", \(part)")
        }
        #expect(error.message.contains(name), "\(error.message)")
    }

    @Test(arguments: [
        (#"{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b", ["a", "b"]]}"#, "merge 2"),
        (#"{"type": "BPE", "vocab": {}, "merges": [], "dropout": 2}"#, "dropout"),
        (#"{"type": "BPE", "vocab": {}, "merges": [], "fuse_unk": 1}"#, "fuse_unk"),
        (#"{"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "a", "continuing_subword_prefix": "P"}"#, "max_input"),
        (#"{"type": "WordLevel", "vocab": {"a": 0}}"#, "unk_token"),
        (#"{"type": "WordLevel", "vocab": {"a": 1.0}, "unk_token": "a"}"#, "id"),
        (#"{"type": "Unigram", "vocab": [["a", 0, 1]]}"#, "entry 1"),
        (#"{"type": "Unigram", "vocab": [["a", 0]], "byte_fallback": null}"#, "byte_fallback"),
        (#"{"type": 5}"#, "model"),
    ]) func modelsHaveTheirMembers(model: String, name: String) throws {
        let error = try #require(throws: TokenizerError.self) { try TokenizerFileTests.tokenizer(model) }
        #expect(error.message.contains(name), "\(error.message)")
    }

    @Test func linesOfVersionsAreNoMerges() throws {
        let model = ##"{"vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["#version: 0.2", "a b"]}"##
        #expect(try TokenizerFileTests.tokenizer(model).encode("ab") == [2])
    }
}
