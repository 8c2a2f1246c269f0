import Foundation
import MLOpsCore
import MLOpsTraining
import OrderedCollections
import TestSupport
import Testing

@Suite struct TrainerTests {
    let folder: TemporaryDirectory
    let configuration = TrainingConfiguration(
        optimization: .init(
            epochs: 2, batchSize: 2, gradientAccumulationSteps: 2, learningRate: 0.1, warmup: .steps(2),
            weightDecay: 0.01),
        recording: .init(saveSteps: 3, evaluationSteps: 4))

    init() throws { folder = try TemporaryDirectory() }

    private func trainer(
        _ run: RunDirectory, model: BigramModel = .init(), rows: Int = 11, validation: Int = 4,
        configuration: TrainingConfiguration? = nil, stop: StopRequest = .init()
    ) throws -> Trainer<BigramModel> {
        let all = BigramModel.rows(rows + validation)
        return try Trainer(
            model: model, examples: Array(all.prefix(rows)), validation: Array(all.suffix(validation)), run: run,
            configuration: configuration ?? self.configuration, stop: stop, time: Self.time())
    }

    /// A clock that stands still, so that journals can be compared whole.
    private static func time() -> TimeSource {
        TimeSource(now: { Date(timeIntervalSince1970: 1_000) }, seconds: { 0 })
    }

    private func newRun(_ name: String = "run") throws -> RunDirectory { try .create(named: name, in: folder.url) }

    private func events(_ trainer: Trainer<BigramModel>, first count: Int = .max) async throws -> [TrainingEvent] {
        var events: [TrainingEvent] = []
        for try await event in trainer.events {
            events.append(event)
            if events.count == count { break }
        }
        return events
    }

    private func parameters(of run: RunDirectory) throws -> [Float] {
        var model = BigramModel()
        try model.readParameters(from: run.model)
        return model.parameters
    }

    /// The journal's events that a resumed run must have in common with an uninterrupted one.
    private func history(of run: RunDirectory) throws -> [JSONValue] {
        try JournalReader.lines(of: run.journal).map(\.entry)
            .filter { ["step", "evaluated", "health", "checkpoint", "trained"].contains($0["event"]?.string) }
    }

