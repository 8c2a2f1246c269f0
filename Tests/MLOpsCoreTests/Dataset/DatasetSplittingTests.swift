import MLOpsCore
import Testing

@Suite struct DatasetSplittingTests {
    /// Rows with repeated prompts, in other case and spacing, and with conversations that begin like other rows.
    private static func dataset(_ count: Int) -> Dataset {
        Dataset(
            (0..<count).map { index in
                let question = index % 5 == 0 ? "What  is \(index / 10)?" : "what is \(index / 3)?"
                var messages = [
                    ChatMessage(role: "user", content: question),
                    ChatMessage(role: "assistant", content: "It is \(index)."),
                ]
                if index % 7 == 0 {
                    messages += [
                        ChatMessage(role: "user", content: "Sure?"), ChatMessage(role: "assistant", content: "Yes."),
                    ]
                }
                return Conversation(messages: messages, origin: RowOrigin(file: "rows", line: index + 1))
            })
    }

    @Test(arguments: [2, 3, 10, 57, 200], [SplitSize.fraction(0.1), .fraction(0.5), .count(1)])
    func noPromptIsOnBothSidesAndNoRowIsLost(count: Int, size: SplitSize) throws {
        let dataset = Self.dataset(count * 3)
        for seed in 0..<20 as Range<UInt64> {
            let (train, test) = try dataset.split(testSize: size, seed: seed)
            #expect(!train.rows.isEmpty && !test.rows.isEmpty)
            #expect(train.leaks(into: test).isEmpty && test.leaks(into: train).isEmpty)
            let lines = [train, test].map { $0.rows.map(\.origin.line) }
            #expect(lines[0] == lines[0].sorted() && lines[1] == lines[1].sorted())
            #expect((lines[0] + lines[1]).sorted() == Array(1...count * 3))
            #expect(train.report.rowCount == train.rows.count && test.report.rowCount == test.rows.count)
        }
    }

    @Test func theSizeIsMetExactlyWhenEveryPromptStandsOnce() throws {
        let dataset = Dataset(
            (0..<101).map {
                Conversation(messages: [
                    ChatMessage(role: "user", content: "\($0)"), ChatMessage(role: "assistant", content: "A"),
                ])
            })
        for (size, expected) in [(SplitSize.fraction(0.1), 11), (.count(17), 17), (.fraction(0.99), 100)] {
            let (train, test) = try dataset.split(testSize: size, seed: 3)
            #expect(test.rows.count == expected)
            #expect(train.rows.count == 101 - expected)
        }
    }

    @Test func theSeedDecides() throws {
        let dataset = Self.dataset(100)
        let first = try dataset.split(testSize: .count(10), seed: 1).test.rows
        #expect(try dataset.split(testSize: .count(10), seed: 1).test.rows == first)
        #expect(try (2..<6).contains { try dataset.split(testSize: .count(10), seed: $0).test.rows != first })
        // The same on every platform and in every version: these lines are a promise.
        #expect(first.map(\.origin.line) == Self.promised)
    }

    private static let promised = [10, 12, 31, 36, 40, 42, 94, 95, 100]

    @Test func aSplitThatLeavesNothingIsRefused() throws {
        let dataset = Self.dataset(9)
        for size in [SplitSize.count(9), .count(100)] {
            let error = #expect(throws: DatasetError.self) { try dataset.split(testSize: size, seed: 0) }
            #expect(error?.exitStatus == .invalidData)
        }
        #expect(throws: DatasetError.self) { try Self.dataset(1).split(testSize: .fraction(0.5), seed: 0) }
        let (train, test) = try dataset.split(testSize: .count(0), seed: 0)
        #expect(train.rows == dataset.rows && test.rows.isEmpty)
    }

    @Test(arguments: [
        (0.0, SplitSize.count(0)), (0.25, .fraction(0.25)), (1, .count(1)), (20, .count(20)), (-0.1, nil), (1.5, nil),
        (.nan, nil),
        (.infinity, nil),
    ])
    func aNumberIsAFractionOrACount(number: Double, size: SplitSize?) {
        #expect(SplitSize(number) == size)
    }
}
