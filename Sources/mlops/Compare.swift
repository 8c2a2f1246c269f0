import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsEval
import OrderedCollections

/// Shows two evaluations side by side (`mlops compare`).
struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Two runs or metrics files side by side.",
        discussion: """
            The improvement is from the first to the second; positive is better whatever the metric. When both have the \
            answers to the same questions, each improvement comes with its 95 % interval (paired bootstrap).
            """)

    @Argument(help: ArgumentHelp("A run, the directory of an evaluation, or a metrics.json.", valueName: "a"))
    var first: String
    @Argument(help: ArgumentHelp("What it is compared with.", valueName: "b"))
    var second: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (a, b) = (
            try MeasuredRun(contentsOf: URL(filePath: first)), try MeasuredRun(contentsOf: URL(filePath: second))
        )
        let change = MetricsFile(
            model: b.metrics.model, baseline: a.metrics.model,
            improvements: Comparison(model: b, baseline: a).improvements)
        let sides = [("a", first, a), ("b", second, b)].map { key, name, run in
            (
                key,
                [
                    "path": .string(name), "metrics": run.metrics.json["model"] ?? .null,
                    "counts": run.metrics.json["counts"] ?? .null, "gate": run.metrics.json["gate"] ?? .null,
                ] as JSONValue
            )
        }
        try output.console.report(
            .object(
                OrderedDictionary(
                    uniqueKeysWithValues: sides + [("improvements", change.json["improvements"] ?? .null)])),
            text: "a: \(first)\nb: \(second)\n\n" + MetricsTable(change, baselineTitle: "a", modelTitle: "b").text)
    }
}
