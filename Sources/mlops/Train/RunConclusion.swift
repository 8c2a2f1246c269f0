import Foundation
import MLOpsCore
import MLOpsEval
import MLOpsPublish
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
        train["trainable_parameters"] = .integer(Int64(inputs.trainee.parameters.count))
        train["peak_memory_bytes"] = .integer(Int64(PeakMemory.bytes))
        let metrics: MetricsFile
        do {
            metrics = try await measure(train)
        } catch is CancellationError {
            // Training is done and saved; the evaluation begins again when the run is continued.
            try journal.append(["event": "interrupted", "step": .integer(Int64(summary.steps))])
            try TrainingLog.write(for: run)
            return TrainingOutcome(run: run, status: .interrupted)
        }
        try metrics.write(to: run.metrics)
        try writeCard()
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
        // First: a run that has finished is not continued any more.
        if status == .succeeded { try run.becomeLatest() }
        try journal.append(["event": "finished", "status": .string(status.rawValue)])
        try journal.synchronize()
        try TrainingLog.write(for: run)
        return TrainingOutcome(run: run, status: metrics.gate?.verdict.exitStatus ?? .success, metrics: metrics)
    }

    /// Asks the trained model and its base the same questions, and judges the answers.
    private func measure(_ train: JSONObject) async throws -> MetricsFile {
        let configuration = inputs.configuration
        let versions: OrderedDictionary<String, String> = ["mlops": PackageVersion.current]
        guard let encoder = inputs.encoder, !inputs.questions.isEmpty else {
            return MetricsFile(
                train: train, versions: versions.merging(MetricsFile.metricVersions) { own, _ in own })
        }
        let settings = configuration.evaluation
        let measurement = try SideBySide(
            metrics: settings.metrics, measuresPerplexity: settings.measuresPerplexity,
            generation: configuration.generation, batchSize: settings.batchSize, questions: inputs.questions,
            console: console)
        // What was saved is measured, not what is in memory.
        let base = TextModel(inputs.model, adapter: nil, encoder: encoder)
        let tuned =
            configuration.method == .full
            ? TextModel(
                try DecoderModel(
                    contentsOf: run.model, options: ComputeOptions(precision: configuration.precision)),
                adapter: nil, encoder: encoder)
            : TextModel(
                inputs.model, adapter: try LoRAAdapter(contentsOf: run.model, for: inputs.model.architecture),
                encoder: encoder)
        let report = try await measurement.report(of: tuned, name: "tuned model")
        let baseline = try await measurement.report(of: base, name: "base model")
        try WholeFile.createDirectory(run.evaluation)
        try PredictionFile.write(report, to: run.evaluation.appending(path: "predictions.jsonl"))
        try PredictionFile.write(baseline, to: run.evaluation.appending(path: "baseline_predictions.jsonl"))
        var metrics = MetricsFile(
            model: report, baseline: baseline, train: train,
            gate: configuration.gate.isEnabled ? Gate(rules: configuration.gate.rules) : nil, versions: versions)
        if inputs.leftOutQuestionCount > 0 { metrics.counts["skipped_rows"] = inputs.leftOutQuestionCount }
        return metrics
    }

    /// Writes the card of an adapter beside it.
    private func writeCard() throws {
        guard inputs.configuration.method == .lora else { return }
        let card = ModelCard(try PublishableRun(contentsOf: run.url), base: inputs.model.files)
        try WholeFile.write(card.text, to: run.model.appending(path: "README.md"))
    }
}
