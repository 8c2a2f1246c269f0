import Foundation
import MLOpsCore
import TestSupport
import Testing

@Suite struct DatasetWritingTests {
    private static let lines = [
        #"{"prompt":"Q\n\"é\"","completion":"A"}"#,
        #"{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}"#,
        #"{"input_ids":[1,5,6],"labels":[-100,-100,6]}"#,
    ]

    @Test(arguments: ["out.jsonl", "out.jsonl.zst"]) func whatIsWrittenReadsTheSame(name: String) throws {
        let directory = try TemporaryDirectory()
        let dataset = try Dataset(contentsOf: directory.write(Self.lines.joined(separator: "\n"), to: "in.jsonl"))
        #expect(try dataset.write(to: directory.url(name)) == 3)
        let again = try Dataset(contentsOf: directory.url(name))
        #expect(again.rows.map { $0.json.text() } == Self.lines)
        #expect(again.rows.map(\.origin.line) == [1, 2, 3])
    }

    @Test func aRowThatCannotBeSaidInTheFormatIsNamed() throws {
        let directory = try TemporaryDirectory()
        let dataset = try Dataset(contentsOf: directory.write(Self.lines.joined(separator: "\n"), to: "in.jsonl"))
        for (format, line) in [(DataFormat.messages, 3), (.promptCompletion, 2), (.tokenized, 1)] {
            let error = #expect(throws: DatasetError.self) {
                try dataset.write(to: directory.url("out.jsonl"), as: format)
            }
            #expect(error?.message.contains("in.jsonl:\(line):") == true)
            #expect(!FileManager.default.fileExists(atPath: directory.url("out.jsonl").path))
        }
    }

    @Test func aConversationOfOneQuestionIsAPromptAndItsCompletion() {
        let turns = [ChatMessage(role: "user", content: "Q"), ChatMessage(role: "assistant", content: "A")]
        let row = DatasetRow.conversation(Conversation(messages: turns))
        #expect(row.json(as: .promptCompletion)?.text() == #"{"prompt":"Q","completion":"A"}"#)
        let back = DatasetRow.conversation(Conversation(messages: turns, kind: .promptCompletion))
        #expect(back.json(as: .messages) == row.json)
    }

    /// The form written may leave out keys, so that the rows would be lost.
    @Test func theFileThatIsReadIsNotReplaced() throws {
        let directory = try TemporaryDirectory()
        let text = #"{"prompt":"Q","completion":"A","id":7}"# + "\n"
        let file = try directory.write(text, to: "rows.jsonl")
        for paths in [[file.path], [directory.url.path], [directory.url("*.jsonl").path]] {
            for form in [RowForm.shareGPT, nil] {
                let error = #expect(throws: DatasetError.self) { try DatasetReader().write(paths, to: file, as: form) }
                #expect(error?.exitStatus == .usage)
            }
        }
        #expect(try directory.text("rows.jsonl") == text)
    }
}
