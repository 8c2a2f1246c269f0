import Foundation
import MLOpsCore
import MLOpsTraining
import TestSupport
import Testing

@Suite struct TrainerResumptionTests {
    let harness: TrainerHarness
    private var folder: TemporaryDirectory { harness.folder }
    private var configuration: TrainingConfiguration { harness.configuration }

    init() throws { harness = try TrainerHarness() }

    /// Leaving the loop after any event is what a kill at that moment leaves on disk.
    @Test(arguments: 1...14) func aRunKilledAnywhereEndsWithTheSameBytes(eventsBeforeTheKill: Int) async throws {
        let whole = try harness.newRun("whole")
        _ = try await harness.events(harness.trainer(whole))
        let killed = try harness.newRun("killed")
        _ = try await harness.events(harness.trainer(killed), first: eventsBeforeTheKill)
        // The kill may also have come in the middle of a line, and of a checkpoint.
        if killed.status != .succeeded {
            let handle = try FileHandle(forWritingTo: killed.journal)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("{\"event\":\"step\",\"st".utf8))
            try handle.close()
            try folder.write("half", to: "killed/checkpoints/.step-000006.partial/table.safetensors")
            _ = try await harness.events(harness.trainer(killed))
        }
        #expect(try harness.parameters(of: killed) == harness.parameters(of: whole))
        #expect(try harness.history(of: killed) == harness.history(of: whole))
        #expect(Checkpoint.all(in: killed).map(\.step) == [3, 6])
        for name in try FileManager.default.contentsOfDirectory(atPath: whole.url.path + "/checkpoints/step-000006") {
            let path = "checkpoints/step-000006/\(name)"
            let bytes = try [killed, whole].map { try Data(contentsOf: $0.url.appending(path: path)) }
            #expect(bytes[0] == bytes[1], "\(name)")
        }
    }

    @Test func aRunInterruptedAgainAndAgainEndsWithTheSameBytes() async throws {
        let whole = try harness.newRun("whole")
        _ = try await harness.events(harness.trainer(whole))
        let run = try harness.newRun("run")
        for _ in 0..<20 where !run.status.isFinal {
            let stop = StopRequest()
            for try await event in try harness.trainer(run, stop: stop).events {
                if case .step = event { stop.make() }
            }
            if !run.status.isFinal { #expect(run.status == .interrupted) }
        }
        #expect(try harness.parameters(of: run) == harness.parameters(of: whole))
        let steps = try [run, whole].map { try harness.history(of: $0).filter { $0["event"] == "step" } }
        #expect(steps[0] == steps[1])
    }

    /// Stopped where a measurement is due, and at the last step: what is due is done, and no step comes after the last one.
    @Test(arguments: [1, 2]) func aRunThatARuleStoppedGoesOnAsOneThatWasWarned(epochs: Int) async throws {
        var model = BigramModel()
        model.poison = [9]
        var warned = configuration
        (warned.shuffle, warned.optimization.epochs, warned.recording.evaluationSteps) = (false, epochs, 3)
        warned.monitoring.nonFinite = .warn
        let whole = try harness.newRun("whole")
        _ = try await harness.events(harness.trainer(whole, model: model, configuration: warned))
        var stopped = warned
        stopped.monitoring.nonFinite = .stop
        let run = try harness.newRun("stopped")
        for _ in 0..<epochs {
            _ = try await harness.events(harness.trainer(run, model: model, configuration: stopped))
            #expect(run.status == .stopped)
        }
        _ = try await harness.events(harness.trainer(run, model: model, configuration: stopped))
        #expect(run.status == .succeeded)
        #expect(try harness.parameters(of: run) == harness.parameters(of: whole))
        let histories = try [run, whole].map { run in
            try harness.history(of: run).filter { !["health", "checkpoint"].contains($0["event"]?.string) }
        }
        #expect(histories[0] == histories[1])
    }

    @Test func aDamagedCheckpointIsReportedAndTheOneBeforeIsTaken() async throws {
        let whole = try harness.newRun("whole")
        _ = try await harness.events(harness.trainer(whole))
        let run = try harness.newRun("run")
        var long = configuration
        long.recording.saveSteps = 1
        for try await event in try harness.trainer(run, configuration: long).events {
            if case .checkpointed(step: 4, _) = event { break }
        }
        let file = run.checkpoints.appending(path: "step-000004/optimizer.safetensors")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: file)
        let resumed = try await harness.events(harness.trainer(run, configuration: long))
        guard case .checkpointSkipped(let url, let reason) = resumed.first else {
            Issue.record("\(resumed.first as Any)")
            return
        }
        #expect(url.lastPathComponent == "step-000004")
        #expect(reason.contains("optimizer.safetensors"))
        #expect(try harness.parameters(of: run) == harness.parameters(of: whole))
        let again = run.checkpoints.appending(path: "step-000004")
        #expect(throws: Never.self) { try Checkpoint(contentsOf: again) }
    }

    @Test(arguments: ["adapter", "missing digest file", "state is not JSON"]) func damageOfAnyKindIsFound(kind: String)
        async throws
    {
        let run = try harness.newRun()
        _ = try await harness.events(harness.trainer(run))
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
        let run = try harness.newRun()
        var keeping = configuration
        keeping.recording = .init(saveSteps: 1, saveTotalLimit: 2)
        _ = try await harness.events(harness.trainer(run, configuration: keeping))
        #expect(Checkpoint.all(in: run).map(\.step) == [5, 6])
        #expect(try FileManager.default.contentsOfDirectory(atPath: run.checkpoints.path).count == 2)
    }

    @Test func aCheckpointThatCannotBeWrittenLosesNothing() async throws {
        let whole = try harness.newRun("whole")
        _ = try await harness.events(harness.trainer(whole))
        let run = try harness.newRun()
        var model = BigramModel()
        model.failure = .init(after: 1)
        var events: [TrainingEvent] = []
        await #expect(throws: CocoaError.self) {
            for try await event in try harness.trainer(run, model: model).events { events.append(event) }
        }
        #expect(run.status == .failed)
        #expect(Checkpoint.all(in: run).map(\.step) == [3])
        _ = try await harness.events(harness.trainer(run))
        #expect(try harness.parameters(of: run) == harness.parameters(of: whole))
    }

    @Test func anOverrideThatWouldChangeTheResultIsRefused() async throws {
        let run = try harness.newRun()
        _ = try await harness.events(harness.trainer(run), first: 6)
        var changed = configuration
        changed.optimization.learningRate = 0.2
        await #expect {
            _ = try await harness.events(harness.trainer(run, configuration: changed))
        } throws: { error in
            let error = error as? TrainingError
            return error?.exitStatus == .configuration && error?.message.contains("lr") == true
        }
        await #expect {
            _ = try await harness.events(harness.trainer(run, rows: 10))
        } throws: { ($0 as? TrainingError)?.message.contains("other rows") == true }
        await #expect {
            _ = try await harness.events(harness.trainer(run, model: BigramModel(vocabulary: 7)))
        } throws: { ($0 as? TrainingError)?.message.contains("another model") == true }
    }

    /// Killed after the last checkpoint, before older ones and leftovers were removed: the end removes them.
    @Test func whatAKillLeftAtTheEndIsRemoved() async throws {
        let run = try harness.newRun()
        var keeping = configuration
        keeping.recording = .init(saveSteps: 1, saveTotalLimit: nil)
        _ = try await harness.events(harness.trainer(run, configuration: keeping))
        let lines = try String(contentsOf: run.journal, encoding: .utf8).split(separator: "\n")
        let kept = lines.prefix { !$0.contains("\"event\":\"verified\"") }.joined(separator: "\n") + "\n"
        try folder.write(kept, to: "run/events.jsonl")
        try folder.write("half", to: "run/checkpoints/.step-000005.replaced/table.safetensors")
        keeping.recording.saveTotalLimit = 2
        _ = try await harness.events(harness.trainer(run, configuration: keeping))
        let left = try FileManager.default.contentsOfDirectory(atPath: run.checkpoints.path)
        #expect(left.sorted() == ["step-000005", "step-000006"] && run.status == .succeeded)
    }

    @Test func howOftenSomethingIsSavedMayChange() async throws {
        let whole = try harness.newRun("whole")
        _ = try await harness.events(harness.trainer(whole))
        let run = try harness.newRun()
        _ = try await harness.events(harness.trainer(run), first: 6)
        var changed = configuration
        changed.recording = .init(saveSteps: 1, saveTotalLimit: 1, loggingSteps: 5)
        changed.monitoring.isEnabled = false
        _ = try await harness.events(harness.trainer(run, configuration: changed))
        #expect(try harness.parameters(of: run) == harness.parameters(of: whole))
    }

    @Test func aCompleteRunIsNotContinued() async throws {
        let run = try harness.newRun()
        _ = try await harness.events(harness.trainer(run))
        await #expect { _ = try await harness.events(harness.trainer(run)) } throws: {
            ($0 as? TrainingError)?.code == .finished
        }
    }

    @Test func aRunThatIsBeingWrittenIsRefused() async throws {
        let run = try harness.newRun()
        var iterator = try harness.trainer(run).events.makeAsyncIterator()
        _ = try await iterator.next()
        await #expect { _ = try await harness.events(harness.trainer(run)) } throws: {
            ($0 as? RunError)?.code == .busy
        }
        _ = try await iterator.next()
    }
}
