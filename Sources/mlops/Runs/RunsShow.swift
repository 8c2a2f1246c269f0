import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsEval
import OrderedCollections

/// `mlops runs show`: one run.
struct RunsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a run: status, figures, files.")

    @Argument(help: "A run's path or name, or latest.")
    var name = "latest"
    @OptionGroup var runs: RunsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let record = try RunRecord(runs.run(name))
        let settings = try? record.run.settings()
        var json = record.json.object ?? [:]
        json["config"] = settings.map { .object($0) } ?? .null
        json["health"] = .array(try Self.findings(record.run))
        let text = try Self.text(record, settings: settings ?? [:])
        try output.console.report(.object(json), text: text)
    }

    private static func findings(_ run: RunDirectory) throws -> [JSONValue] {
        try JournalReader.lines(of: run.journal).map(\.entry).filter { $0["event"] == "health" }
    }

    private static func text(_ record: RunRecord, settings: JSONObject) throws -> String {
        var lines = [
            "\(record.run.name): \(record.status.rawValue)", "path: \(record.run.url.path(percentEncoded: false))",
        ]
        if let started = record.started { lines.append("started: \(started)") }
        lines.append("steps: \(record.steps)" + (record.totalSteps.map { " of \($0)" } ?? ""))
        if let loss = record.loss { lines.append("loss: " + String(format: "%.4f", loss)) }
        if let loss = record.validationLoss { lines.append("validation loss: " + String(format: "%.4f", loss)) }
        if let step = record.checkpointStep { lines.append("newest checkpoint: step \(step)") }
        for key in ["model_name", "dataset_path", "lr", "epochs", "batch_size", "lora_r"] {
            if let value = settings[key] { lines.append("\(key): \(value.string ?? value.text())") }
        }
        for finding in try findings(record.run) { lines.append("health: " + TrainingLog.line(for: finding)) }
        if let metrics = record.metrics {
            lines += ["", MetricsTable(metrics).text]
            if let gate = metrics.gate { lines += ["", gate.text] }
        }
        return lines.joined(separator: "\n")
    }
}
