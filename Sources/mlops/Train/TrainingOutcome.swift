import Foundation
import MLOpsCore
import MLOpsEval
import OrderedCollections

/// How a job ended, for standard output and the exit status.
struct TrainingOutcome: Sendable {
    let run: RunDirectory
    let status: ExitStatus
    /// The run's figures; nil when it did not come to its end.
    var metrics: MetricsFile?

    /// What `--json` prints: where the run is, how it ended, and `metrics.json`.
    var json: JSONValue {
        [
            "run": .string(run.name), "path": .string(run.url.path(percentEncoded: false)),
            "status": .string(run.status.rawValue), "metrics": metrics?.json ?? .null,
        ]
    }

    /// What a person reads: the table, the verdict, the files, what to do next.
    var text: String {
        let path = run.url.relativePath(from: .currentDirectory())
        guard let metrics else {
            return "\(run.name): \(run.status.rawValue). Continue with `mlops train --resume \(path)`."
        }
        var parts: [String] = []
        if !metrics.model.isEmpty { parts.append(MetricsTable(metrics).text) }
        if let gate = metrics.gate { parts.append(gate.text) }
        let isAdapter = FileManager.default.fileExists(
            atPath: run.model.appending(path: "adapter_config.json").path(percentEncoded: false))
        let what = isAdapter ? "adapter" : "model  "
        parts.append("run      \(path)\n\(what)  \(path)/model\nmetrics  \(path)/metrics.json")
        return parts.joined(separator: "\n\n")
    }
}

extension URL {
    /// The path relative to `directory` when it lies inside, else the whole path.
    func relativePath(from directory: URL) -> String {
        let path = standardizedFileURL.path(percentEncoded: false).trimmingSlashes
        let root = directory.standardizedFileURL.path(percentEncoded: false).trimmingSlashes
        return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
    }
}

extension String {
    fileprivate var trimmingSlashes: String {
        var text = self[...]
        while text.count > 1, text.last == "/" { text.removeLast() }
        return String(text)
    }
}
