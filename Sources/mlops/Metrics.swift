import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsEval
import OrderedCollections

/// Scores answers that are already there (`mlops metrics`).
struct Metrics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score predictions against references.",
        discussion: """
            Reads a JSON object a line: {"prediction": …, "reference": …} or {"prediction": …, "references": […]}. \
            With "seconds" on every line, generation_time is their mean. Docs/Evaluation.md defines the metrics.
            """)

    @Option(help: ArgumentHelp("The answers, a JSON object a line.", valueName: "file.jsonl"))
    var predictions: String
    @Flag(help: "Compare stems of words in ROUGE.")
    var stemmer = false
    @Option(help: ArgumentHelp("Write the scores of each line there.", valueName: "out.jsonl"))
    var perSample: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let rows = try PredictionFile.read(URL(filePath: predictions))
        let scores = PredictionScores(rows, metrics: .all(usesStemmer: stemmer))
        if let perSample { try scores.writePerSample(to: URL(filePath: perSample)) }
        try output.console.report(
            scores.json, text: "\(MetricsTable(scores.metrics).text)\n\(rows.count) predictions")
    }
}
