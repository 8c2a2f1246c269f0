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
        let dataset = try data.dataset()
        let count = try dataset.write(to: URL(filePath: output), as: to)
        try reporting.console.report(
            ["rows": .integer(Int64(count)), "output": .string(output)], text: "\(count) rows in \(output)")
    }
}
