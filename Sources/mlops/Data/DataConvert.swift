import ArgumentParser
import Foundation
import MLOpsCore

/// Writes data in another format (`mlops data convert`).
struct DataConvert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write data in one file and one format.",
        discussion: "A row that cannot be said in the format asked for is an error, and nothing is written."
    )

    @OptionGroup var data: DataOptions
    @Option(help: "The format to write.")
    var to = DataFormat.messages
    @Option(help: "The file to write: .jsonl or .jsonl.zst.")
    var output: String
    @OptionGroup var reporting: OutputOptions

    func run() async throws {
        let report = try data.reader.write(data.paths, pattern: data.pattern, to: URL(filePath: output), as: to)
        reporting.console.warn(ofSkippedIn: report)
        try reporting.console.report(
            [
                "rows": .integer(Int64(report.rowCount)), "skipped_rows": .integer(Int64(report.invalidRowCount)),
                "output": .string(output),
            ],
            text: "\(report.rowCount) rows in \(output)")
    }
}
