import Foundation
import MLOpsCore
import MLOpsTraining
import OrderedCollections
import Synchronization
import TestSupport
import Testing

/// The proof that resuming gives the same bytes, and that it can fail.
@Suite struct ResumptionCheckTests {
    private let harness: TrainerHarness

    init() throws { harness = try TrainerHarness() }

    @Test(arguments: [(6, 6, 3, 4), (2, 2, 1, 2), (3, 3, 2, 2), (1, 1, 0, 0), (60, 6, 3, 4)])
    func anHonestModelPasses(maximum: Int, steps: Int, checkpoint: Int, cut: Int) async throws {
        var configuration = harness.configuration
        configuration.optimization.maximumSteps = maximum
        let run = try harness.newRun()
        let report = try await harness.trainer(run, configuration: configuration).checkResumption()
        #expect(report.isEqual, "\(report.text)")
        #expect(report.steps == steps && report.losses.count == steps)
        #expect(report.checkpointStep == checkpoint && report.cutAfterStep == cut)
        #expect(report.digests["table.safetensors"]?.straight != nil)
        #expect(report.json["equal"] == true && report.text.contains("equal: 1 files"))
        // The trainer's own run has not begun.
        #expect(try FileManager.default.contentsOfDirectory(atPath: run.url.path).isEmpty)
    }

    @Test func heldOutRowsAndTheBestModelAreCompared() async throws {
        var configuration = harness.configuration
        configuration.optimization.restoresBest = true
        configuration.recording.evaluationSteps = 1
        let report = try await harness.trainer(harness.newRun(), configuration: configuration).checkResumption()
        #expect(report.isEqual, "\(report.text)")
    }

    @Test func aModelWithAMemoryOfItsOwnIsFoundOut() async throws {
        let trainer = try Trainer(
            model: ForgetfulModel(), examples: BigramModel.rows(11), validation: BigramModel.rows(2),
            run: harness.newRun(),
            configuration: harness.configuration, time: TrainerHarness.time())
        let report = try await trainer.checkResumption()
        #expect(!report.isEqual)
        #expect(report.differences.contains { $0.contains("table.safetensors") })
        #expect(report.differences.contains { $0.contains("loss is") })
        #expect(report.text.contains("NOT EQUAL") && report.json["equal"] == false)
    }

    /// A model whose gradients depend on how often they were asked for: what no checkpoint can know.
    private struct ForgetfulModel: TrainableModel {
        private var model = BigramModel()
        private let calls = Calls()

        private final class Calls: Sendable {
            let count = Mutex(0)
        }

        var parameters: [Float] { model.parameters }
        mutating func withParameters(_ body: (inout [Float]) throws -> Void) rethrows {
            try model.withParameters(body)
        }
        func addGradients(
            of examples: [TokenizedExample], dropout: DropoutKey, weight: Float, to gradients: inout [Float]
        ) throws -> TokenScore {
            let call = calls.count.withLock { count in
                count += 1
                return count
            }
            var exact = [Float](repeating: 0, count: gradients.count)
            let score = try model.addGradients(of: examples, dropout: dropout, weight: weight, to: &exact)
            for (i, gradient) in exact.enumerated() {
                gradients[i] += gradient * (i % 2 == call % 2 ? 1 : 0.1 * Float(call))
            }
            return score
        }
        func score(of examples: [TokenizedExample]) throws -> TokenScore { try model.score(of: examples) }
        func writeParameters(to directory: URL) throws { try model.writeParameters(to: directory) }
        mutating func readParameters(from directory: URL) throws { try model.readParameters(from: directory) }
    }
}
