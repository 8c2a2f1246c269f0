import Foundation
import MLOpsCore
import MLOpsTraining
import OrderedCollections
import TestSupport

/// Trainers over a bigram table in a folder of their own, and what they leave behind.
struct TrainerHarness {
    let folder: TemporaryDirectory
    let configuration = TrainingConfiguration(
        optimization: .init(
            epochs: 2, batchSize: 2, gradientAccumulationSteps: 2, learningRate: 0.1, warmup: .steps(2),
            weightDecay: 0.01),
        recording: .init(saveSteps: 3, evaluationSteps: 4))

    init() throws { folder = try TemporaryDirectory() }

    func trainer(
        _ run: RunDirectory, model: BigramModel = .init(), rows: Int = 11, validation: Int = 4,
        configuration: TrainingConfiguration? = nil, stop: StopRequest = .init()
    ) throws -> Trainer<BigramModel> {
        let all = BigramModel.rows(rows + validation)
        return try Trainer(
            model: model, examples: Array(all.prefix(rows)), validation: Array(all.suffix(validation)), run: run,
            configuration: configuration ?? self.configuration, stop: stop, time: Self.time())
    }

    /// A clock that stands still, so that journals can be compared whole.
    static func time() -> TimeSource {
        TimeSource(now: { Date(timeIntervalSince1970: 1_000) }, seconds: { 0 })
    }

    func newRun(_ name: String = "run") throws -> RunDirectory { try .create(named: name, in: folder.url) }

    func events(_ trainer: Trainer<BigramModel>, first count: Int = .max) async throws -> [TrainingEvent] {
        var events: [TrainingEvent] = []
        for try await event in trainer.events {
            events.append(event)
            if events.count == count { break }
        }
        return events
    }

    func parameters(of run: RunDirectory) throws -> [Float] {
        var model = BigramModel()
        try model.readParameters(from: run.model)
        return model.parameters
    }

    /// The journal's events that a resumed run must have in common with an uninterrupted one.
    func history(of run: RunDirectory) throws -> [JSONValue] {
        try JournalReader.lines(of: run.journal).map(\.entry)
            .filter { ["step", "evaluated", "health", "checkpoint", "trained"].contains($0["event"]?.string) }
    }
}
