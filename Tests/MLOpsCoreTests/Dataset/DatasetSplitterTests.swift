import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

/// Train, validation and test files that share no prompt.
@Suite struct DatasetSplitterTests {
    /// Rows of which every prompt is asked by up to three, with a topic and an id each.
    private static func text(_ count: Int, seed: UInt64 = 1) -> String {
        var random = PhiloxStream(seed: seed, purpose: 9)
        return (0..<count).map { index in
            let prompt = random.next(below: count / 2)
            let topic = ["a", "b", "c"][random.next(below: 10) < 6 ? 0 : 1 + random.next(below: 2)]
            let space = random.next(below: 2) == 0 ? " " : "  "
            return
                "{\"id\":\(index),\"prompt\":\"What\(space)is \(prompt)?\",\"completion\":\"It is \(index).\",\"meta\":{\"topic\":\"\(topic)\"}}"
        }.joined(separator: "\n") + "\n"
    }

    private static func rows(_ directory: TemporaryDirectory, _ file: String) throws -> [JSONValue] {
        try directory.text(file).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    private static func prompts(_ rows: [JSONValue]) -> Set<String> {
        Set(rows.compactMap { $0["prompt"]?.string?.replacing("  ", with: " ") })
    }

    @Test func noPromptIsInTwoFilesAndNoRowIsLostOrChanged() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(Self.text(600), to: "rows.jsonl")
        let splitter = DatasetSplitter(testSize: .fraction(0.2), validationSize: .count(50), seed: 3)
        let result = try splitter.split([file.path], into: directory.url("out"))
        let sides = try ["train", "validation", "test"].map { try Self.rows(directory, "out/\($0).jsonl") }
        #expect(sides[2].count == 120 && sides[1].count == 50)
        #expect(result.counts.map { $0.rows } == sides.map(\.count) && result.unusedCount == 0)
        for left in 0..<3 {
            for right in 0..<left { #expect(Self.prompts(sides[left]).isDisjoint(with: Self.prompts(sides[right]))) }
        }
        let lines = try ["train", "validation", "test"].flatMap {
            try directory.text("out/\($0).jsonl").split(separator: "\n").map(String.init)
        }
        #expect(lines.sorted() == Self.text(600).split(separator: "\n").map(String.init).sorted())
        for side in sides {
            let ids = side.compactMap { $0["id"]?.int }
            #expect(ids == ids.sorted())
        }
    }

    @Test func theSameSeedGivesTheSameBytesAndAnotherGivesOthers() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(Self.text(200), to: "rows.jsonl")
        for (name, seed) in [("a", 1), ("b", 1), ("c", 2)] as [(String, UInt64)] {
            _ = try DatasetSplitter(seed: seed).split([file.path], into: directory.url(name))
        }
        #expect(try directory.text("a/test.jsonl") == directory.text("b/test.jsonl"))
        #expect(try directory.text("a/test.jsonl") != directory.text("c/test.jsonl"))
    }

    /// Under two personas a question is one question when that is asked for, and else two.
    @Test func systemTurnsCountUnlessTheyAreIgnored() throws {
        let directory = try TemporaryDirectory()
        let rows = (0..<60).flatMap { question in
            ["Be kind.", "Be brief."].map { persona in
                #"{"messages": [{"role": "system", "content": "\#(persona)"}, {"role": "user", "content": "Why \#(question)?"}, "#
                    + #"{"role": "assistant", "content": "So."}]}"#
            }
        }
        let file = try directory.write(rows.joined(separator: "\n") + "\n", to: "rows.jsonl")
        var splitter = DatasetSplitter(testSize: .count(40))
        func questions(_ name: String) throws -> (groups: Int, shared: Int) {
            let result = try splitter.split([file.path], into: directory.url(name))
            let sides = try ["train", "test"].map { side in
                Set(
                    try Self.rows(directory, "\(name)/\(side).jsonl").compactMap {
                        $0["messages"]?[1]?["content"]?.string
                    })
            }
            return (result.groupCount, sides[0].intersection(sides[1]).count)
        }
        let apart = try questions("apart")
        #expect(apart.groups == 120 && apart.shared > 0)
        splitter.ignoresSystemTurns = true
        let together = try questions("together")
        #expect(together.groups == 60 && together.shared == 0)
    }

