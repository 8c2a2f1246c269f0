import Foundation
import MLOpsCore
import TestSupport
import Testing

/// Rows written in one form and read again.
@Suite struct RowFormTests {
    private static let lines = [
        #"{"prompt":"Q é\n","completion":" A "}"#,
        #"{"instruction":"Do","input":"this","output":"Done"}"#,
        #"{"instruction":"Do","output":"Done","system":"S"}"#,
        #"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
        #"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"tool","content":"t"},{"role":"assistant","content":"c"}]}"#,
        #"{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"},{"from":"human","value":"c"},{"from":"gpt","value":"d"}],"system":"s"}"#,
    ]

    /// Which of the lines can be said in a form.
    @Test(arguments: [
        (RowForm.messages, [0, 1, 2, 3, 4, 5]), (.shareGPT, [0, 1, 2, 3, 4, 5]), (.promptCompletion, [0, 1, 3]),
        (.instruction, [0, 1, 2, 3]),
    ])
    func whatIsWrittenReadsAsTheSameTurns(form: RowForm, expected: [Int]) throws {
        let directory = try TemporaryDirectory()
        let source = try directory.write(Self.lines.joined(separator: "\n"), to: "rows.jsonl")
        let target = directory.url("out.jsonl")
        let before = try Dataset(contentsOf: source).conversations.map(\.messages)
        let report = try DatasetReader(onInvalid: .skip).write([source.path], to: target, as: form)
        #expect(report.rowCount == expected.count)
        #expect(
            report.findings.listed.filter { $0.severity == .error }.map { $0.origin.line - 1 }
                == (0..<6).filter { !expected.contains($0) })
        let after = try Dataset(contentsOf: target)
        #expect(after.conversations.map(\.messages) == expected.map { before[$0] })
        #expect(after.report.findings.count(of: DataFinding.Severity.error) == 0)
        // Written again, every byte is the same.
        let again = directory.url("again.jsonl")
        _ = try DatasetReader().write([target.path], to: again, as: form)
        #expect(try Data(contentsOf: again) == Data(contentsOf: target))
    }

    @Test func textAndTokensAreMadeByTheModel() throws {
        let directory = try TemporaryDirectory()
        let source = try directory.write(Self.lines.joined(separator: "\n"), to: "rows.jsonl")
        let target = directory.url("out.jsonl")
        let translator = RowTranslator(
            render: { $0.messages.map { "<\($0.role)>\($0.content)" }.joined() },
            encode: { TokenizedExample(ids: [1, Int32($0.messages.count)], isSupervised: [false, true]) })
        _ = try DatasetReader().write([source.path], to: target, as: .tokenized, through: translator)
        #expect(try Dataset(contentsOf: target).rows.count == 6)
        #expect(try directory.text("out.jsonl").hasPrefix("{\"input_ids\":[1,2],\"labels\":[-100,2]}\n"))
        _ = try DatasetReader().write([source.path], to: target, as: .text, through: translator)
        #expect(
            try directory.text("out.jsonl").split(separator: "\n")[2]
                == "{\"text\":\"<system>S<user>Do<assistant>Done\"}")
        let without = try DatasetReader(onInvalid: .skip).write([source.path], to: target, as: .text)
        #expect(without.rowCount == 2)
        #expect(without.findings.listed.last?.fix.contains("--model") == true)
        let error = #expect(throws: DatasetError.self) {
            try DatasetReader().write([source.path], to: target, as: .tokenized)
        }
        #expect(error?.findings.count == 6)
    }

    @Test func withoutAFormRowsStayAsTheyStand() throws {
        let directory = try TemporaryDirectory()
        let text = "{\"id\": 1, \"prompt\":\"Q\", \"completion\":\"A\"}\n"
        let source = try directory.write(text, to: "rows.jsonl")
        _ = try DatasetReader().write([source.path], to: directory.url("out.jsonl"))
        #expect(try directory.text("out.jsonl") == text)
    }

    @Test func otherToolsNamesAreUnderstood() {
        #expect(
            ["chatml", "Alpaca", "prompt-completion", "sharegpt", "csv"].map(RowForm.init(name:)) == [
                .messages, .instruction, .promptCompletion, .shareGPT, nil,
            ])
    }
}
