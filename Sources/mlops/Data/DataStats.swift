import ArgumentParser
import Foundation
import MLOpsCore

/// Measures data (`mlops data stats`).
struct DataStats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Measure data: rows, roles, lengths, duplicates, digests.",
        discussion: """
            With --model lengths are counted in that model's tokens too, and the tokens that begin and end rows. Wrong \
            rows are counted, and left out.

            Examples:
              mlops data stats support.jsonl
              mlops data stats data --pattern '**/*.jsonl.zst' --model M --json
            """
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var encoding: RowEncodingOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let request = try DataCheckRequest(paths: data.paths, reading: data.reading, encoding: encoding)
        let report = try request.check().report
        try output.console.report(report.json, text: Self.text(report))
    }

    static func text(_ report: DatasetReport) -> String {
        var lines = [
            "\(report.rowCount) rows in \(report.files.count) files, \(report.distinctPromptCount) different prompts"
        ]
        for file in report.files {
            lines.append("  \(file.path)  \(file.rowCount) rows, \(file.size) bytes, sha256 \(file.digest.prefix(12))…")
        }
        let shapes = RowShape.allCases.compactMap { shape in report.shapes[shape].map { "\(shape.rawValue) \($0)" } }
        if !shapes.isEmpty { lines.append("shapes: " + shapes.joined(separator: ", ")) }
        let roles = ["system", "user", "assistant", "tool"].compactMap { role in
            report.roles[role].map { "\(role) \($0)" }
        }
        if !roles.isEmpty { lines.append("turns: " + roles.joined(separator: ", ")) }
        if report.turns.count > 0 {
            lines += histogram("prompt characters", report.promptCharacters)
            lines += histogram("answer characters", report.answerCharacters)
        }
        if let tokens = report.tokens { lines += histogram("tokens", tokens) }
        if let supervised = report.supervisedTokens { lines += histogram("learned tokens", supervised) }
        if let special = report.specialTokens {
            lines.append(
                "BOS \(special.beginnings), \(special.rowsWithBeginning) rows begin with it; "
                    + "EOS \(special.ends), \(special.rowsWithEnd) rows learn one")
        }
        let kinds = report.findings.kinds.map { "\($0.rawValue) \(report.findings.count(of: $0))" }
        if !kinds.isEmpty { lines.append("found: " + kinds.joined(separator: ", ") + "  (see `mlops data check`)") }
        return lines.joined(separator: "\n")
    }

    /// A line of figures, and a bar for each range of lengths.
    private static func histogram(_ title: String, _ lengths: LengthDistribution) -> [String] {
        let bins = lengths.histogram(limit: 10)
        let largest = bins.map(\.count).max() ?? 1
        let labels = bins.map {
            $0.range.count == 1 ? "\($0.range.lowerBound)" : "\($0.range.lowerBound)–\($0.range.upperBound)"
        }
        let width = labels.map(\.count).max() ?? 0
        let mean = String(format: "%.1f", lengths.mean)
        let head =
            "\(title): total \(lengths.total), min \(lengths.minimum), mean \(mean), median \(lengths.quantile(0.5)), "
            + "p90 \(lengths.quantile(0.9)), p99 \(lengths.quantile(0.99)), max \(lengths.maximum)"
        return [head]
            + zip(bins, labels).map { bin, label in
                let length = bin.count == 0 ? 0 : max(1, bin.count * 40 / largest)
                let bar = String(repeating: "#", count: length)
                return "  " + String(repeating: " ", count: width - label.count)
                    + "\(label) |\(bar)\(bar.isEmpty ? "" : " ")\(bin.count)"
            }
    }
}
