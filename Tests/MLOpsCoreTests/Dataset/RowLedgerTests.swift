import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

/// What is found outside memory is what is found in it.
@Suite struct RowLedgerTests {
    /// Rows of which many repeat, contradict or continue one another, drawn from a few words.
    private static func rows(_ count: Int, seed: UInt64) -> [DatasetRow] {
        var random = PhiloxStream(seed: seed, purpose: 1)
        func word() -> String { ["yes", "Yes", "no", "why", " why ", "WHY", "so", "x"][Int(random.next() % 8)] }
        return (0..<count).map { line in
            let origin = RowOrigin(file: "f\(line / 100)", line: line % 100 + 1)
            if random.next() % 8 == 0 {
                let text = [ChatMessage(role: "assistant", content: "\(word()) \(word())")]
                return .conversation(Conversation(messages: text, kind: .text, origin: origin))
            }
            let turns = (0..<(2 * (1 + Int(random.next() % 2)))).map { index in
                ChatMessage(role: index % 2 == 0 ? "user" : "assistant", content: word() + " " + word())
            }
            return .conversation(Conversation(messages: turns, origin: origin))
        }
    }

    @Test(arguments: [1 << 21, 1 << 10]) func findsWhatAnAuditFinds(bound: Int) throws {
        let (training, tests) = (Self.rows(900, seed: 5), Self.rows(400, seed: 6))
        var audit = RowAudit()
        var (ledger, other) = (RowLedger(bound: bound), RowLedger(bound: bound))
        var expected: [String] = []
        var duplicates: [Int] = []
        for (number, row) in training.enumerated() {
            try ledger.add(RowKeys(row), at: audit.place(of: row.origin), row: number)
            let findings = audit.add(row)
            if findings.first?.kind == .duplicate { duplicates.append(number) }
            expected += findings.map(\.description)
        }
        let found = try ledger.repetitions(limit: 100_000)
        func text(_ relation: RowRelation) -> String {
            relation.finding(at: audit.origin(of: relation.place), other: audit.text(relation.other)).description
        }
        #expect(found.relations.relations.map(text) == expected)
        #expect(training.indices.filter(found.duplicates.contains) == duplicates)
        #expect(found.distinctPromptCount == audit.distinctPromptCount)
        #expect(try ledger.repetitions(limit: 7).relations.counts == found.relations.counts)
        #expect(duplicates.count > 20 && expected.count > 3 * duplicates.count)

        for (number, row) in tests.enumerated() {
            try other.add(RowKeys(row), at: RowAudit.Place(file: 0, line: number), row: number)
        }
        let leaks = try ledger.leaks(into: other, limit: 100_000).relations
        let expectedLeaks = tests.enumerated().compactMap { number, row in audit.leak(row).map { (number, $0) } }
        #expect(leaks.map(\.place.line) == expectedLeaks.map(\.0))
        #expect(leaks.map(\.findingKind) == expectedLeaks.map(\.1.kind))
        #expect(zip(leaks, expectedLeaks).allSatisfy { $1.1.message.contains(audit.text($0.other)) })
        #expect(Set(leaks.map(\.kind)) == [.sameRow, .samePrompt, .samePromptButForCase])
    }

    @Test func groupsAreThoseOfASearchInMemory() throws {
        let rows = Self.rows(500, seed: 7)
        func groups(bound: Int) throws -> [Int32] {
            var groups = PromptGroups(bound: bound)
            for row in rows { try groups.add(RowKeys(row)) }
            return try groups.groups().ofRow
        }
        let all = try groups(bound: 1 << 21)
        #expect(try groups(bound: 100) == all)
        // Slow and exact: rows with a prompt that one of them answers last are in one group.
        let keys = rows.map { RowKeys($0) }
        for left in keys.indices {
            for right in 0..<left where keys[left].prompts.contains(keys[right].prompt) {
                #expect(all[left] == all[right], "\(left) \(right)")
            }
        }
        #expect(Set(all).count > 30)
    }

