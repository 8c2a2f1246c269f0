import Foundation
import MLOpsCore
import MLOpsEval
import MLOpsTraining
import OrderedCollections

/// One evaluation from its configuration to its verdict.
struct EvaluationJob: Sendable {
    let configuration: EvalConfiguration
    let composed: ComposedConfiguration
    let console: Console

    /// Measures the model and its baseline, judges, and writes the report.
    func run() async throws -> EvaluationOutcome {
        console.tell(ComputeOptions(precision: configuration.precision))
        var surroundings = JobSurroundings()
        defer { surroundings.leave() }
        surroundings.set(composed.environment)
        var own: URL?
        if try composed.changesDirectory() {
            let made = try makeDirectory().path(percentEncoded: false)
            let directory = URL(filePath: made, directoryHint: .isDirectory, relativeTo: .currentDirectory())
                .absoluteURL
            try surroundings.enter(directory)
            own = directory
        }
        let model = try model(configuration.modelPath)
        let (baseline, earlier) = try baseline(of: model)
        let (questions, skippedCount) = try questions()
        let measurement = try SideBySide(
            metrics: configuration.metrics, measuresPerplexity: configuration.measuresPerplexity,
            generation: configuration.generation, batchSize: configuration.batchSize, questions: questions,
            console: console)
        let report = try await measurement.report(of: model, name: "model")
        let before: EvaluationReport? =
            if let baseline { try await measurement.report(of: baseline, name: "baseline") } else { earlier }
        let gate = configuration.gate.isEnabled ? Gate(rules: configuration.gate.rules) : nil
        var metrics = MetricsFile(
            model: report, baseline: before, gate: gate, versions: ["mlops": PackageVersion.current])
        if skippedCount > 0 { metrics.counts["skipped_rows"] = skippedCount }
        let directory = try own ?? makeDirectory()
        try write(report, before, metrics, to: directory)
        return EvaluationOutcome(directory: directory, metrics: metrics)
    }

    /// The model that `path` names; `model_name` replaces the base model that an adapter says.
    private func model(_ path: String) throws -> TextModel {
        let named = try ModelLocator().locate(path, base: configuration.modelName)
        let base = try configuration.modelName.map { try ModelLocator().locate($0).url } ?? named.url
        let model = try DecoderModel(
            contentsOf: base, options: ComputeOptions(precision: configuration.precision))
        return try TextModel(
            model, adapter: named.adapter.map { try LoRAAdapter(contentsOf: $0, for: model.architecture) })
    }

    /// What the model is compared with: a model to be asked, or an earlier evaluation's figures.
    private func baseline(of model: TextModel) throws -> (TextModel?, EvaluationReport?) {
        guard configuration.comparesWithBaseline else { return (nil, nil) }
        guard let path = configuration.baselinePath else { return (model.adapter == nil ? nil : model.base, nil) }
        if path.hasSuffix(".json") {
            let measured = try MeasuredRun(contentsOf: URL(filePath: path))
            return (
                nil,
                EvaluationReport(metrics: measured.metrics.model, directions: [:], examples: measured.examples ?? [])
            )
        }
        return (try self.model(path), nil)
    }

    /// The rows to be answered, and how many were left out as wrong.
    private func questions() throws -> ([Conversation], Int) {
        let dataset = try Dataset(
            paths: [configuration.datasetPath], pattern: configuration.datasetPattern, format: configuration.dataFormat,
            onInvalid: configuration.onInvalid)
        console.warn(ofSkippedIn: dataset.report)
        let questions = dataset.questions
        guard !questions.isEmpty else {
            throw EvaluationError(
                .noRows,
                "'\(configuration.datasetPath)' holds no questions: only rows of tokens or texts without one. An evaluation compares answers."
            )
        }
        return (Array(questions.prefix(configuration.maximumSamples ?? .max)), dataset.report.invalidRowCount)
    }

    private func makeDirectory() throws -> URL {
        let parent = URL(filePath: configuration.outputDirectory, directoryHint: .isDirectory)
        return try composed.createRunDirectory(in: parent, at: TimeSource.system.now()).url
    }

    private func write(
        _ report: EvaluationReport, _ baseline: EvaluationReport?, _ metrics: MetricsFile, to directory: URL
    ) throws {
        try WholeFile.write(configuration.yaml, to: directory.appending(path: "config_used.yaml"))
        try composed.writeHydraFiles(to: directory)
        try PredictionFile.write(report, to: directory.appending(path: "predictions.jsonl"))
        if let baseline, !baseline.examples.isEmpty {
            try PredictionFile.write(baseline, to: directory.appending(path: "baseline_predictions.jsonl"))
        }
        try metrics.write(to: directory.appending(path: "metrics.json"))
    }
}

/// How an evaluation ended, for standard output and the exit status.
struct EvaluationOutcome: Sendable {
    let directory: URL
    let metrics: MetricsFile

    var status: ExitStatus { metrics.gate?.verdict.exitStatus ?? .success }

    /// What `--json` prints: where the report is, and `metrics.json`.
    var json: JSONValue {
        var members = metrics.json.object ?? [:]
        members.updateValue(.string(directory.path(percentEncoded: false)), forKey: "output", insertingAt: 0)
        return .object(members)
    }

    /// What a person reads.
    var text: String {
        var parts = [MetricsTable(metrics, modelTitle: metrics.baseline.isEmpty ? "value" : "tuned").text]
        if let gate = metrics.gate { parts.append(gate.text) }
        parts.append("report  \(directory.relativePath(from: .currentDirectory()))")
        return parts.joined(separator: "\n\n")
    }
}
