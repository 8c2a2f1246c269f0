import Foundation
import MLOpsCore
import MLOpsTraining
import TestSupport
import Testing

/// The model of the repository is the one its card describes.
@Suite struct ShippedModelTests {
    private static let directory = Fixture.package.appending(path: "models/mlops-tiny")

    private static func card() throws -> String {
        try String(contentsOf: directory.appending(path: "README.md"), encoding: .utf8)
    }

    @Test func everyFileHasTheDigestOfTheCard() throws {
        var described: [String: (size: Int, digest: String)] = [:]
        for row in try Self.card().matches(of: /\| `([^`]+)` \| ([\d,]+) \| `([0-9a-f]{64})` \|/) {
            described[String(row.1)] = (Int(row.2.filter { $0 != "," }) ?? -1, String(row.3))
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path)
            .filter { $0 != "README.md" && !$0.hasPrefix(".") }
        #expect(Set(names) == Set(described.keys))
        var total = 0
        for name in names {
            let data = try Data(contentsOf: Self.directory.appending(path: name))
            #expect(described[name]?.size == data.count, "\(name)")
            #expect(described[name]?.digest == Digest.sha256(data), "\(name)")
            total += data.count
        }
        #expect(total < 10_000_000, "what ships stays small")
    }

    @Test func itAnswersAsTheCardShows() async throws {
        let model = try TextModel(contentsOf: Self.directory)
        let shown = try Self.card().matches(of: /\n\$ mlops generate [^\n]*--prompt '([^']+)'\n([^\n]+)\n/)
        #expect(shown.count >= 2)
        for example in shown {
            let prompt = Prompt.messages([ChatMessage(role: "user", content: String(example.1))])
            let answer = try await model.completions(of: [prompt])[0]
            #expect(answer.text == String(example.2))
            #expect(answer.finishReason == .stop)
        }
    }

    /// Beside the best that knowing each token's frequency can do: a unigram model of these very answers.
    @Test func itPredictsAnswersItHasNotSeen() async throws {
        let model = try TextModel(contentsOf: Self.directory)
        let rows = try Dataset(contentsOf: Fixture.package.appending(path: "data/pretraining/test.jsonl")).conversations
        #expect(rows.count == 474)
        let scores = try await model.scores(of: rows)
        let tokens = scores.reduce(0) { $0 + $1.tokenCount }
        let perplexity = exp(scores.reduce(0) { $0 + $1.negativeLogLikelihood } / Double(tokens))

        var counts: [Int32: Double] = [:]
        for row in rows {
            let example = try model.encoder.example(row)
            for (id, isSupervised) in zip(example.ids, example.isSupervised) where isSupervised {
                counts[id, default: 0] += 1
            }
        }
        #expect(counts.values.reduce(0, +) == Double(tokens))
        let unigram = exp(-counts.values.reduce(0) { $0 + $1 * log($1 / Double(tokens)) } / Double(tokens))

        let card = try Self.card()
        for (name, value) in [("this model", perplexity), ("a unigram model", unigram)] {
            let stated = try #require(
                card.matches(of: /\| ([^|]+) \| ([\d.]+) \|\n/).first { $0.1.hasPrefix(name) }.flatMap { Double($0.2) })
            #expect(abs(stated / value - 1) < 0.001, "\(name): the card says \(stated), measured was \(value)")
        }
        #expect(perplexity < unigram / 4)
    }
}
