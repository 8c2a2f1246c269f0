import ArgumentParser
import Foundation
import MLOpsCore

/// `mlops runs list`: a line a run.
struct RunsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the runs, oldest first.")

    @OptionGroup var runs: RunsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let latest = try? RunDirectory.latest(in: runs.directory).name
        let records = try RunDirectory.all(in: runs.directory).map { try RunRecord($0) }
        try output.console.report(
            .array(records.map(\.json)),
            text: records.isEmpty
                ? "There are no runs in '\(runs.outputDir)'."
                : Self.table(records, latest: latest))
    }

    private static func table(_ records: [RunRecord], latest: String?) -> String {
        func figure(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "–" }
        let rows =
            [["run", "status", "steps", "loss", "eval loss", "gate"]]
            + records.map { record in
                [
                    record.run.name + (record.run.name == latest ? " (latest)" : ""), record.status.rawValue,
                    "\(record.steps)" + (record.totalSteps.map { "/\($0)" } ?? ""), figure(record.loss),
                    figure(record.validationLoss), record.metrics?.gate?.verdict.rawValue ?? "–",
                ]
            }
        return TextTable(rows).text
    }
}
