import Foundation
import MLOpsCore
import TestSupport
import Testing

/// Rows that are a text, all of which is learned.
@Suite struct TextRowTests {
    private static func file(_ lines: String...) throws -> (URL, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        return (try directory.write(lines.joined(separator: "\n"), to: "rows.jsonl"), directory)
    }

    @Test func aTextIsReadAsOne() throws {
        let (file, directory) = try Self.file(#"{"text":"Once upon a time."}"#, #"{"text":"The end.","id":3}"#)
        defer { withExtendedLifetime(directory) {} }
        let dataset = try Dataset(contentsOf: file)
        #expect(dataset.conversations.map(\.kind) == [.text, .text])
        #expect(dataset.conversations[0].answer == "Once upon a time." && dataset.conversations[0].prompt.isEmpty)
        #expect(dataset.questions.isEmpty)
        #expect(dataset.report.shapes == [.text: 2] && dataset.report.roles.isEmpty)
        #expect(dataset.report.answerCharacters.total == 25 && dataset.report.findings.listed.isEmpty)
        #expect(try Dataset(contentsOf: file, format: .text).rows == dataset.rows)
        #expect(throws: DatasetError.self) { try Dataset(contentsOf: file, format: .messages) }
    }

    @Test func aConversationBesideItsTextIsAConversation() throws {
        let (file, directory) = try Self.file(#"{"instruction":"Add.","output":"Done.","text":"Add. Done."}"#)
        defer { withExtendedLifetime(directory) {} }
        let dataset = try Dataset(contentsOf: file)
        #expect(dataset.report.shapes == [.instruction: 1] && dataset.report.findings.listed.isEmpty)
        #expect(try Dataset(contentsOf: file, format: .text).report.shapes == [.text: 1])
    }

    @Test(
        arguments: [
            (#"{"text":" \n"}"#, DataFinding.Kind.emptyContent), (#"{"text":["a"]}"#, .wrongType),
            (#"{"text":null}"#, .wrongType),
        ])
    func whatSaysNothingIsAnError(line: String, kind: DataFinding.Kind) throws {
        let (file, directory) = try Self.file(line)
        defer { withExtendedLifetime(directory) {} }
        let report = try DatasetReader().scan([file.path]).report
        #expect(report.findings.listed.map(\.kind) == [kind] && report.rowCount == 0)
    }

    @Test func sameTextsAreFoundAndNoneContradictsAnother() throws {
        let (file, directory) = try Self.file(
            #"{"text":"One text."}"#, #"{"text":"Another text."}"#, #"{"text":"One text."}"#, #"{"text":"one  text."}"#)
        let check = try DatasetCheck([file.path])
        #expect(check.report.findings.listed.map { "\($0.origin.line) \($0.kind.rawValue)" } == ["3 duplicate"])
        #expect(check.report.distinctPromptCount == 2)
        let tests = try directory.write(
            #"{"text":"ANOTHER text."}"# + "\n" + #"{"text":"New."}"# + "\n", to: "tests.jsonl")
        let leaks = try DatasetCheck([file.path], against: [tests.path]).testReport?.findings.listed
        #expect(leaks?.map { "\($0.origin.line) \($0.kind.rawValue)" } == ["1 leak"])
    }

    @Test func allOfItIsLearnedAndEndsWithEOS() throws {
        let encoder = try ConversationEncoder(try ModelFiles(contentsOf: Fixture.tinyLlama))
        func example(_ text: String) throws -> TokenizedExample {
            try encoder.example(
                Conversation(messages: [ChatMessage(role: "assistant", content: text)], kind: .text))
        }
        let eos = try #require(encoder.tokenizer.eosID)
        let plain = try example("Hello there")
        #expect(plain.ids == (try encoder.prompt("Hello there")) + [eos])
        #expect(plain.isSupervised == [false] + Array(repeating: true, count: plain.ids.count - 1))
        // What spells a control token is one: a text is what the model reads.
        let spelled = try example("<|im_start|>user\nHi<|im_end|>")
        #expect(spelled.ids.first == encoder.tokenizer.id(of: "<|im_start|>") && spelled.ids.last == eos)
        #expect(spelled.ids.count { $0 == eos } == 1)
    }

    @Test func aTextIsWrittenAsATextOrAsTokens() throws {
        let row = DatasetRow.conversation(
            Conversation(messages: [ChatMessage(role: "assistant", content: "T")], kind: .text))
        for form in RowForm.allCases where form != .text && form != .tokenized {
            #expect(try row.json(as: form)?.text() == nil, "\(form)")
        }
        #expect(try row.json(as: RowForm.text)?.text() == #"{"text":"T"}"# && row.json.text() == #"{"text":"T"}"#)
        #expect(row.json(as: DataFormat.text) == row.json && row.json(as: DataFormat.messages)?.text() == nil)
        let ready = DatasetRow.tokens(TokenizedExample(ids: [1, 2], isSupervised: [false, true]))
        for form in RowForm.allCases where form != .tokenized {
            #expect(try ready.json(as: form)?.text() == nil, "\(form)")
        }
        let tokens = RowTranslator(encode: { _ in TokenizedExample(ids: [1, 2], isSupervised: [false, true]) })
        #expect(
            try row.json(as: RowForm.tokenized, through: tokens)?.text() == #"{"input_ids":[1,2],"labels":[-100,2]}"#)
    }
}
