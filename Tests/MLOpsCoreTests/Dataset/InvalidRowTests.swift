import Foundation
import MLOpsCore
import TestSupport
import Testing

/// What `on_invalid` makes of rows that cannot be used.
@Suite struct InvalidRowTests {
    private static func text(_ count: Int, wrong: Set<Int>) -> String {
        (1...count).map { wrong.contains($0) ? "{\"prompt\":\"Q\($0)\"}" : DatasetFilesTests.row($0) }
            .joined(separator: "\n")
    }

    @Test func skippedRowsAreCountedNamedAndRecorded() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(Self.text(9000, wrong: [2, 4097, 9000]), to: "rows.jsonl")
        let dataset = try Dataset(contentsOf: file, onInvalid: .skip)
        #expect(dataset.rows.count == 8997)
        #expect(dataset.report.invalidRowCount == 3)
        #expect(dataset.report.findings.listed.map(\.origin.line) == [2, 4097, 9000])
        let (train, test) = try dataset.split(testSize: .count(100), seed: 1)
        #expect(train.report.invalidRowCount == 3)
        #expect(train.report.json["invalid_rows"] == 3)
        #expect(train.report.findings.count(of: DataFinding.Kind.missingKey) == 3)
        #expect(test.report.invalidRowCount == 0)
        #expect(train.rows.count + test.rows.count == 8997)
    }

    @Test func rowsATokenizerRefusesCanBeLeftOutButLongOnesAreDecidedOnElsewhere() throws {
        let rows = (1...4).map {
            Conversation(
                messages: [ChatMessage(role: "user", content: "Q"), ChatMessage(role: "assistant", content: "A\($0)")],
                origin: RowOrigin(file: "f", line: $0))
        }
        let dataset = Dataset(rows)
        func encode(_ row: Conversation) throws -> TokenizedExample {
            if row.origin.line == 2 { throw DatasetError(.unusable, "no") }
            return TokenizedExample(ids: [1, 2, 3], isSupervised: [false, true, row.origin.line == 3])
        }
        #expect(throws: DatasetError.self) { try dataset.tokenized(encode: encode) }
        let tokenized = try dataset.tokenized(onInvalid: .skip, encode: encode)
        #expect(tokenized.examples.map(\.origin.line) == [1, 3, 4])
        #expect(tokenized.report.invalidRowCount == 1)
        #expect(tokenized.report.rowCount == 3)
        #expect(throws: DatasetError.self) {
            try dataset.tokenized(maximumLength: 2, onInvalid: .skip, encode: encode)
        }
        let nothing = #expect(throws: DatasetError.self) {
            try dataset.tokenized(onInvalid: .skip) { _ in throw DatasetError(.unusable, "no") }
        }
        #expect(nothing?.code == .unusable && nothing?.exitStatus == .invalidData)
    }

    @Test(arguments: InvalidRowPolicy.allCases) func nothingIsWrittenOfWrongRowsUnlessTheyAreLeftOut(
        policy: InvalidRowPolicy
    ) throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(Self.text(5, wrong: [3]), to: "rows.jsonl")
        let target = directory.url("out.jsonl")
        let reader = DatasetReader(onInvalid: policy)
        if policy == .error {
            let error = #expect(throws: DatasetError.self) { try reader.write([file.path], to: target) }
            #expect(error?.findings.map(\.origin.line) == [3])
            #expect(!FileManager.default.fileExists(atPath: target.path))
        } else {
            #expect(try reader.write([file.path], to: target).rowCount == 4)
            #expect(try directory.text("out.jsonl").split(separator: "\n").count == 4)
        }
    }

    @Test func rowsThatCannotBeSaidInAFormatAreWrongRowsToo() throws {
        let directory = try TemporaryDirectory()
        let turns = #"{"role":"user","content":"Q"},{"role":"assistant","content":"A"}"#
        let file = try directory.write(
            "\(DatasetFilesTests.row(1))\n{\"messages\":[\(turns),\(turns)]}\n", to: "rows.jsonl")
        let target = directory.url("out.jsonl")
        let error = #expect(throws: DatasetError.self) {
            try DatasetReader().write([file.path], to: target, as: .promptCompletion)
        }
        #expect(error?.findings.map(\.kind) == [.notConvertible])
        let report = try DatasetReader(onInvalid: .skip).write([file.path], to: target, as: .promptCompletion)
        #expect(report.rowCount == 1 && report.invalidRowCount == 1)
    }

    @Test func aVisitStopsWhereItIsTold() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(Self.text(9000, wrong: [6000]), to: "rows.jsonl")
        var seen: [Int] = []
        let report = try DatasetReader().visit([file.path]) { row throws(DatasetError) in
            seen.append(row.origin.line)
            return seen.count == 5000 ? .stop : .next
        }
        #expect(seen == Array(1...5000))
        #expect(report.rowCount == 5000 && report.findings.kinds == [])
        #expect(report.files.isEmpty)
    }

    @Test func aSampleIsDrawnEvenlyAndRepeats() throws {
        var counts = [Int](repeating: 0, count: 10)
        for seed in 0..<4000 as Range<UInt64> {
            var sample = RowSample(count: 3, seed: seed)
            for line in 0..<10 {
                sample.add(
                    .tokens(TokenizedExample(ids: [1], isSupervised: [false], origin: RowOrigin(file: "", line: line))))
            }
            let lines = sample.rows.map(\.origin.line)
            #expect(lines == lines.sorted() && Set(lines).count == 3)
            for line in lines { counts[line] += 1 }
        }
        // Each is drawn with probability 0.3: 1200 times, with a standard deviation of 29.
        #expect(counts.allSatisfy { abs($0 - 1200) < 145 }, "\(counts)")
    }

    @Test func whatStandsInDataCannotSteerATerminal() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("{\"\\u001b[2J\\nkey\":1}\n", to: "rows.jsonl")
        let finding = try DatasetReader().scan([file.path]).report.findings.listed[0]
        #expect(finding.description.contains("␛[2J␊key"))
        #expect(finding.description.utf8.allSatisfy { $0 >= 0x20 })
        #expect("a\tb\u{7F}\u{9B}é".withVisibleControls(keepsLines: true) == "a\tb␡\u{FFFD}é")
    }

    @Test func theColumnIsInTheDocument() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("\(DatasetFilesTests.row(1))\n{\"prompt\": nul}\n", to: "rows.jsonl")
        let finding = try DatasetReader().scan([file.path]).report.findings.listed[0]
        #expect(finding.json["line"] == 2 && finding.json["column"] == 12)
    }
}
