import MLOpsCore
import Testing

@Suite struct RowAuditTests {
    private static func row(_ turns: String..., line: Int = 1, system: String? = nil) -> DatasetRow {
        let roles = ["user", "assistant"]
        let start = system.map { [ChatMessage(role: "system", content: $0)] } ?? []
        let messages = turns.enumerated().map { ChatMessage(role: roles[$0.offset % 2], content: $0.element) }
        return .conversation(Conversation(messages: start + messages, origin: RowOrigin(file: "f", line: line)))
    }

    @Test func sameRowsAreFoundToTheLetter() {
        var audit = RowAudit()
        #expect(audit.add(Self.row("Q", "A", line: 1)) == [])
        #expect(audit.add(Self.row("Q ", "A", line: 2)) == [])
        let third = audit.add(Self.row("Q", "A", line: 3))
        #expect(third.map(\.kind) == [.duplicate])
        #expect(third.first?.message.contains("f:1") == true)
        #expect(audit.distinctRowCount == 2)
        #expect(audit.distinctPromptCount == 1)
    }

    @Test func aTestRowLeaksWhateverItsCaseAndSpacing() {
        var audit = RowAudit()
        _ = audit.add(Self.row("What is  it?\n", "A", line: 4))
        _ = audit.add(Self.row("Hello", "Hi", "And now?", "B", line: 5))
        #expect(audit.leak(Self.row(" what is it?", "Z", line: 9))?.origin.line == 9)
        #expect(audit.leak(Self.row("WHAT IS IT?", "Z"))?.message.contains("f:4") == true)
        #expect(audit.leak(Self.row("hello", "Z"))?.message.contains("f:5") == true)
        #expect(audit.leak(Self.row("Hello", "Hi", "And now?", "Z"))?.message.contains("f:5") == true)
        #expect(audit.leak(Self.row("And now?", "Z")) == nil)
        #expect(audit.leak(Self.row("What is it?", "Z", system: "Be brief.")) == nil)
        #expect(audit.leak(Self.row("Whatis it?", "Z")) == nil)
    }

    @Test func tokenRowsAreComparedByTheTokensBeforeTheAnswer() {
        func tokens(_ ids: [Int32], prompt: Int) -> DatasetRow {
            .tokens(TokenizedExample(ids: ids, isSupervised: ids.indices.map { $0 >= prompt }))
        }
        var audit = RowAudit()
        #expect(audit.add(tokens([1, 5, 6, 7], prompt: 3)) == [])
        #expect(audit.add(tokens([1, 5, 6, 8], prompt: 3)).map(\.kind) == [.conflictingAnswer])
        #expect(audit.add(tokens([1, 5, 6, 7], prompt: 3)).map(\.kind) == [.duplicate])
        // Without a prompt, the first token alone (a BOS) makes no two rows the same.
        #expect(audit.add(tokens([1, 9, 6], prompt: 1)) == [])
        #expect(audit.add(tokens([1, 9, 7], prompt: 1)) == [])
    }
}
