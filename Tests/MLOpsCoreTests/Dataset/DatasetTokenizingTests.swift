import MLOpsCore
import Testing

@Suite struct DatasetTokenizingTests {
    /// Four tokens of prompt, then one for each character of the answer.
    private static func encode(_ conversation: Conversation) -> TokenizedExample {
        let answer = conversation.answer?.utf8.map { Int32($0) } ?? []
        let learned = [Bool](repeating: false, count: 4) + answer.map { _ in true }
        return TokenizedExample(ids: [1, 2, 3, 4] + answer, isSupervised: learned, origin: conversation.origin)
    }

    private static let dataset = Dataset(
        ["abc", "abcdefgh", "ab"].enumerated().map { index, answer in
            Conversation(
                messages: [
                    ChatMessage(role: "user", content: "\(index)"), ChatMessage(role: "assistant", content: answer),
                ],
                origin: RowOrigin(file: "f", line: index + 1))
        })

    @Test func countsTokensAndThoseThatAreLearned() throws {
        let tokenized = try Self.dataset.tokenized(encode: Self.encode)
        #expect(tokenized.examples.map(\.ids.count) == [7, 12, 6])
        #expect(tokenized.report.tokens?.total == 25)
        #expect(tokenized.report.supervisedTokens?.total == 13)
        #expect(tokenized.report.json["tokens"]?["max"] == 12)
        #expect(Self.dataset.report.json["tokens"] == JSONValue.null)
    }

    @Test func aRowThatIsTooLongIsNamed() throws {
        let error = #expect(throws: DatasetError.self) {
            try Self.dataset.tokenized(maximumLength: 7, encode: Self.encode)
        }
        #expect(error?.findings.map(\.kind) == [.overLong])
        #expect(error?.message.contains("f:2: error: The row has 12 tokens; max_length is 7.") == true)
        #expect(error?.exitStatus == .invalidData)
    }

    @Test func aRowThatIsTooLongCanBeDropped() throws {
        let tokenized = try Self.dataset.tokenized(maximumLength: 7, overlength: .drop, encode: Self.encode)
        #expect(tokenized.examples.map(\.origin.line) == [1, 3])
        #expect(tokenized.report.droppedRowCount == 1)
        let error = #expect(throws: DatasetError.self) {
            try Self.dataset.tokenized(maximumLength: 5, overlength: .drop, encode: Self.encode)
        }
        #expect(error?.code == .unusable)
    }

    @Test func aRowThatIsTooLongCanBeCut() throws {
        let tokenized = try Self.dataset.tokenized(maximumLength: 7, overlength: .truncate, encode: Self.encode)
        #expect(tokenized.examples.map(\.ids.count) == [7, 7, 6])
        #expect(tokenized.examples[1].ids == [1, 2, 3, 4, 97, 98, 99])
        #expect(tokenized.report.truncatedRowCount == 1)
    }

    @Test(arguments: OverlengthPolicy.allCases) func aRowWithNothingToLearnIsAlwaysAnError(policy: OverlengthPolicy)
        throws
    {
        let nothing = #expect(throws: DatasetError.self) {
            try Self.dataset.tokenized(overlength: policy) {
                TokenizedExample(ids: [1, 2], isSupervised: [true, false], origin: $0.origin)
            }
        }
        #expect(nothing?.findings.map(\.origin.line) == [1, 2, 3])
        #expect(nothing?.findings.allSatisfy { $0.kind == .noSupervisedToken } == true)
    }

    @Test func aRowCutDownToItsPromptIsAnError() throws {
        let error = #expect(throws: DatasetError.self) {
            try Self.dataset.tokenized(maximumLength: 4, overlength: .truncate, encode: Self.encode)
        }
        #expect(error?.findings.map(\.kind) == [.noSupervisedToken, .noSupervisedToken, .noSupervisedToken])
        #expect(error?.message.contains("max_length (4)") == true)
    }

    @Test func whatTheEncoderThrowsIsAnErrorOfTheRow() throws {
        let error = #expect(throws: DatasetError.self) {
            try Self.dataset.tokenized { conversation in
                guard conversation.origin.line != 2 else { throw Unencodable() }
                return Self.encode(conversation)
            }
        }
        #expect(error?.findings.map(\.kind) == [.notTokenizable])
        #expect(error?.findings.map(\.origin.line) == [2])
    }

    private struct Unencodable: Error {}
}
