import ArgumentParser
import Foundation
import MLOpsCore
import OrderedCollections

/// Splits data without leaks (`mlops data split`).
struct DataSplit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract:
            "Split data into train.jsonl, validation.jsonl and test.jsonl, so that no prompt stands in two of them.",
        discussion: """
            Rows that ask the same, apart from case and white space, stay together, so that a side may get fewer rows than \
            asked for. The same rows, sizes and seed give the same bytes. Rows keep their order and all of their keys. The \
            data is read twice and never held in memory.

            Examples:
              mlops data split support.jsonl --test-size 0.1 --output-dir split
              mlops data split 'data/*.jsonl.zst' --test-size 500 --validation-size 500 --seed 7 --output-dir split
              mlops data split support.jsonl --stratify meta.topic --near-duplicates 0.85 --output-dir split
            """
    )

    @OptionGroup var data: DataOptions
    @Option(name: .customLong("test-size"), help: "How many rows are tested: below 1 a fraction, else a count.")
    var testSize = SplitSize.fraction(0.1)
    @Option(help: "How many rows are held out for validation, likewise; 0: none.")
    var validationSize = SplitSize.count(0)
    @Option(help: "How many rows are trained on, likewise; by default all the others.")
    var trainSize: SplitSize?
    @Option(help: "Which of the possible splits is made.")
    var seed: UInt64 = 42
    @Option(
        help: ArgumentHelp(
            "A key of the rows, such as topic or meta.topic, whose values get the same share in every side.",
            valueName: "key"))
    var stratify: String?
    @Option(
        help: ArgumentHelp(
            "From which share of common runs of three words on two rows stay together as well; 0: only same prompts do.",
            valueName: "share"))
    var nearDuplicates = 0.0
    @Flag(
        name: .customLong("ignore-system"),
        help: "Questions stay together whatever the system turns before them say.")
    var ignoresSystemTurns = false
    @Option(name: .customLong("output-dir"), help: "Where the files are written.")
    var outputDirectory: String
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if testSize == .count(0), validationSize == .count(0) {
            throw ValidationError("--test-size 0 leaves nothing to split off; give it or --validation-size.")
        }
        if trainSize == .count(0) { throw ValidationError("--train-size 0 leaves nothing to train on.") }
        if !(0...1).contains(nearDuplicates) {
            throw ValidationError("--near-duplicates must be from 0 to 1, but is \(nearDuplicates).")
        }
    }

    func run() async throws {
        var splitter = DatasetSplitter(
            testSize: testSize, validationSize: validationSize, trainSize: trainSize, seed: seed,
            stratifyKey: stratify, nearDuplicateThreshold: nearDuplicates == 0 ? nil : nearDuplicates)
        splitter.ignoresSystemTurns = ignoresSystemTurns
        let result = try splitter.split(
            data.paths, pattern: data.pattern, into: URL(filePath: outputDirectory), reader: data.reader)
        output.console.warn(ofSkippedIn: result.report)
        var json = JSONValue.object([:]).object ?? [:]
        for (file, rows) in result.counts { json[String(file.dropLast(6))] = .integer(Int64(rows)) }
        json["unused"] = .integer(Int64(result.unusedCount))
        json["groups"] = .integer(Int64(result.groupCount))
        json["strata"] = .integer(Int64(result.stratumCount))
        let findings = result.report.findings
        json["near_duplicates"] = .integer(Int64(findings.count(of: DataFinding.Kind.nearDuplicate)))
        json["near_duplicate_pairs"] = .array(
            findings.listed.filter { $0.kind == .nearDuplicate }.map(\.json))
        json["skipped_rows"] = .integer(Int64(result.report.invalidRowCount))
        json["output_dir"] = .string(outputDirectory)
        let text = result.counts.map { "\($0.rows) rows in \(outputDirectory)/\($0.file)" }.joined(separator: ", ")
        try output.console.report(
            .object(json), text: text + (result.unusedCount > 0 ? ", \(result.unusedCount) in neither" : ""))
    }
}
