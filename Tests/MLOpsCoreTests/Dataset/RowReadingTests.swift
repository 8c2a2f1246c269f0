import Foundation
import MLOpsCore
import TestSupport
import Testing

@Suite struct RowReadingTests {
    @Test(arguments: [
        (
            #"{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}"#,
            "messages", ["system S", "user Q", "assistant A"]
        ),
        (
            #"{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"},{"role":"tool","content":"T"},"#
                + #"{"role":"assistant","content":"B"}]}"#,
            "messages", ["user Q", "assistant A", "tool T", "assistant B"]
        ),
        (
            #"{"messages":[{"role":"user","content":[{"type":"text","text":"Q"},{"type":"text","text":"!"}]},"#
                + #"{"role":"assistant","content":"A","weight":1,"tool_calls":[]}],"tools":null}"#,
            "messages", ["user Q!", "assistant A"]
        ),
        (#"{"prompt":"Q","completion":"A","id":7}"#, "prompt_completion", ["user Q", "assistant A"]),
        (#"{"instruction":"Q","input":"","output":"A"}"#, "prompt_completion", ["user Q", "assistant A"]),
        (#"{"instruction":"Q","input":"I","output":"A"}"#, "prompt_completion", ["user Q\n\nI", "assistant A"]),
        (#"{"instruction":"Q","input":null,"response":"A"}"#, "prompt_completion", ["user Q", "assistant A"]),
        (#"{"instruction":"Q","output":"A","system":"S"}"#, "messages", ["system S", "user Q", "assistant A"]),
        (
            #"{"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"A"}],"system":"S"}"#,
            "messages", ["system S", "user Q", "assistant A"]
        ),
        (
            #"{"conversations":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}"#,
            "messages", ["user Q", "assistant A"]
        ),
        (#"{"prompt":"é😀\n \"x\"","completion":" A "}"#, "prompt_completion", ["user é😀\n \"x\"", "assistant  A "]),
    ])
    func readsEveryShape(line: String, kind: String, turns: [String]) throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(line + "\n", to: "rows.jsonl")
        let dataset = try Dataset(contentsOf: file)
        let row = try #require(dataset.conversations.first)
        #expect(row.kind.rawValue == kind)
        #expect(row.messages.map { "\($0.role) \($0.content)" } == turns)
        #expect(row.origin == RowOrigin(file: file.path, line: 1))
        #expect(dataset.report.findings.kinds == [])
    }

    @Test(arguments: [
        (#"{"input_ids":[1,5,6,2],"labels":[-100,-100,6,2]}"#, [false, false, true, true]),
        (#"{"input_ids":[1,5,6,2],"labels":[1,5,6,2],"attention_mask":[1,1,1,1]}"#, [false, true, true, true]),
        (#"{"input_ids":[1,5,6,2]}"#, [false, true, true, true]),
    ])
    func readsTokens(line: String, learned: [Bool]) throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(line, to: "rows.jsonl")
        let dataset = try Dataset(contentsOf: file, format: .tokenized)
        let origin = RowOrigin(file: file.path, line: 1)
        #expect(dataset.rows == [.tokens(TokenizedExample(ids: [1, 5, 6, 2], isSupervised: learned, origin: origin))])
    }

    @Test(arguments: [
        (DataFormat.messages, ["messages", "conversations"]), (.promptCompletion, ["prompt", "instruction"]),
        (.tokenized, ["input_ids"]),
    ])
    func admitsOnlyTheFormatAskedFor(format: DataFormat, keys: [String]) throws {
        let rows = [
            "messages": #"{"messages":[{"role":"user","content":"1"},{"role":"assistant","content":"A"}]}"#,
            "conversations": #"{"conversations":[{"from":"human","value":"2"},{"from":"gpt","value":"A"}]}"#,
            "prompt": #"{"prompt":"3","completion":"A"}"#, "instruction": #"{"instruction":"4","output":"A"}"#,
            "input_ids": #"{"input_ids":[1,2]}"#,
        ]
        let directory = try TemporaryDirectory()
        for (key, row) in rows {
            let file = try directory.write(row, to: "\(key).jsonl")
            if keys.contains(key) {
                #expect(try Dataset(contentsOf: file, format: format).rows.count == 1)
            } else {
                let error = #expect(throws: DatasetError.self) { try Dataset(contentsOf: file, format: format) }
                #expect(error?.code == .unusable)
                #expect(error?.exitStatus == .invalidData)
                #expect(error?.message.contains("None of the 1 rows") == true)
                #expect(error?.message.contains("\(key).jsonl:1") == true)
            }
        }
    }

    @Test func readsAMixtureUnlessAFormatIsAskedFor() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            """
            {"prompt":"Q","completion":"A"}
            {"messages":[{"role":"user","content":"R"},{"role":"assistant","content":"A"}]}
            """, to: "rows.jsonl")
        #expect(try Dataset(contentsOf: file).report.shapes == [.promptCompletion: 1, .messages: 1])
        let error = #expect(throws: DatasetError.self) { try Dataset(contentsOf: file, format: .messages) }
        #expect(error?.findings.map(\.kind) == [.otherFormat])
        #expect(error?.findings.map(\.origin.line) == [1])
        #expect(try Dataset(contentsOf: file, format: .messages, onInvalid: .skip).rows.map(\.origin.line) == [2])
    }
}
