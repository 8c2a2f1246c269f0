import Foundation
import MLOpsCore
import MLOpsEval
import MLOpsTraining
import OrderedCollections

/// What follows training: the evaluation of base and tuned model, the gate, `metrics.json`, and the end of the journal.
struct RunConclusion {
    let inputs: TrainingInputs
    let run: RunDirectory
    let console: Console

    /// Measures and judges the trained model, and ends the run.
    ///
    /// `latest` moves to a run that passed its gate, or had none.
    func outcome(after summary: TrainingEvent.Summary) async throws -> TrainingOutcome {
        // Held open, so that nobody else continues the run meanwhile.
        let journal = try Journal(run.journal)
        var train = summary.json.object ?? [:]
        train["trainable_parameters"] = .integer(Int64(inputs.adapter.parameterCount))
        train["peak_memory_bytes"] = .integer(Int64(PeakMemory.bytes))
        let metrics = try await measure(train)
        try metrics.write(to: run.metrics)
        let status: RunStatus =
            switch metrics.gate?.verdict {
            case .failed: .gateFailed
            case .inconclusive: .gateInconclusive
            case .passed, nil: .succeeded
            }
        if !metrics.model.isEmpty {
            let line: JSONValue = [
                "event": "metrics", "step": .integer(Int64(summary.steps)),
                "metrics": .object(metrics.model.mapValues(JSONValue.number)),
                "baseline": .object(metrics.baseline.mapValues(JSONValue.number)),
            ]
            try journal.append(line)
            if inputs.configuration.tracking.tensorboard {
                try? TensorBoardLog(in: run.logs, time: .system).append(line)
            }
        }
        try journal.append(["event": "finished", "status": .string(status.rawValue)])
        try journal.synchronize()
        try TrainingLog.write(for: run)
        if status == .succeeded { try run.becomeLatest() }
        return TrainingOutcome(run: run, status: metrics.gate?.verdict.exitStatus ?? .success, metrics: metrics)
    }

    private func measure(_ train: OrderedDictionary<String, JSONValue>) async throws -> MetricsFile {
        var versions = MetricsFile.metricVersions
        versions["mlops"] = PackageVersion.current
        return MetricsFile(train: train, versions: versions)
    }
}
