import ArgumentParser
import Foundation
import MLOpsCore

/// Splits data without leaks (`mlops data split`).
struct DataSplit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Split data into train.jsonl and test.jsonl, so that no prompt stands in both.",
        discussion:
            "The same seed gives the same split. Rows keep their order; keys that are no part of a row's shape are left out."
    )

    @OptionGroup var data: DataOptions
    @Option(name: .customLong("test-size"), help: "How many rows are tested: below 1 a fraction, else a count.")
    var testSize = SplitSize.fraction(0.1)
    @Option(help: "Which of the possible splits is made.")
    var seed: UInt64 = 42
    @Option(name: .customLong("output-dir"), help: "Where train.jsonl and test.jsonl are written.")
    var outputDirectory: String
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if testSize == .count(0) { throw ValidationError("--test-size 0 leaves nothing to split off.") }
    }

    func run() async throws {
        let (train, test) = try Dataset(
            paths: data.paths, pattern: data.pattern, format: data.reading.format, onInvalid: data.onInvalid
        ).split(testSize: testSize, seed: seed)
        let directory = URL(filePath: outputDirectory)
        try WholeFile.createDirectory(directory)
        try train.write(to: directory.appending(path: "train.jsonl"))
        try test.write(to: directory.appending(path: "test.jsonl"))
        try output.console.report(
            [
                "train": .integer(Int64(train.rows.count)), "test": .integer(Int64(test.rows.count)),
                "output_dir": .string(outputDirectory),
            ],
            text:
                "\(train.rows.count) rows in \(outputDirectory)/train.jsonl, \(test.rows.count) rows in \(outputDirectory)/test.jsonl"
        )
    }
}
