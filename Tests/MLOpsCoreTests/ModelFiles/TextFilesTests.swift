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

    @Test func theOlderFileOfSpecialTokensWinsWhereTheNewerListsNone() throws {
        try folder.write(#"{"bos_token": "<s>", "eos_token": "<e>"}"#, to: "tokenizer_config.json")
        try folder.write(#"{"bos_token": {"content": "<b>"}, "eos_token": null}"#, to: "special_tokens_map.json")
        #expect(try files().templateVariables() == ["bos_token": "<b>"])
        try folder.write(#"{"bos_token": "<s>", "added_tokens_decoder": {}}"#, to: "tokenizer_config.json")
        #expect(try files().templateVariables() == ["bos_token": "<s>"])
    }
}
