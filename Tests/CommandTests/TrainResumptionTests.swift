import Foundation
import MLOpsCore
import TestSupport
import Testing

/// Runs that are killed or interrupted, and continued.
@Suite struct TrainResumptionTests {
    let harness: TrainHarness

    init() throws { harness = try TrainHarness() }

    /// Starts a run in `parent`, and sends it `signal` once its journal has `steps` steps.
    ///
    /// On a thread of its own: the shared ones may be busy with other tests for longer than the run takes.
    private func start(
        in parent: String, until steps: Int, signal: Int32, _ more: [String] = []
    ) async throws -> Int32 {
        let (home, arguments) = (harness.home, ["train"] + harness.settings + Self.more + more)
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try Self.start(home, arguments + ["output_dir=\(parent)"], parent, until: steps, signal: signal)
                    })
            }
        }
    }

    private static func start(
        _ home: TemporaryDirectory, _ arguments: [String], _ parent: String, until steps: Int, signal: Int32
    ) throws -> Int32 {
        let process = Process()
        process.executableURL = BuiltProgram.mlops.url
        process.arguments = arguments
        process.currentDirectoryURL = home.url
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        while process.isRunning {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: home.url(parent).path)) ?? []
            if let name = names.first(where: { !$0.hasPrefix(".") && $0 != "latest" }),
                let text = try? home.text("\(parent)/\(name)/events.jsonl"),
                text.split(separator: "\n").count(where: { $0.hasPrefix("{\"event\":\"step\"") }) >= steps
            {
                kill(process.processIdentifier, signal)
                break
            }
            usleep(2000)
        }
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    private static let more = ["eval.enabled=false", "max_steps=600", "save_steps=50"]

    @Test(arguments: [1, 60, 170, 330]) func killedAndResumedEndsWithTheSameBytes(steps: Int) async throws {
        let whole = try await harness.train(Self.more + ["output_dir=whole"])
        #expect(whole.status == 0, "\(whole.complaint)")
        let status = try await start(in: "killed", until: steps, signal: SIGKILL)
        #expect(status == -SIGKILL)
        let resumed = try await harness.mlops(["train", "--resume", "latest", "output_dir=killed"])
        #expect(resumed.status == 0, "\(resumed.complaint)")
        let (a, b) = (try harness.onlyRun(in: "whole"), try harness.onlyRun(in: "killed"))
        #expect(try harness.weights(a) == harness.weights(b))
        func losses(_ run: URL) throws -> [Double?] {
            try JournalReader.lines(of: run.appending(path: "events.jsonl")).map(\.entry)
                .filter { $0["event"] == "step" }.map { $0["loss"]?.double }
        }
        #expect(try losses(a) == losses(b))
    }

    @Test(arguments: [SIGINT, SIGTERM]) func aSignalSavesACheckpointAndEndsWith75(signal: Int32) async throws {
        let status = try await start(in: "runs", until: 3, signal: signal, ["max_steps=6000"])
        #expect(status == 75)
        let run = try harness.onlyRun(in: "runs")
        #expect(!FileManager.default.fileExists(atPath: harness.home.url("runs/latest").path))
        #expect(
            try harness.home.text("runs/\(run.lastPathComponent)/events.jsonl").contains("\"event\":\"interrupted\""))
        let changed = try await harness.mlops(["train", "--resume", run.path, "lr=0.5"])
        #expect(changed.status == 78 && changed.complaint.contains("lr"))
        let resumed = try await harness.mlops(["train", "--resume", run.path])
        #expect(resumed.status == 0, "\(resumed.complaint)")
        let again = try await harness.mlops(["train", "--resume", run.path])
        #expect(again.status == 64)
        let none = try await harness.mlops(["train", "--resume", "latest", "output_dir=runs"])
        #expect(none.status == 66)
    }

    /// Before the first step, or in a directory that was named: whatever the moment, the run can be continued.
    @Test(arguments: ["latest", "path", "name"]) func whatEndedBeforeItsJournalBeginsAnew(by: String) async throws {
        let settings = ["eval.enabled=false", "max_steps=4"]
        let whole = try await harness.train(settings + ["hydra.run.dir=runs/whole"])
        #expect(whole.status == 0, "\(whole.complaint)")
        let (a, b) = (harness.home.url("runs/whole"), harness.home.url("runs/killed"))
        try FileManager.default.createDirectory(at: b, withIntermediateDirectories: false)
        for name in ["config_used.yaml", ".hydra"] {
            try FileManager.default.copyItem(at: a.appending(path: name), to: b.appending(path: name))
        }
        let name = ["latest": "latest", "path": "runs/killed", "name": "killed"][by]!
        let resumed = try await harness.mlops(["train", "--resume", name, "output_dir=runs"])
        #expect(resumed.status == 0, "\(resumed.complaint)")
        #expect(try harness.weights(a) == harness.weights(b))
        let made = try FileManager.default.subpathsOfDirectory(atPath: b.path).filter { !$0.hasPrefix("logs/") }
        let expected = try FileManager.default.subpathsOfDirectory(atPath: a.path).filter { !$0.hasPrefix("logs/") }
        #expect(Set(made) == Set(expected))
        let none = try await harness.mlops(["train", "--resume", "latest", "output_dir=runs"])
        #expect(none.status == 66)
    }

    /// A run is over only once `latest` names it: whatever ends it before that, it is continued and becomes it.
    @Test func whatEndedBeforeItBecameLatestIsContinued() async throws {
        try harness.home.write("in the way", to: "runs/latest/x")
        let settings = ["eval.enabled=false", "max_steps=2", "output_dir=runs"]
        #expect(try await harness.train(settings).status != 0)
        try FileManager.default.removeItem(at: harness.home.url("runs/latest"))
        let run = try harness.onlyRun(in: "runs")
        let resumed = try await harness.mlops(["train", "--resume", run.path])
        #expect(resumed.status == 0, "\(resumed.complaint)")
        let latest = try FileManager.default.destinationOfSymbolicLink(atPath: harness.home.url("runs/latest").path)
        #expect(latest == run.lastPathComponent)
    }
}
