import ArgumentParser
import MLOpsCore

/// Finds what is wrong with data (`mlops data check`).
struct DataCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find what is wrong with data: every defect with its file, line and remedy.",
        discussion: """
            Exits with 65 when a row cannot be used or a test row leaks, with 0 when there are only warnings. With \
            --on-invalid skip, rows that training would leave out are counted and do not change the exit status.

            With --config-name, the data, the test data, the model and the limits are those of a configuration, and the \
            arguments are overrides.

            Examples:
              mlops data check support.jsonl
              mlops data check train.jsonl --against test.jsonl --json
              mlops data check 'data/**/*.jsonl.zst' --model M --max-length 512 --limit 100
              mlops data check --config-name train dataset_path=support.jsonl
            """
    )

    @Argument(
        help: "Files (.jsonl, .json, .jsonl.zst, .json.zst), directories, or patterns in quotes; or overrides.")
    var paths: [String] = []
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var encoding: RowEncodingOptions
    @Option(help: "Test data, checked too: a row that asks what a training row asks is a leak.")
    var against: [String] = []
    @Option(
        help: ArgumentHelp(
            "From which share of common runs of three words on two rows are nearly the same; 0: they are not compared.",
            valueName: "share"))
    var nearDuplicates = 0.85
    @Flag(
        name: .customLong("ignore-system"),
        help: "The same question under other system turns is the same question, for leaks and conflicting answers.")
    var ignoresSystemTurns = false
    @Option(name: .long, help: "Check what a run of this configuration reads.")
    var configName: String?
    @Option(name: .long, help: "The directory that holds the configurations.")
    var configDir: String?
    @Option(name: .customLong("limit"), help: "How many findings of each kind are listed.")
    var findingLimit = 20
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if findingLimit < 0 { throw ValidationError("--limit must not be negative.") }
        if !(0...1).contains(nearDuplicates) {
            throw ValidationError("--near-duplicates must be from 0 to 1, but is \(nearDuplicates).")
        }
        if configName == nil {
            if paths.isEmpty { throw ValidationError("Name the data: a file, a directory, or a pattern.") }
            if configDir != nil { throw ValidationError("--config-dir goes with --config-name.") }
        } else if encoding.model != nil || encoding.maxLength != nil || reading.pattern != nil {
            throw ValidationError(
                "With --config-name, say model_name=…, max_length=… and dataset_pattern=… instead of the options.")
        }
    }

    func run() async throws {
        var request = try request()
        request.tests += against
        request.reader.findingLimit = findingLimit
        request.reader.nearDuplicateThreshold = nearDuplicates == 0 ? nil : nearDuplicates
        request.reader.ignoresSystemTurns = ignoresSystemTurns
        let policy = request.reader.onInvalid
        let check = try request.check()
        try output.console.report(check.json(onInvalid: policy), text: text(check))
        if check.hasErrors(onInvalid: policy) { throw ExitStatus.invalidData.code }
    }

    private func request() throws -> DataCheckRequest {
        guard let configName else {
            return try DataCheckRequest(paths: paths, reading: reading, encoding: encoding)
        }
        let sources = try ConfigSource.standard(directory: configDir)
        let configuration = try RunConfiguration(
            RunConfiguration.compose(configName, from: sources, overrides: paths))
        return try DataCheckRequest(configuration)
    }

    private func text(_ check: DatasetCheck) -> String {
        [check.report, check.testReport].compactMap { report in report?.findingsText }.joined(separator: "\n")
    }
}

extension DatasetReport {
    /// The findings a line each, and a last line that sums them up.
    fileprivate var findingsText: String {
        var lines = findings.listed.map(\.description)
        if findings.unlistedCount > 0 {
            let counts = findings.kinds.map { "\($0.rawValue) \(findings.count(of: $0))" }
            lines.append("… and \(findings.unlistedCount) more, in all: \(counts.joined(separator: ", ")).")
        }
        let parts = [
            (files.count, "file"), (rowCount, "row"), (invalidRowCount, "unusable row"),
            (findings.count(of: DataFinding.Severity.error), "error"),
            (findings.count(of: DataFinding.Severity.warning), "warning"),
        ]
        lines.append(parts.map { "\($0) \($1)\($0 == 1 ? "" : "s")" }.joined(separator: ", ") + ".")
        return lines.joined(separator: "\n")
    }
}