    @Test func itIsTheSplitThatTrainingMakes() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(Self.text(300), to: "rows.jsonl")
        _ = try DatasetSplitter(testSize: .fraction(0.1), seed: 42).split([file.path], into: directory.url("out"))
        let dataset = try Dataset(contentsOf: file)
        let memory = try dataset.split(testSize: .fraction(0.1), seed: 42).test.rows.map { $0.origin.line - 1 }
        #expect(try Self.rows(directory, "out/test.jsonl").compactMap { $0["id"]?.int } == memory)
    }

    @Test func strataGetTheSameShareInEverySide() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(Self.text(3000), to: "rows.jsonl")
        let result = try DatasetSplitter(testSize: .fraction(0.2), seed: 5, stratifyKey: "meta.topic")
            .split([file.path], into: directory.url("out"))
        #expect(result.stratumCount == 3)
        func share(_ rows: [JSONValue]) -> [String: Double] {
            Dictionary(grouping: rows) { $0["meta"]?["topic"]?.string ?? "" }
                .mapValues { Double($0.count) / Double(rows.count) }
        }
        let train = share(try Self.rows(directory, "out/train.jsonl"))
        for (topic, part) in share(try Self.rows(directory, "out/test.jsonl")) {
            // A group goes with its first row, so that shares agree but for the topics within groups.
            #expect(abs(part - (train[topic] ?? 0)) < 0.03, "\(topic)")
        }
        let error = #expect(throws: DatasetError.self) {
            try DatasetSplitter(stratifyKey: "nothing").split([file.path], into: directory.url("none"))
        }
        #expect(error?.message.contains("'nothing'") == true)
    }

    @Test func apportioningKeepsTheTotal() {
        #expect(SplitPlan.apportioned(10, among: [1, 1, 1]) == [4, 3, 3])
        #expect(SplitPlan.apportioned(7, among: [50, 30, 20]) == [4, 2, 1])
        #expect(SplitPlan.apportioned(0, among: [5, 5]) == [0, 0])
        for total in 0..<50 { #expect(SplitPlan.apportioned(total, among: [7, 11, 31, 1]).reduce(0, +) == total) }
    }

    @Test func nearDuplicatesStayTogetherWhenAsked() throws {
        let directory = try TemporaryDirectory()
        let long = (0..<40).map { "word\($0)" }.joined(separator: " ")
        let rows = (0..<40).map { index in
            index % 2 == 0
                ? "{\"id\":\(index),\"prompt\":\"\(long) \(index)\",\"completion\":\"yes\"}"
                : "{\"id\":\(index),\"prompt\":\"Question \(index) of its own kind\",\"completion\":\"no \(index)\"}"
        }
        let file = try directory.write(rows.joined(separator: "\n"), to: "rows.jsonl")
        var reader = DatasetReader()
        reader.findingLimit = 3
        let result = try DatasetSplitter(testSize: .count(10), seed: 1, nearDuplicateThreshold: 0.8)
            .split([file.path], into: directory.url("out"), reader: reader)
        // Each of the 20 but the first is nearly the same as an earlier one; the first pairs are told.
        let findings = result.report.findings
        #expect(findings.count(of: DataFinding.Kind.nearDuplicate) == 19)
        #expect(findings.listed.filter { $0.kind == .nearDuplicate }.map(\.origin.line) == [3, 5, 7])
        #expect(result.groupCount == 21)
        let test = try Self.rows(directory, "out/test.jsonl").compactMap { $0["id"]?.int }
        #expect(test.count == 10 && test.allSatisfy { $0 % 2 == 1 })
    }

    @Test func rowsOfAListAreWrittenOnALineEachWithAllTheirKeys() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "[\n{\"prompt\": \"a b\",\n\t\"completion\": \"x\", \"n\": 12345678901234567890},\n{\"prompt\":\"c\",\"completion\":\"y\"}]",
            to: "rows.json")
        _ = try DatasetSplitter(testSize: .count(1), seed: 1).split([file.path], into: directory.url("out"))
        let lines = try directory.text("out/train.jsonl") + directory.text("out/test.jsonl")
        #expect(lines.contains("{\"prompt\": \"a b\",\"completion\": \"x\", \"n\": 12345678901234567890}\n"))
        #expect(lines.split(separator: "\n").count == 2)
    }

    @Test func whatCannotBeSplitLeavesNothingBehind() throws {
        let directory = try TemporaryDirectory()
        let one = try directory.write(Self.text(2).split(separator: "\n")[0] + "\n", to: "one.jsonl")
        let wrong = try directory.write(Self.text(20) + "{\n", to: "wrong.jsonl")
        for (file, splitter) in [
            (one, DatasetSplitter()), (wrong, DatasetSplitter()),
            (wrong, DatasetSplitter(testSize: .count(0))), (wrong, DatasetSplitter(testSize: .count(20))),
        ] {
            #expect(throws: DatasetError.self) { try splitter.split([file.path], into: directory.url("out")) }
        }
        #expect(!FileManager.default.fileExists(atPath: directory.url("out/train.jsonl").path))
        let result = try DatasetSplitter(testSize: .count(4), trainSize: .count(6)).split(
            [wrong.path], into: directory.url("out"), reader: DatasetReader(onInvalid: .skip))
        #expect(result.report.invalidRowCount == 1)
        #expect(result.counts.map { $0.rows }.reduce(0, +) + result.unusedCount == 20)
        #expect(result.unusedCount >= 10)
    }

    /// `--output-dir` of the directory the rows are in must not leave nine tenths of them.
    @Test func theFilesThatAreReadAreNotReplaced() throws {
        let directory = try TemporaryDirectory()
        for name in ["train", "test"] {
            let file = try directory.write(Self.text(60), to: "\(name).jsonl")
            let error = #expect(throws: DatasetError.self) {
                try DatasetSplitter(testSize: .count(6)).split([file.path], into: directory.url)
            }
            #expect(error?.exitStatus == .usage && error?.message.contains("\(name).jsonl") == true)
            #expect(try directory.text("\(name).jsonl") == Self.text(60))
        }
        // No validation rows are asked for, so nothing takes the place of that file.
        let file = try directory.write(Self.text(60), to: "validation.jsonl")
        _ = try DatasetSplitter(testSize: .count(6)).split([file.path], into: directory.url)
        #expect(try directory.text("validation.jsonl") == Self.text(60))
    }

    @Test func aPipeCannotBeReadTwice() throws {
        let directory = try TemporaryDirectory()
        let pipe = directory.url("pipe").path
        let made = unsafe mkfifo(pipe, 0o600)
        #expect(made == 0)
        let error = #expect(throws: DatasetError.self) {
            try DatasetSplitter(testSize: .count(1)).split([pipe], into: directory.url("out"))
        }
        #expect(error?.message.contains("once") == true)
        #expect(!FileManager.default.fileExists(atPath: directory.url("out").path))
    }
}
