import Foundation
import MLOpsCore
import MLOpsTraining
import TestSupport
import Testing

/// Trainers that run at once in one process share the model, its idle buffers and the pool of threads, and nothing else.
@Suite struct SeveralTrainersTests {
    private let folder: TemporaryDirectory
    private let model: DecoderModel

    init() throws {
        folder = try TemporaryDirectory()
        model = try TinyModel.wide.load(in: folder)
    }

    /// What is trained: adapters beside one model, one of which computes activations again, and all weights.
    private static let kinds = ["lora", "dora", "full"]

    /// Trains as `kind` says, and returns the bytes of the finished weights and of the losses.
    private func train(_ kind: String, in name: String) async throws -> [Data] {
        let run = try RunDirectory.create(named: name, in: folder.url)
        if kind == "full" { return try await train(FullTraining(model.files), in: run) }
        let configuration = LoRAConfiguration(
            rank: 5, dropout: 0.2, targetModules: ["q_proj", "v_proj", "down_proj"],
            usesWeightDecomposition: kind == "dora")
        return try await train(
            AdapterTraining(model: model, configuration: configuration, recomputesActivations: kind == "dora"), in: run)
    }

    private func train(_ trainee: some TrainableModel, in run: RunDirectory) async throws -> [Data] {
        let rows = TinyModel.wide.rows([40, 9, 130, 33, 21, 60, 75])
        let trainer = try Trainer(
            model: trainee, examples: Array(rows.dropLast(2)), validation: Array(rows.suffix(2)), run: run,
            configuration: TrainingConfiguration(
                optimization: .init(maximumSteps: 6, batchSize: 2, gradientAccumulationSteps: 2, learningRate: 0.01),
                recording: .init(saveSteps: 2, evaluationSteps: 3)))
        var losses: [Double] = []
        for try await event in trainer.events {
            switch event {
            case .step(let step): losses.append(step.loss)
            case .evaluated(let evaluation): losses.append(evaluation.loss)
            default: break
            }
        }
        #expect(losses.count == 8)
        let names = try FileManager.default.contentsOfDirectory(atPath: run.model.path(percentEncoded: false))
        return try names.filter { $0.hasSuffix(".safetensors") }
            .map { try Data(contentsOf: run.model.appending(path: $0)) } + [Data("\(losses)".utf8)]
    }

    @Test func trainersAtOnceEndAsEachDoesAlone() async throws {
        var alone: [String: [Data]] = [:]
        for kind in Self.kinds { alone[kind] = try await train(kind, in: "\(kind)-alone") }
        #expect(Set(alone.values).count == Self.kinds.count)
        let together = try await withThrowingTaskGroup(of: (String, [Data]).self) { group in
            for number in 0..<3 {
                for kind in Self.kinds { group.addTask { (kind, try await train(kind, in: "\(kind)-\(number)")) } }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(together.count == 9)
        for (kind, bytes) in together { #expect(bytes == alone[kind], "\(kind)") }
    }
}