    @Test func learnsAndWritesTheRun() async throws {
        let run = try newRun()
        let events = try await events(trainer(run))
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
                "checkpoint",
                "trained", "finished",
            ])
    }

    @Test func aStepHasTheFieldsOfTheContract() async throws {
        let run = try newRun()
        _ = try await events(trainer(run))
        let steps = try history(of: run).filter { $0["event"] == "step" }
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
            let trainer = try trainer(newRun(name), model: model, rows: 16, configuration: configuration)
            return try await events(trainer).compactMap { if case .step(let step) = $0 { step } else { nil } }
        }
        let whole = try await losses(8, 1, "whole")
        let parts = try await losses(batch, accumulation, "parts")
        #expect(parts.count == 6)
        for (a, b) in zip(whole, parts) {
            #expect(abs(a.loss - b.loss) < 1e-5 && abs(a.gradientNorm - b.gradientNorm) < 1e-5)
            #expect(a.supervisedTokens == b.supervisedTokens)
        }
    }

    /// Leaving the loop after any event is what a kill at that moment leaves on disk.
    @Test(arguments: 1...14) func aRunKilledAnywhereEndsWithTheSameBytes(eventsBeforeTheKill: Int) async throws {
        let whole = try newRun("whole")
        _ = try await events(trainer(whole))
        let killed = try newRun("killed")
        _ = try await events(trainer(killed), first: eventsBeforeTheKill)
        // The kill may also have come in the middle of a line, and of a checkpoint.
        if killed.status != .succeeded {
            let handle = try FileHandle(forWritingTo: killed.journal)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("{\"event\":\"step\",\"st".utf8))
            try handle.close()
            try folder.write("half", to: "killed/checkpoints/.step-000006.partial/table.safetensors")
            _ = try await events(trainer(killed))
        }
        #expect(try parameters(of: killed) == parameters(of: whole))
        #expect(try history(of: killed) == history(of: whole))
        #expect(Checkpoint.all(in: killed).map(\.step) == [3, 6])
        for name in try FileManager.default.contentsOfDirectory(atPath: whole.url.path + "/checkpoints/step-000006") {
            let path = "checkpoints/step-000006/\(name)"
            let bytes = try [killed, whole].map { try Data(contentsOf: $0.url.appending(path: path)) }
            #expect(bytes[0] == bytes[1], "\(name)")
        }
    }

    @Test func aRunInterruptedAgainAndAgainEndsWithTheSameBytes() async throws {
        let whole = try newRun("whole")
        _ = try await events(trainer(whole))
        let run = try newRun("run")
        for _ in 0..<20 where !run.status.isFinal {
            let stop = StopRequest()
            for try await event in try trainer(run, stop: stop).events {
                if case .step = event { stop.make() }
            }
            if !run.status.isFinal { #expect(run.status == .interrupted) }
        }
        #expect(try parameters(of: run) == parameters(of: whole))
        let steps = try [run, whole].map { try history(of: $0).filter { $0["event"] == "step" } }
        #expect(steps[0] == steps[1])
    }

    @Test func aDamagedCheckpointIsReportedAndTheOneBeforeIsTaken() async throws {
        let whole = try newRun("whole")
        _ = try await events(trainer(whole))
        let run = try newRun("run")
        var long = configuration
        long.recording.saveSteps = 1
        for try await event in try trainer(run, configuration: long).events {
            if case .checkpointed(step: 4, _) = event { break }
        }
        let file = run.checkpoints.appending(path: "step-000004/optimizer.safetensors")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: file)
        let resumed = try await events(trainer(run, configuration: long))
        guard case .checkpointSkipped(let url, let reason) = resumed.first else {
            Issue.record("\(resumed.first as Any)")
            return
        }
        #expect(url.lastPathComponent == "step-000004")
        #expect(reason.contains("optimizer.safetensors"))
        #expect(try parameters(of: run) == parameters(of: whole))
        let again = run.checkpoints.appending(path: "step-000004")
        #expect(throws: Never.self) { try Checkpoint(contentsOf: again) }
    }

    @Test(arguments: ["adapter", "missing digest file", "state is not JSON"]) func damageOfAnyKindIsFound(kind: String)
        async throws
    {
        let run = try newRun()
        _ = try await events(trainer(run))
        let checkpoint = run.checkpoints.appending(path: "step-000006")
        switch kind {
        case "adapter": try Data("x".utf8).write(to: checkpoint.appending(path: "table.safetensors"))
        case "missing digest file": try FileManager.default.removeItem(at: checkpoint.appending(path: "digests.json"))
        default: try Data("x".utf8).write(to: checkpoint.appending(path: "trainer_state.json"))
        }
        let error = #expect(throws: TrainingError.self) { try Checkpoint(contentsOf: checkpoint) }
        #expect(error?.code == .unusableCheckpoint)
        #expect(Checkpoint.latest(in: run)?.state.step == 3)
    }

    @Test func onlyTheNewestCheckpointsAreKept() async throws {
        let run = try newRun()
        var keeping = configuration
        keeping.recording = .init(saveSteps: 1, saveTotalLimit: 2)
        _ = try await events(trainer(run, configuration: keeping))
        #expect(Checkpoint.all(in: run).map(\.step) == [5, 6])
        #expect(try FileManager.default.contentsOfDirectory(atPath: run.checkpoints.path).count == 2)
    }

    @Test func aCheckpointThatCannotBeWrittenLosesNothing() async throws {
        let whole = try newRun("whole")
        _ = try await events(trainer(whole))
        let run = try newRun()
        var model = BigramModel()
        model.failure = .init(after: 1)
        var events: [TrainingEvent] = []
        await #expect(throws: CocoaError.self) {
            for try await event in try trainer(run, model: model).events { events.append(event) }
        }
        #expect(run.status == .failed)
        #expect(Checkpoint.all(in: run).map(\.step) == [3])
        _ = try await self.events(trainer(run))
        #expect(try parameters(of: run) == parameters(of: whole))
    }

    @Test func aLossThatIsNoNumberStopsBeforeItDoesHarm() async throws {
        let run = try newRun()
        var model = BigramModel()
        model.poison = [5]
        var ordered = configuration
        ordered.shuffle = false
        let events = try await events(trainer(run, model: model, configuration: ordered))
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
        let run = try newRun()
        var model = BigramModel()
        model.poison = [5]
        var warning = configuration
        warning.monitoring.nonFinite = .warn
        let events = try await events(trainer(run, model: model, configuration: warning))
        guard case .finished = events.last else {
            Issue.record("\(events.last as Any)")
            return
        }
        #expect(events.count { if case .health = $0 { true } else { false } } == 2)
        #expect(try !parameters(of: run).contains { !$0.isFinite })
    }

    @Test func anOverrideThatWouldChangeTheResultIsRefused() async throws {
        let run = try newRun()
        _ = try await events(trainer(run), first: 6)
        var changed = configuration
        changed.optimization.learningRate = 0.2
        await #expect {
            _ = try await events(trainer(run, configuration: changed))
        } throws: { error in
            let error = error as? TrainingError
            return error?.exitStatus == .configuration && error?.message.contains("lr") == true
        }
        await #expect {
            _ = try await events(trainer(run, rows: 10))
        } throws: { ($0 as? TrainingError)?.message.contains("other rows") == true }
        await #expect {
            _ = try await events(trainer(run, model: BigramModel(vocabulary: 7)))
        } throws: { ($0 as? TrainingError)?.message.contains("another model") == true }
    }

    @Test func howOftenSomethingIsSavedMayChange() async throws {
        let whole = try newRun("whole")
        _ = try await events(trainer(whole))
        let run = try newRun()
        _ = try await events(trainer(run), first: 6)
        var changed = configuration
        changed.recording = .init(saveSteps: 1, saveTotalLimit: 1, loggingSteps: 5)
        changed.monitoring.isEnabled = false
        _ = try await events(trainer(run, configuration: changed))
        #expect(try parameters(of: run) == parameters(of: whole))
    }

    @Test func aCompleteRunIsNotContinued() async throws {
        let run = try newRun()
        _ = try await events(trainer(run))
        await #expect { _ = try await events(trainer(run)) } throws: { ($0 as? TrainingError)?.code == .finished }
    }

    @Test func aRunThatIsBeingWrittenIsRefused() async throws {
        let run = try newRun()
        var iterator = try trainer(run).events.makeAsyncIterator()
        _ = try await iterator.next()
        await #expect { _ = try await events(trainer(run)) } throws: { ($0 as? RunError)?.code == .busy }
        _ = try await iterator.next()
    }

    @Test func validationThatStopsGettingBetterEndsTheRun() async throws {
        let run = try newRun()
        var patient = configuration
        patient.optimization.epochs = 50
        patient.optimization.learningRate = 1
        patient.optimization.earlyStoppingPatience = 2
        patient.recording.evaluationSteps = 1
        let events = try await events(trainer(run, configuration: patient))
        guard case .finished(let summary) = events.last else {
            Issue.record("\(events.last as Any)")
            return
        }
        #expect(summary.stoppedEarly)
        #expect(summary.steps < 150)
        let best = events.compactMap { if case .evaluated(let evaluation) = $0 { evaluation.isBest } else { nil } }
        #expect(best.suffix(3) == [true, false, false])
    }

    @Test func rowsWithNothingToLearnAreRefusedAtTheDoor() throws {
        var rows = BigramModel.rows(3)
        rows[1].isSupervised = rows[1].isSupervised.map { _ in false }
        let run = try newRun()
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
