import ArgumentParser
import Foundation
import MLOpsCore

/// Measures data (`mlops data stats`).
struct DataStats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Measure data: rows, roles, lengths, duplicates, digests.",
        discussion: "With --model lengths are counted in that model's tokens too. Wrong rows are counted, and left out."
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var encoding: RowEncodingOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let check = try DatasetCheck(
            data.paths, pattern: data.pattern, reader: data.reader,
            maximumLength: encoding.maxLength ?? .max, encode: encoding.encode())
        try output.console.report(check.report.json, text: Self.text(check.report))
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
