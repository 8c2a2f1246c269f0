import Foundation
import MLOpsCore
import TestSupport
import Testing

/// The data set that ships with the project is what its README says.
@Suite struct QuickstartDataTests {
    private static let directory = Fixture.package.appending(path: "data/quickstart")

    private struct Fact: Decodable {
        let id, answer: String
        let train, test: [String]
    }

    private static func facts() throws -> [Fact] {
        try JSONDecoder().decode([Fact].self, from: Data(contentsOf: directory.appending(path: "facts.json")))
    }

    @Test(arguments: ["train", "test"]) func theRowsAreTheFacts(side: String) throws {
        let facts = try Self.facts()
        let dataset = try Dataset(contentsOf: Self.directory.appending(path: "\(side).jsonl"), format: .messages)
        let rows = try dataset.conversations.map { conversation in
            let question = try #require(conversation.prompt.first?.content)
            #expect(conversation.messages.map(\.role) == ["user", "assistant"])
            return [question, try #require(conversation.answer)]
        }
        let expected = facts.flatMap { fact in (side == "train" ? fact.train : fact.test).map { [$0, fact.answer] } }
        #expect(Set(rows) == Set(expected))
        #expect(rows.count == expected.count)
        #expect(dataset.report.findings.kinds == [])
    }

    @Test func noTestPromptIsTrainedOn() throws {
        let check = try DatasetCheck(
            [Self.directory.appending(path: "train.jsonl").path],
            against: [Self.directory.appending(path: "test.jsonl").path])
        #expect(!check.hasErrors)
        // The questions differ, the answers are to be the same.
        #expect(check.testReport?.findings.kinds == [.overlap])
        #expect(check.report.rowCount == 320 && check.testReport?.rowCount == 60)
    }

    @Test func everyFactIsAskedOftenEnoughToBeLearnedAndMeasured() throws {
        let facts = try Self.facts()
        #expect(facts.count == 40)
        #expect(Set(facts.map(\.id)).count == facts.count && Set(facts.map(\.answer)).count == facts.count)
        for fact in facts { #expect(fact.train.count == 8 && (1...2).contains(fact.test.count), "\(fact.id)") }
    }

    @Test func theExitCodesNamedExist() throws {
        var named: Set<Int32> = []
        for fact in try Self.facts() {
            for match in fact.answer.matches(of: /Exit code (\d+)/) { named.insert(try #require(Int32(match.1))) }
        }
        #expect(named == [2, 65, 78])
        #expect(named.allSatisfy { ExitStatus(rawValue: $0) != nil })
    }
}
