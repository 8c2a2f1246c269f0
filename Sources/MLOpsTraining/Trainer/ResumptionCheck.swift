internal import Foundation
public import MLOpsCore
public import OrderedCollections

/// What came of training a few steps twice: once straight, and once cut off after a checkpoint and continued from the files.
public struct ResumptionReport: Sendable, Hashable {
    /// Steps of either run.
    public var steps: Int
    /// The step whose checkpoint the second run went on from.
    public var checkpointStep: Int
    /// The last step before the second run was cut off; later than the checkpoint when there are steps enough.
    public var cutAfterStep: Int
    /// The SHA-256 of each file of the finished model, of the straight and of the continued run; nil where it is missing.
    public var digests: OrderedDictionary<String, Pair<String?>>
    /// The losses of each step, as the journals have them.
    public var losses: [Pair<Double?>]
    /// What differs, a sentence each; empty when the proof succeeded.
    public var differences: [String]

    /// A value of the straight run beside that of the continued one.
    public struct Pair<Value: Sendable & Hashable>: Sendable, Hashable {
        /// Of the run that was never interrupted.
        public var straight: Value
        /// Of the run that was.
        public var resumed: Value

        /// Creates a pair.
        public init(straight: Value, resumed: Value) {
            self.straight = straight
            self.resumed = resumed
        }
    }

    /// Whether both runs ended with the same bytes and had the same losses.
    public var isEqual: Bool { differences.isEmpty }

    /// The report as a JSON object.
    public var json: JSONValue {
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        return [
            "equal": .bool(isEqual), "steps": .integer(Int64(steps)),
            "checkpoint_step": .integer(Int64(checkpointStep)), "cut_after_step": .integer(Int64(cutAfterStep)),
            "sha256": .object(
                digests.mapValues { ["straight": text($0.straight), "resumed": text($0.resumed)] }),
            "losses": .array(losses.map { ["straight": number($0.straight), "resumed": number($0.resumed)] }),
            "differences": .array(differences.map { .string($0) }),
        ]
    }

    /// The report for a person.
    public var text: String {
        var lines = [
            "straight: \(steps) steps; resumed: cut off after step \(cutAfterStep), continued from the checkpoint of step \(checkpointStep)"
        ]
        for (name, pair) in digests where name.hasSuffix(".safetensors") {
            lines.append("\(name)  sha256 \(pair.straight ?? "missing")  straight")
            lines.append("\(name)  sha256 \(pair.resumed ?? "missing")  resumed")
        }
        lines.append(
            isEqual
                ? "equal: \(digests.count) files of the model byte by byte, \(losses.count) losses to the last bit"
                : "NOT EQUAL\n" + differences.map { "  " + $0 }.joined(separator: "\n"))
        return lines.joined(separator: "\n")
    }
}

extension Trainer {
    /// Proves on this machine that a run of this trainer's model, rows and configuration which is interrupted and continued ends
    /// with the same bytes as one that never was.
    ///
    /// Both are short and lie in a temporary directory that is removed; ``run`` is not touched. The second one is cut off as by a
    /// power cut, a step after a checkpoint, and continued by a loop that knows nothing but the files. Of the held-out rows, the
    /// first eight are measured; health rules, which may stop a run, are not in force.
    ///
    /// - Parameter steps: how many steps each run has; fewer when the configuration asks for fewer.
    /// - Throws: what training throws; `CancellationError`.
    public func checkResumption(steps: Int = 6) async throws -> ResumptionReport {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "mlops-resume-\(UUID().uuidString)", directoryHint: .isDirectory)
        defer { try? FileManager.default.removeItem(at: folder) }
        let count = max(1, min(steps, plan.totalSteps))
        let half = count / 2
        var short = configuration
        short.optimization.maximumSteps = count
        short.recording.saveSteps = half > 0 ? half : nil
        short.recording.saveTotalLimit = nil
        short.monitoring.isEnabled = false
        short.writesTensorBoard = false
        func trainer(_ name: String, stop: StopRequest = StopRequest()) throws -> Trainer {
            let url = folder.appending(path: name, directoryHint: .isDirectory)
            let run =
                try FileManager.default.fileExists(atPath: url.path(percentEncoded: false))
                ? RunDirectory(contentsOf: url) : RunDirectory.create(named: name, in: folder)
            return try Trainer(
                model: model, examples: examples, validation: Array(validation.prefix(8)), run: run,
                configuration: short, stop: stop, time: time, completesRun: false)
        }
        let straight = try trainer("straight")
        _ = try await Self.train(straight, until: nil)
        var cut = 0
        if half > 0 {
            cut = try await Self.train(trainer("resumed"), until: half + 1)
        } else {
            let stop = StopRequest()
            stop.make()
            _ = try await Self.train(trainer("resumed", stop: stop), until: nil)
        }
        let resumed = try trainer("resumed")
        let checkpoint = Checkpoint.latest(in: resumed.run)?.state.step ?? 0
        _ = try await Self.train(resumed, until: nil)
        return try ResumptionReport(
            comparing: straight.run, resumed.run, steps: count, checkpointStep: checkpoint, cutAfterStep: cut)
    }

    /// Trains to the end, or leaves the loop after the step `last`; returns the last step done.
    private static func train(_ trainer: Trainer, until last: Int?) async throws -> Int {
        var done = 0
        for try await event in trainer.events {
            try Task.checkCancellation()
            if case .step(let step) = event { done = step.index }
            if let last, done >= last { break }
        }
        return done
    }
}

extension ResumptionReport {
    /// Compares two finished runs.
    init(
        comparing straight: RunDirectory, _ resumed: RunDirectory, steps: Int, checkpointStep: Int, cutAfterStep: Int
    ) throws {
        let runs = [straight, resumed]
        var differences: [String] = []
        let names = try runs.map {
            try FileManager.default.contentsOfDirectory(atPath: $0.model.path(percentEncoded: false))
        }
        var digests: OrderedDictionary<String, Pair<String?>> = [:]
        for name in Set(names.joined()).sorted() {
            let found = runs.map { try? Digest.sha256(contentsOf: $0.model.appending(path: name)) }
            digests[name] = Pair(straight: found[0], resumed: found[1])
            if found[0] != found[1] { differences.append("the file \(name) of the model differs") }
        }
        let lines = try runs.map { run in
            try JournalReader.lines(of: run.journal).map(\.entry)
                .filter { ["step", "evaluated"].contains($0["event"]?.string) }
        }
        let kinds = ["loss", "grad_norm", "lr", "tokens", "supervised_tokens"]
        for (a, b) in zip(lines[0], lines[1]) {
            for key in ["event", "step"] + kinds where a[key] != b[key] {
                differences.append(
                    "step \(a["step"]?.text() ?? "?"): \(key) is \(a[key]?.text() ?? "missing"), resumed "
                        + "\(b[key]?.text() ?? "missing")")
            }
        }
        if lines[0].count != lines[1].count {
            differences.append("the journals have \(lines[0].count) and \(lines[1].count) steps and measurements")
        }
        let losses = lines.map { $0.filter { $0["event"] == "step" }.map { $0["loss"]?.double } }
        self.init(
            steps: steps, checkpointStep: checkpointStep, cutAfterStep: cutAfterStep, digests: digests,
            losses: zip(losses[0], losses[1]).map { Pair(straight: $0, resumed: $1) }, differences: differences)
    }
}
