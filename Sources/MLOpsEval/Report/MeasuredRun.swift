public import Foundation
public import MLOpsCore
internal import OrderedCollections

/// An evaluation that lies on the disk: its figures, and its answers when they are there too.
public struct MeasuredRun: Sendable {
    /// The metrics file that was read.
    public let url: URL
    /// The figures.
    public let metrics: MetricsFile
    /// The tuned model's answers, in order; nil when the file with them is missing or cannot be used.
    public let examples: [EvaluationReport.Example]?

    /// Reads what `url` names: a run, the directory of an evaluation, or a metrics file.
    ///
    /// Answers are looked for beside the metrics and in `eval/`.
    ///
    /// - Throws: `FileError` when there is no metrics file, `MetricsFileError` when it is not one.
    public init(contentsOf url: URL) throws {
        var isDirectory: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(
            atPath: url.path(percentEncoded: false), isDirectory: &isDirectory)
        let file = exists && isDirectory.boolValue ? url.appending(path: "metrics.json") : url
        self.url = file
        metrics = try MetricsFile(contentsOf: file)
        let folder = file.deletingLastPathComponent()
        examples =
            ["predictions.jsonl", "eval/predictions.jsonl"].lazy
            .compactMap { try? PredictionFile.examples(folder.appending(path: $0)) }.first
    }
}

extension Comparison {
    /// Compares the models of two evaluations; with the answers of both to the same questions, with intervals.
    public init(model: MeasuredRun, baseline: MeasuredRun, bootstrap: PairedBootstrap = PairedBootstrap()) {
        self.init(
            model: EvaluationReport(metrics: model.metrics.model, directions: [:], examples: model.examples ?? []),
            baseline: EvaluationReport(
                metrics: baseline.metrics.model, directions: [:], examples: baseline.examples ?? []),
            bootstrap: bootstrap)
    }
}
