public import Foundation
internal import OrderedCollections

/// What a run's files tell about it, for lists and comparisons.
public struct RunRecord: Sendable, Hashable {
    /// The run.
    public let run: RunDirectory
    /// How far it has come.
    public let status: RunStatus
    /// When it was begun, as its journal says.
    public let started: String?
    /// Optimizer steps done.
    public let steps: Int
    /// Optimizer steps planned.
    public let totalSteps: Int?
    /// The last step's loss.
    public let loss: Double?
    /// The last measurement on held-out rows.
    public let validationLoss: Double?
    /// The step of the newest checkpoint.
    public let checkpointStep: Int?
    /// The figures of the evaluation, once it was made.
    public let metrics: MetricsFile?

    /// Reads what there is; a run that has just begun has little.
    ///
    /// - Throws: ``RunError`` when the journal is damaged.
    public init(_ run: RunDirectory) throws(RunError) {
        self.run = run
        status = run.status
        var started: String?
        var (steps, total): (Int, Int?) = (0, nil)
        var (loss, validationLoss): (Double?, Double?)
        var checkpoint: Int?
        for line in try JournalReader.lines(of: run.journal) {
            let entry = line.entry
            switch entry["event"]?.string {
            case "started", "resumed":
                started = started ?? entry["time"]?.string
                total = entry["total_steps"]?.int ?? total
            case "step":
                steps = entry["step"]?.int ?? steps
                loss = entry["loss"]?.double
            case "evaluated": validationLoss = entry["loss"]?.double
            case "checkpoint": checkpoint = entry["step"]?.int
            default: continue
            }
        }
        self.started = started
        self.steps = steps
        totalSteps = total
        self.loss = loss
        self.validationLoss = validationLoss
        checkpointStep = checkpoint
        metrics = try? MetricsFile(contentsOf: run.metrics)
    }

    /// The record as a JSON object.
    public var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        func integer(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }
        return [
            "run": .string(run.name), "path": .string(run.url.path(percentEncoded: false)),
            "status": .string(status.rawValue), "started": started.map { .string($0) } ?? .null,
            "steps": integer(steps), "total_steps": integer(totalSteps), "loss": number(loss),
            "eval_loss": number(validationLoss), "checkpoint_step": integer(checkpointStep),
            "gate": metrics?.gate.map { .string($0.verdict.rawValue) } ?? .null,
            "metrics": metrics.map { .object($0.model.mapValues(JSONValue.number)) } ?? .null,
        ]
    }
}

extension RunDirectory {
    /// Returns the run that a person means by `name`: a path to a run, the name of one in `parent`, or `latest`.
    ///
    /// - Throws: ``RunError``, `missing` when there is none.
    public static func named(_ name: String, in parent: URL) throws(RunError) -> RunDirectory {
        let inside = parent.appending(path: name)
        guard !name.contains("/"), FileManager.default.fileExists(atPath: inside.path(percentEncoded: false)) else {
            if name == "latest" { return try latest(in: parent) }
            return try RunDirectory(contentsOf: URL(filePath: name))
        }
        return try RunDirectory(contentsOf: inside)
    }

    /// Returns the configuration the run was made with, by dotted keys in the file's order.
    ///
    /// - Throws: ``ConfigurationError`` when the file is missing or not a configuration.
    public func settings() throws(ConfigurationError) -> JSONObject {
        let source = ConfigSource(.directory(url))
        let tree = try ConfigComposer([source]).compose("config_used").tree
        return tree.json.flattened
    }
}
