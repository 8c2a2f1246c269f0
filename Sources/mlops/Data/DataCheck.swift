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

            Examples:
              mlops data check support.jsonl
              mlops data check train.jsonl --against test.jsonl --json
              mlops data check 'data/**/*.jsonl.zst' --model M --max-length 512 --limit 100
            """
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var encoding: RowEncodingOptions
    @Option(help: "Test data, checked too: a row that asks what a training row asks is a leak.")
    var against: [String] = []
    @Option(name: .customLong("limit"), help: "How many findings of each kind are listed.")
    var findingLimit = 20
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if findingLimit < 0 { throw ValidationError("--limit must not be negative.") }
    }

    func run() async throws {
        var reader = data.reader
        reader.findingLimit = findingLimit
        let check = try DatasetCheck(
            data.paths, pattern: data.pattern, against: against, reader: reader,
            maximumLength: encoding.maxLength ?? .max, encode: encoding.encode())
        try output.console.report(check.json(onInvalid: data.onInvalid), text: text(check))
        if check.hasErrors(onInvalid: data.onInvalid) { throw ExitStatus.invalidData.code }
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
