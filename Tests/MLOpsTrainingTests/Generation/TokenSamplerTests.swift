@testable import MLOpsTraining
import MLOpsCore
import TestSupport
import Testing

/// The choice of a token: what may be drawn is what transformers' logits processors leave (Training/sampling.json).
@Suite struct TokenSamplerTests {
    @Test func leavesTheProbabilitiesThatTransformersLeaves() throws {
        let cases = try #require(
            JSONValue(parsing: WholeFile.read(Fixture.url("Training/sampling.json")))["cases"]?.array)
        for example in cases {
            let options = GenerationOptions(
                temperature: try #require(example["temperature"]?.double), topP: try #require(example["top_p"]?.double),
                topK: try #require(example["top_k"]?.int))
            let logits = try #require(example["logits"]).floats
            let candidates = TokenSampler(options, answer: 0).candidates(logits)
            let total = candidates.reduce(0) { $0 + $1.weight }
            var ours = [Double](repeating: 0, count: logits.count)
            for candidate in candidates { ours[Int(candidate.id)] = candidate.weight / total }
            let theirs = try #require(example["probabilities"]?.array).compactMap(\.double)
            #expect(theirs.count == ours.count)
            for (a, b) in zip(ours, theirs) { #expect(abs(a - b) < 1e-6 && (a == 0) == (b == 0), "\(options)") }
        }
    }

    @Test func drawsEachTokenAsOftenAsItsProbabilitySays() {
        let logits: [Float] = [0, 1, 2, -1]
        let sampler = TokenSampler(GenerationOptions(temperature: 1), answer: 3)
        let weights = sampler.candidates(logits)
        let total = weights.reduce(0) { $0 + $1.weight }
        let draws = 20_000
        var counts = [Int](repeating: 0, count: 4)
        for index in 0..<draws { counts[Int(sampler.token(logits, index: index))] += 1 }
        for candidate in weights {
            let p = candidate.weight / total
            let deviation = (p * (1 - p) * Double(draws)).squareRoot()
            #expect(abs(Double(counts[Int(candidate.id)]) - p * Double(draws)) < 4 * deviation)
        }
    }

    @Test func aDrawDependsOnSeedAnswerAndIndexAlone() {
        let logits = [Float](repeating: 0, count: 1000)
        func tokens(seed: UInt64, answer: Int) -> [Int32] {
            let sampler = TokenSampler(GenerationOptions(temperature: 1, seed: seed), answer: answer)
            return (0..<8).map { sampler.token(logits, index: $0) }
        }
        let all = [tokens(seed: 1, answer: 0), tokens(seed: 2, answer: 0), tokens(seed: 1, answer: 1)]
        #expect(Set(all).count == 3)
        #expect(Set(all[0]).count > 4)
        // Asked for in another order, the same.
        let sampler = TokenSampler(GenerationOptions(temperature: 1, seed: 1), answer: 0)
        #expect((0..<8).reversed().map { sampler.token(logits, index: $0) } == all[0].reversed())
    }

    @Test func greedyTakesTheFirstOfTheMostLikely() {
        let sampler = TokenSampler(GenerationOptions(temperature: 0), answer: 0)
        #expect(sampler.token([1, 3, 3, 2], index: 0) == 1)
        #expect(sampler.token([-.infinity, -5, .nan], index: 0) == 1)
    }

    @Test(arguments: [[Float.nan, .nan], [-.infinity, -.infinity], [.infinity, 0], [0, .nan]])
    func logitsThatAreNoNumbersDoNotTrap(logits: [Float]) {
        for options in [GenerationOptions(), GenerationOptions(temperature: 1, topP: 0.5, topK: 1)] {
            #expect((0..<2).contains(TokenSampler(options, answer: 0).token(logits, index: 0)))
        }
    }
}
