@testable import MLOpsTraining
import Foundation
import MLOpsCore
import TestSupport
import Testing

/// Tiny models of every family against transformers 5.23.0 and PEFT 0.21.2 (Training/families.json).
@Suite struct FamilyTests {
    /// max |a − b| / max |b| of the logits: 64 layers of rounding are far below, a wrong formula far above.
    private static let tolerance: Float = 5e-5

    private static func name(_ example: JSONValue) -> Comment { "\(example["name"]?.string ?? "")" }

    @Test func logitsLossesAndGreedyAnswersAreThoseOfTransformers() throws {
        let cases = try HashedModel.cases()
        #expect(!cases.isEmpty)
        var greatest: [String: Float] = [:]
        for example in cases {
            let directory = try TemporaryDirectory()
            let config = try #require(example["config"])
            try HashedModel.write(config, to: directory.url("model"))
            let model = try DecoderModel(contentsOf: directory.url("model"))
            for result in try #require(example["results"]?.array) {
                let ids = try #require(result["ids"]).ids
                let (last, loss) = try model.logits(of: ids)
                let difference = relativeDifference(last, try #require(result["logits"]).floats)
                greatest[config["model_type"]?.string ?? "", default: 0].formMax(difference)
                #expect(difference < Self.tolerance, Self.name(example))
                let middle = try model.logits(of: Array(ids.prefix(ids.count / 2 + 1))).last.prefix(8)
                if !model.architecture.angleDependsOnLength {
                    #expect(
                        relativeDifference(Array(middle), try #require(result["middle"]).floats) < 1e-4,
                        Self.name(example))
                }
                if let nll = result["nll"]?.double {
                    #expect(abs(try #require(loss) - nll) < 2e-5 * nll, Self.name(example))
                }
                let greedy = try #require(result["greedy"]).ids
                let options = GenerationOptions(maximumTokens: greedy.count, temperature: 0)
                let answer = try model.continuations(of: [ids], options: options)[0].ids
                #expect(answer == greedy, Self.name(example))
            }
        }
        if ProcessInfo.processInfo.environment["MLOPS_FAMILY_CASES"] != nil { Self.report(greatest) }
    }

    /// For the table in Docs/Families.md.
    private static func report(_ greatest: [String: Float]) {
        for (family, difference) in greatest.sorted(by: { $0.key < $1.key }) { print(family, difference) }
    }

    @Test(arguments: [false, true])
    func trainsAsPEFT(checkpointing: Bool) throws {
        for example in try HashedModel.cases() {
            guard let training = example["training"] else { continue }
            let directory = try TemporaryDirectory()
            try HashedModel.write(try #require(example["config"]), to: directory.url("model"))
            let model = try DecoderModel(contentsOf: directory.url("model"))
            var adapter = try LoRAAdapter(
                for: model.architecture, configuration: LoRAConfiguration(rank: 3, alpha: 5), seed: 1)
            #expect(adapter.configuration.targetModules.sorted() == training["targets"]?.array?.compactMap(\.string))
            for module in adapter.layout.modules {
                for (name, range, columns) in [
                    (module.tensorNameA, module.a, module.shape.inputs), (module.tensorNameB, module.b, module.rank),
                ] {
                    adapter.parameters.replaceSubrange(
                        range,
                        with: HashedModel.weights(name, shape: [range.count / columns, columns], isGemma: false))
                }
            }
            let rows = try #require(training["rows"]?.array).map {
                TokenizedExample(
                    ids: $0["input_ids"]?.ids ?? [], isSupervised: $0["labels"]?.ids.map { $0 != -100 } ?? [])
            }
            var optimizer = AdamW(weightDecay: 0.01)
            for step in try #require(training["steps"]?.array) {
                let result = try model.lossAndGradients(of: rows, adapter: adapter, checkpointing: checkpointing)
                var gradients = result.gradients
                gradients.scale(by: 1 / Float(result.supervisedCount))
                optimizer.update(&adapter, with: gradients, learningRate: 0.02)
                // Where rounding decides the sign of AdamW's first step, torch itself is as far from double precision.
                let rounding = step["rounding"]?.double ?? 0
                let loss = try #require(step["loss"]?.double)
                #expect(
                    abs(result.lossSum / Double(result.supervisedCount) - loss) < max(5e-5, 4 * rounding) * loss,
                    Self.name(example))
                let norm = try #require(step["grad_norm"]?.double)
                #expect(abs(gradients.norm - norm) < max(5e-4, 4 * rounding) * norm, Self.name(example))
            }
        }
    }
}

extension Float {
    fileprivate mutating func formMax(_ other: Float) { self = Swift.max(self, other) }
}