    @Test func nearDuplicatesAreTheSameInPassesAndFiles() throws {
        var random = PhiloxStream(seed: 9, purpose: 1)
        var texts: [String] = []
        for number in 0..<600 {
            var words = (0..<50).map { _ in "w\(random.next() % 300)" }
            if number % 3 == 2 { words = texts[number / 2].split(separator: " ").map(String.init) }
            words[Int(random.next() % 50)] = "n\(number)"
            texts.append(words.joined(separator: " "))
        }
        func pairs(bound: Int, share: Int) throws -> [NearDuplicates.Pair] {
            var search = NearDuplicates(threshold: 0.8, bound: bound, share: share)
            for (row, text) in texts.enumerated() {
                try search.add(
                    try #require(MinHash(RowWords(text))), at: RowAudit.Place(file: 1, line: row), row: row)
            }
            var excluded = RowSet()
            excluded.insert(599)
            var found: [NearDuplicates.Pair] = []
            try search.forEachPair(excluding: excluded) { found.append($0) }
            return found
        }
        let all = try pairs(bound: 1 << 21, share: 1 << 21)
        #expect(all.count > 100 && all.map(\.row) == all.map(\.row).sorted() && !all.contains { $0.row == 599 })
        #expect(all.allSatisfy { $0.place.line == $0.row && $0.otherPlace.line == $0.other && $0.other < $0.row })
        #expect(try pairs(bound: 1 << 12, share: 100) == all)
    }

    @Test func recordsComeBackFromMemoryAndFile() throws {
        var log = RecordLog(width: 3, bound: 30)
        var spool = RecordSpool(bound: 50)
        for number in 0..<100_000 as Range<UInt64> {
            try log.append([number, number * 2, ~number])
            if number < 1000 { try spool.append([number, number * 3], to: Int(number % 7)) }
        }
        try log.flush()
        #expect(log.count == 100_000)
        #expect(try log.words(9..<12) == (9..<12).flatMap { [$0, $0 * 2, ~$0] as [UInt64] })
        #expect(try log.words(99_999..<100_000) == [99_999, 199_998, ~99_999])
        for part in 0..<7 {
            let expected = (0..<1000).filter { $0 % 7 == part }.flatMap { [UInt64($0), UInt64($0) * 3] }
            #expect(try spool.words(of: part) == expected)
        }
        #expect(spool.isEmpty(7) && !spool.isEmpty(6))
    }

    @Test func ofTooManyRunsOfTestRowsALongPassageIsStillFound() {
        let words = (0..<400).map { "w\($0)" }.joined(separator: " ")
        for limit in [1_000_000, 100] {
            var runs = TestRuns(limit: limit)
            runs.add(RowWords(words))
            let found = runs.found(in: RowWords("And " + words))
            #expect(limit > 1000 ? found.count == 388 : (20...100).contains(found.count), "\(found.count)")
            runs.note(found, at: RowAudit.Place(file: 0, line: 3))
            #expect(runs.holder(of: found)?.line == 3)
        }
    }

    @Test func findingsStandInTheOrderOfTheRows() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            """
            {"prompt":"A","completion":"1"}
            {"prompt":"a","completion":"2"}
            {"prompt":1}
            {"prompt":"A","completion":"1"}
            {"prompt":"mail anna.b@firma-xy.de","completion":"3"}
            {"prompt":"mail anna.b@firma-xy.de","completion":"3"}
            """, to: "rows.jsonl")
        let findings = try DatasetCheck([file.path]).report.findings.listed
        #expect(
            findings.map { "\($0.origin.line) \($0.kind.rawValue)" } == [
                "2 conflicting_answer", "3 wrong_type", "3 missing_key", "4 duplicate", "5 personal_data",
                "6 personal_data", "6 duplicate",
            ])
        #expect(findings[0].message.hasPrefix("Apart from the case of letters"))
        #expect(try DatasetReader().scan([file.path]).report.findings.listed == findings)
    }
}
