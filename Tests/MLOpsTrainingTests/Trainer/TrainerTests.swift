import Foundation
import MLOpsCore
@testable import MLOpsTraining
import OrderedCollections
import TestSupport
import Testing

@Suite struct TrainerTests {
    let harness: TrainerHarness
    private var folder: TemporaryDirectory { harness.folder }
    private var configuration: TrainingConfiguration { harness.configuration }

    init() throws { harness = try TrainerHarness() }

    @Test func learnsAndWritesTheRun() async throws {
        let run = try harness.newRun()
        let events = try await harness.events(harness.trainer(run))
        let steps = events.compactMap { if case .step(let step) = $0 { step } else { nil } }
        #expect(steps.map(\.index) == [1, 2, 3, 4, 5, 6])
        #expect(steps.map(\.learningRate).first == 0)
        let epochs: [Double] = [2, 4, 6, 8, 10, 12].map { $0 / 6 }
        #expect(zip(steps.map(\.epoch), epochs).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(steps[5].loss < steps[0].loss * 0.9)
        guard case .finished(let summary) = events.last else {
            Issue.record("the last event is \(String(describing: events.last))")
            return
        }
        #expect(summary.steps == 6)
        #expect(Checkpoint.all(in: run).map(\.step) == [3, 6])
        #expect(try Checkpoint(contentsOf: summary.checkpoint).state.isComplete)
        #expect(run.status == .succeeded)
        #expect(try RunDirectory.latest(in: folder.url).name == run.name)
        let names = try FileManager.default.contentsOfDirectory(atPath: run.url.path).sorted()
        #expect(names == ["artifacts", "checkpoints", "events.jsonl", "logs", "model"])
        let text = try folder.text("run/artifacts/training_log.txt")
        #expect(text.contains("step 4: validation loss"))
        let kinds = try JournalReader.lines(of: run.journal).map { $0.entry["event"]?.string ?? "" }
        #expect(
            kinds == [
                "started", "step", "step", "step", "checkpoint", "step", "evaluated", "step", "step", "evaluated",
                "checkpoint", "verified", "trained", "finished",
            ])
    }

    @Test func aStepHasTheFieldsOfTheContract() async throws {
        let run = try harness.newRun()
        _ = try await harness.events(harness.trainer(run))
        let steps = try harness.history(of: run).filter { $0["event"] == "step" }
        let step = try #require(steps.first)
        #expect(
            step.object.map { Array($0.keys) } == [
                "event", "step", "epoch", "loss", "grad_norm", "lr", "tokens", "supervised_tokens", "seconds",
            ])
    }

    @Test(arguments: [(8, 1), (4, 2), (2, 4), (1, 8)]) func accumulationChangesNothingButRounding(
        batch: Int, accumulation: Int
    ) async throws {
        func losses(_ batch: Int, _ accumulation: Int, _ name: String) async throws -> [TrainingEvent.Step] {
            var model = BigramModel()
            model.isRandom = false
            let configuration = TrainingConfiguration(
                optimization: .init(
                    epochs: 3, batchSize: batch, gradientAccumulationSteps: accumulation, learningRate: 0.1))
            let trainer = try harness.trainer(
                harness.newRun(name), model: model, rows: 16, configuration: configuration)
            return try await harness.events(trainer).compactMap { if case .step(let step) = $0 { step } else { nil } }
        }
        let whole = try await losses(8, 1, "whole")
        let parts = try await losses(batch, accumulation, "parts")
        #expect(parts.count == 6)
        for (a, b) in zip(whole, parts) {
            #expect(abs(a.loss - b.loss) < 1e-5 && abs(a.gradientNorm - b.gradientNorm) < 1e-5)
            #expect(a.supervisedTokens == b.supervisedTokens)
        }
    }

    @Test func aLossThatIsNoNumberStopsBeforeItDoesHarm() async throws {
        let run = try harness.newRun()
        var model = BigramModel()
        model.poison = [5]
        var ordered = configuration
        ordered.shuffle = false
        let events = try await harness.events(harness.trainer(run, model: model, configuration: ordered))
        guard case .stopped(let finding) = events.last else {
            Issue.record("\(events.last as Any)")
            return
        }
        #expect(finding.rule == .nonFinite)
        #expect(finding.step == 2)
        #expect(finding.message.contains("rows.jsonl:5"))
        #expect(!finding.message.contains("rows.jsonl:7"))
        #expect(run.status == .stopped)
        let checkpoint = try #require(Checkpoint.latest(in: run))
        var saved = BigramModel()
        try saved.readParameters(from: checkpoint.url)
        #expect(!saved.parameters.contains { !$0.isFinite })
        #expect(checkpoint.state.updates == 1)
    }

    @Test func aWarningLeavesTheStepOutAndGoesOn() async throws {
        let run = try harness.newRun()
        var model = BigramModel()
        model.poison = [5]
        var warning = configuration
        warning.monitoring.nonFinite = .warn
        let events = try await harness.events(harness.trainer(run, model: model, configuration: warning))
        guard case .finished = events.last else {
            Issue.record("\(events.last as Any)")
            return
        }
        #expect(events.count { if case .health = $0 { true } else { false } } == 2)
        #expect(try !harness.parameters(of: run).contains { !$0.isFinite })
    }

    @Test func validationThatStopsGettingBetterEndsTheRun() async throws {
        let run = try harness.newRun()
        var patient = configuration
        patient.optimization.epochs = 50
        patient.optimization.learningRate = 1
        patient.optimization.earlyStoppingPatience = 2
        patient.recording.evaluationSteps = 1
        let events = try await harness.events(harness.trainer(run, configuration: patient))
        guard case .finished(let summary) = events.last else {
            Issue.record("\(events.last as Any)")
            return
        }
        #expect(summary.stoppedEarly)
        #expect(summary.steps < 150)
        let best = events.compactMap { if case .evaluated(let evaluation) = $0 { evaluation.isBest } else { nil } }
        #expect(best.suffix(3) == [true, false, false])
        // What is left is the best model, whose checkpoint was kept, not the last one.
        let step = summary.steps - 2
        #expect(summary.bestStep == step)
        var kept = BigramModel()
        try kept.readParameters(from: run.checkpoints.appending(path: Checkpoint.name(of: step)))
        #expect(try harness.parameters(of: run) == kept.parameters)
        let losses = events.compactMap { if case .evaluated(let evaluation) = $0 { evaluation.loss } else { nil } }
        #expect(summary.bestValidationLoss == losses.min())
    }

    @Test func theBestModelSurvivesTheLimitOnCheckpointsAndAResumption() async throws {
        var configuration = harness.configuration
        configuration.optimization.maximumSteps = 12
        configuration.optimization.learningRate = 8
        configuration.optimization.scheduler = .constant
        configuration.optimization.restoresBest = true
        configuration.recording = .init(saveSteps: 1, saveTotalLimit: 1, evaluationSteps: 2)
        let runs = try [harness.newRun("whole"), harness.newRun("killed")]
        let whole = try await harness.events(harness.trainer(runs[0], configuration: configuration))
        for try await event in try harness.trainer(runs[1], configuration: configuration).events {
            if case .step(let step) = event, step.index == 9 { break }
        }
        let resumed = try await harness.events(harness.trainer(runs[1], configuration: configuration))
        guard case .finished(let first) = whole.last, case .finished(let second) = resumed.last else {
            Issue.record("\(whole.last as Any), \(resumed.last as Any)")
            return
        }
        #expect(first.bestStep == second.bestStep && first.bestStep != nil && first.bestStep != 12)
        #expect(try harness.parameters(of: runs[0]) == harness.parameters(of: runs[1]))
        #expect(Checkpoint.all(in: runs[0]).map(\.step) == [first.bestStep, 12])
    }

    @Test func theBestOfNothingIsRefused() throws {
        var configuration = harness.configuration
        configuration.optimization.earlyStoppingPatience = 1
        let run = try harness.newRun()
        let error = #expect(throws: TrainingError.self) {
            try harness.trainer(run, validation: 0, configuration: configuration)
        }
        #expect(error?.exitStatus == .configuration && error?.message.contains("test_size") == true)
        // Nor is there a loss to measure at every fourth step, as the harness asks for.
        let unmeasured = #expect(throws: TrainingError.self) { try harness.trainer(run, validation: 0) }
        #expect(unmeasured?.exitStatus == .configuration && unmeasured?.message.contains("eval_steps") == true)
    }

    @Test func rowsWithNothingToLearnAreRefusedAtTheDoor() throws {
        var rows = BigramModel.rows(3)
        rows[1].isSupervised = rows[1].isSupervised.map { _ in false }
        let run = try harness.newRun()
        let error = #expect(throws: TrainingError.self) { try Trainer(model: BigramModel(), examples: rows, run: run) }
        #expect(error?.exitStatus == .invalidData)
        #expect(error?.message.contains("rows.jsonl:2") == true)
        let empty = #expect(throws: TrainingError.self) { try Trainer(model: BigramModel(), examples: [], run: run) }
        #expect(empty?.exitStatus == .invalidData)
    }

    @Test(arguments: [
        ("epochs", TrainingConfiguration(optimization: .init(epochs: 0))),
        ("batch_size", TrainingConfiguration(optimization: .init(batchSize: 0))),
        ("lr", TrainingConfiguration(optimization: .init(learningRate: .nan))),
        ("warmup_ratio", TrainingConfiguration(optimization: .init(warmup: .ratio(1.5)))),
        ("save_steps", TrainingConfiguration(recording: .init(saveSteps: 0))),
        ("logging_steps", TrainingConfiguration(recording: .init(loggingSteps: 0))),
    ])
    func aValueOutOfRangeIsNamed(key: String, configuration: TrainingConfiguration) throws {
        let error = #expect(throws: TrainingError.self) { try configuration.validate() }
        #expect(error?.exitStatus == .configuration)
        #expect(error?.message.hasPrefix(key) == true)
    }
}
