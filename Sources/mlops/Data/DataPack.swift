import ArgumentParser
import Foundation
import MLOpsCore

/// Compresses data (`mlops data pack`).
struct DataPack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Write data as one compressed file (.jsonl.zst), which every command reads as it is.",
        discussion: """
            Rows keep their order, their form and all of their keys.

            Example:
              mlops data pack data --pattern '**/*.jsonl' --output all.jsonl.zst
            """
    )

    @OptionGroup var data: DataOptions
    @Option(help: "The file to write; its name must end in .jsonl.zst.")
    var output: String
    @Option(help: "How hard the compression tries, from 1 to 19.")
    var level = 10
    @OptionGroup var reporting: OutputOptions

    func validate() throws {
        if !output.hasSuffix(".jsonl.zst") {
            throw ValidationError("--output must end in .jsonl.zst, but is '\(output)'.")
        }
        if !(1...19).contains(level) { throw ValidationError("--level must be from 1 to 19, but is \(level).") }
    }

    func run() async throws {
        let url = URL(filePath: output)
        let report = try data.reader.write(data.paths, pattern: data.pattern, to: url, level: level)
        reporting.console.warn(ofSkippedIn: report)
        let before = report.files.reduce(0) { $0 + $1.size }
        let count = report.rowCount
        let after = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
        try reporting.console.report(
            [
                "rows": .integer(Int64(count)), "skipped_rows": .integer(Int64(report.invalidRowCount)),
                "output": .string(output), "bytes": .integer(Int64(after)),
                "input_bytes": .integer(Int64(before)),
            ],
            text: "\(count) rows in \(output), \(before) bytes before, \(after) now")
    }
}
