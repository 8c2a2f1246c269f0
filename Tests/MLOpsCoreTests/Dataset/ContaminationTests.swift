import Foundation
import MLOpsCore
import TestSupport
import Testing

/// Test rows that training rows give away.
@Suite struct ContaminationTests {
    private static func row(_ prompt: String, _ completion: String) -> String {
        "{\"prompt\":\"\(prompt)\",\"completion\":\"\(completion)\"}"
    }
    private static let words = (0..<30).map { "word\($0)" }

    private static func check(_ training: [String], _ tests: [String]) throws -> DatasetCheck {
        let directory = try TemporaryDirectory()
        let train = try directory.write(training.joined(separator: "\n"), to: "train.jsonl")
        let test = try directory.write(tests.joined(separator: "\n"), to: "test.jsonl")
        return try DatasetCheck([train.path], against: [test.path])
    }

    @Test func exactAndNormalisedLeaksAreErrorsWithTheirPlaces() throws {
        let check = try Self.check(
            [Self.row("Why?", "So."), Self.row("What  is IT?", "A.")],
            [Self.row("Why?", "So."), Self.row("what is it?", " a."), Self.row("Who?", "C.")])
        let found = try #require(check.testReport?.findings.listed)
        #expect(found.map(\.kind) == [.leak, .leak])
        #expect(found.map(\.origin.line) == [1, 2])
        #expect(found[0].message.contains("is the training row") && found[0].message.contains("train.jsonl:1"))
        #expect(found[1].message.contains("asks what") && found[1].message.contains("train.jsonl:2"))
        #expect(check.hasErrors && check.hasErrors(onInvalid: .skip))
    }

    @Test func theSameQuestionUnderAnotherSystemTurnLeaksWhereSystemTurnsAreIgnored() throws {
        func row(_ system: String, _ answer: String) -> String {
            #"{"messages":[{"role":"system","content":"\#(system)"},{"role":"user","content":"Why?"},"#
                + #"{"role":"assistant","content":"\#(answer)"}]}"#
        }
        let directory = try TemporaryDirectory()
        let train = try directory.write(row("Be brief.", "So.") + "\n" + row("Be long.", "No."), to: "train.jsonl")
        let test = try directory.write(row("Be kind.", "Yes."), to: "test.jsonl")
        for ignores in [false, true] {
            var reader = DatasetReader()
            reader.ignoresSystemTurns = ignores
            let check = try DatasetCheck([train.path], against: [test.path], reader: reader)
            #expect(check.report.findings.listed.map(\.kind) == (ignores ? [.conflictingAnswer] : []))
            #expect(check.testReport?.findings.listed.map(\.kind) == (ignores ? [.leak] : []))
        }
    }

    @Test func caseAloneIsALeakOnlyWithTheSameAnswer() throws {
        let training = [
            Self.row("What does `ps -m` do?", "Shows threads."), Self.row("What does `ps -M` do?", "Labels."),
        ]
        let cases: [(String, String, DataFinding.Kind)] = [
            ("What does  `ps -M` do? ", "Other.", .leak), ("What does `PS -m` do?", "Other.", .caseLeak),
            ("what does `ps -m` do?", "labels.", .leak), ("WHAT DOES `PS -M` DO?", "SHOWS  THREADS.", .leak),
        ]
        for (prompt, answer, kind) in cases {
            let check = try Self.check(training, [Self.row(prompt, answer)])
            #expect(check.testReport?.findings.listed.map(\.kind) == [kind], "\(prompt)")
            #expect(check.hasErrors == (kind == .leak))
        }
    }

    @Test func thirteenWordsInARowAreAnOverlapAndTwelveAreNot() throws {
        func text(_ count: Int) -> String { Self.words[3..<3 + count].joined(separator: ", ") }
        for (count, isFound) in [(12, false), (13, true), (20, true)] {
            let check = try Self.check(
                [Self.row("Unlike", "Unrelated"), Self.row("Tell", Self.words.joined(separator: " "))],
                [Self.row("Ask", "Before \(text(count)) after.")])
            let found = try #require(check.testReport?.findings.listed)
            #expect(found.map(\.kind) == (isFound ? [.overlap] : []), "\(count)")
            if isFound { #expect(found[0].message.contains("train.jsonl:2")) }
            #expect(!check.hasErrors)
        }
    }

    @Test func aPhraseThatManyTrainingRowsHoldIsNoOverlap() throws {
        let phrase = Self.words.joined(separator: " ")
        for count in [10, 11] {
            let check = try Self.check(
                (0..<count).map { Self.row("\(phrase) q\($0)", "a\($0)") }, [Self.row("\(phrase) other", "b")])
            #expect(check.testReport?.findings.count(of: DataFinding.Kind.overlap) == (count == 10 ? 1 : 0))
        }
    }

    @Test func theRowsInMemoryAreComparedAlike() throws {
        func rows(_ pairs: [(String, String)], file: String) -> Dataset {
            Dataset(
                pairs.enumerated().map { line, pair in
                    Conversation(
                        messages: [
                            ChatMessage(role: "user", content: pair.0), ChatMessage(role: "assistant", content: pair.1),
                        ], origin: RowOrigin(file: file, line: line + 1))
                })
        }
        let phrase = Self.words.joined(separator: " ")
        let training = rows([("Why?", "So."), ("Tell", phrase)], file: "train")
        let tests = rows([("Why? ", "No."), ("Ask", phrase), ("Who?", "I.")], file: "test")
        let error = #expect(throws: DatasetError.self) { try tests.withoutLeaks(from: training, onInvalid: .error) }
        #expect(error?.findings.map(\.origin.line) == [1])
        #expect(error?.exitStatus == .invalidData)
        let kept = try tests.withoutLeaks(from: training, onInvalid: .skip)
        #expect(kept.rows.map(\.origin.line) == [2, 3])
        #expect(kept.findings.map(\.kind) == [.leak, .overlap])
        #expect(throws: DatasetError.self) {
            try rows([("Why?", "x")], file: "t").withoutLeaks(from: training, onInvalid: .skip)
        }
    }
}
