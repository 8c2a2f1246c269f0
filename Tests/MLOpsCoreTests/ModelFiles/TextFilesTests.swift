import Foundation
import MLOpsCore
import TestSupport
import Testing

/// The tokenizer and the chat template of directories that hold no weights; `Tests/Interop/test_model_texts.py` compares them with
/// transformers 5.23.0.
@Suite struct TextFilesTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func files() throws -> TextFiles { try TextFiles(contentsOf: folder.url) }

    @Test func aTokenizerAloneIsRead() throws {
        let name = "tokenizer.json"
        try FileManager.default.copyItem(
            at: Fixture.tinyLlama.appending(path: name), to: folder.url.appending(path: name))
        let alone = try ConversationEncoder.tokenizer(of: files()).encode("What is a run?")
        #expect(try alone == ModelFiles(contentsOf: Fixture.tinyLlama).tokenizer()?.encode("What is a run?"))
        let named = try TextFiles(contentsOf: folder.url.appending(path: name))
        #expect(try alone == named.tokenizer()?.encode("What is a run?"))
    }

    @Test func toolsHaveATemplateOfTheirOwn() throws {
        try folder.write(
            #"{"chat_template": [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T"}]}"#,
            to: "tokenizer_config.json")
        #expect(try files().chatTemplate() == "D" && files().chatTemplate(hasTools: true) == "T")
        try folder.write("R", to: "additional_chat_templates/rag.jinja")
        let error = #expect(throws: ModelFileError.self) { try files().chatTemplate() }
        #expect(error?.message.contains("multiple chat templates with no default specified: rag") == true)
        try folder.write("J", to: "chat_template.jinja")
        #expect(try files().chatTemplate(hasTools: true) == "J")
        try folder.write("U", to: "additional_chat_templates/tool_use.jinja")
        #expect(try files().chatTemplate(hasTools: true) == "U" && files().chatTemplate() == "J")
    }

    /// What `AutoTokenizer` and `AutoConfig` of transformers 5.23.0 refuse with a TypeError, or fail with where it is used.
    @Test(arguments: [
        ("tokenizer_config.json", #"{"eos_token": 5}"#, "eos_token is 5"),
        ("tokenizer_config.json", #"{"bos_token": ["a"]}"#, "bos_token is"),
        ("tokenizer_config.json", #"{"pad_token": {"content": 5}}"#, "pad_token is"),
        ("tokenizer_config.json", #"{"model_max_length": "5"}"#, "model_max_length is"),
        ("tokenizer_config.json", #"{"extra_special_tokens": [1]}"#, "extra_special_tokens is"),
        ("tokenizer_config.json", #"{"additional_special_tokens": "x"}"#, "additional_special_tokens is"),
        ("tokenizer_config.json", #"{"added_tokens_decoder": {"1": "b"}}"#, "added_tokens_decoder is"),
        ("tokenizer_config.json", #"{"chat_template": [1]}"#, "chat_template is"),
        ("tokenizer_config.json", "[]", "it is []"),
        ("special_tokens_map.json", #"{"eos_token": true}"#, "eos_token is true"),
        ("config.json", #"{"bos_token_id": "x"}"#, "bos_token_id is"),
        ("config.json", #"{"bos_token_id": [1]}"#, "bos_token_id is"),
        ("config.json", #"{"eos_token_id": [1, "x"]}"#, "eos_token_id is"),
        ("config.json", #"{"eos_token_id": 1.5}"#, "eos_token_id is 1.5"),
        ("generation_config.json", #"{"eos_token_id": {"a": 1}}"#, "eos_token_id is"),
        ("generation_config.json", #"{"eos_token_id": true}"#, "eos_token_id is true"),
    ])
    func wrongTypesAreRefused(file: String, text: String, said: String) throws {
        try folder.write(text, to: file)
        let error = #expect(throws: ModelFileError.self) {
            let files = try files()
            _ = try (files.templateVariables(), files.chatTemplate(), files.eosIDs(), files.bosID())
        }
        #expect(error?.exitStatus == .invalidData)
        #expect(
            error?.message.contains(file) == true && error?.message.contains(said) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("tokenizer_config.json", #"{"eos_token": null, "model_max_length": 1e30, "chat_template": null}"#),
        ("tokenizer_config.json", #"{"eos_token": {"__type": "AddedToken"}, "model_max_length": true}"#),
        ("tokenizer_config.json", #"{"extra_special_tokens": {"a": "b"}, "additional_special_tokens": ["c"]}"#),
        ("config.json", #"{"bos_token_id": -1, "eos_token_id": [1, 2], "pad_token_id": null}"#),
        ("generation_config.json", #"{"eos_token_id": [], "bos_token_id": [1]}"#),
    ])
    func rightTypesAreRead(file: String, text: String) throws {
        try folder.write(text, to: file)
        let files = try files()
        _ = try (files.templateVariables(), files.chatTemplate(), files.eosIDs(), files.bosID())
    }

    @Test func theOlderFileOfSpecialTokensWinsWhereTheNewerListsNone() throws {
        try folder.write(#"{"bos_token": "<s>", "eos_token": "<e>"}"#, to: "tokenizer_config.json")
        try folder.write(#"{"bos_token": {"content": "<b>"}, "eos_token": null}"#, to: "special_tokens_map.json")
        #expect(try files().templateVariables() == ["bos_token": "<b>"])
        try folder.write(#"{"bos_token": "<s>", "added_tokens_decoder": {}}"#, to: "tokenizer_config.json")
        #expect(try files().templateVariables() == ["bos_token": "<s>"])
    }
}
