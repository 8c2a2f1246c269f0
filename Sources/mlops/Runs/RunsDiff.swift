import ArgumentParser
import Foundation
import MLOpsCore
import OrderedCollections

/// `mlops runs diff`: what two runs were told, and what came of it.
struct RunsDiff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show the keys in which two runs differ, and their figures.")

    @Argument(help: ArgumentHelp("A run's path or name, or latest.", valueName: "a"))
    var first: String
    @Argument(help: ArgumentHelp("The run it is compared with.", valueName: "b"))
    var second: String
    @OptionGroup var runs: RunsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (a, b) = (try RunRecord(runs.run(first)), try RunRecord(runs.run(second)))
        let config = Self.differences(try a.run.settings(), try b.run.settings())
        let figures = Self.differences(Self.figures(a), Self.figures(b))
        try output.console.report(
            [
                "a": .string(a.run.name), "b": .string(b.run.name), "config": Self.json(config),
                "figures": Self.json(figures),
            ],
            text: Self.text(config, figures, a.run.name, b.run.name))
    }

    private typealias Difference = (key: String, a: JSONValue?, b: JSONValue?)

    private static func differences(
        _ a: JSONObject, _ b: JSONObject
    ) -> [Difference] {
        OrderedSet(Array(a.keys) + Array(b.keys)).filter { a[$0] != b[$0] }.map { ($0, a[$0], b[$0]) }
    }

    private static func figures(_ record: RunRecord) -> JSONObject {
        let all = record.json.object ?? [:]
        var figures = all.filter { ["status", "steps", "loss", "eval_loss", "gate"].contains($0.key) }
        for (name, value) in record.metrics?.model ?? [:] { figures["metrics.\(name)"] = .number(value) }
        return figures
    }

    private static func json(_ differences: [Difference]) -> JSONValue {
        .object(
            OrderedDictionary(
                uniqueKeysWithValues: differences.map {
                    ($0.key, ["a": $0.a ?? .null, "b": $0.b ?? .null] as JSONValue)
                }))
    }

    private static func text(_ config: [Difference], _ figures: [Difference], _ a: String, _ b: String) -> String {
        func table(_ title: String, _ differences: [Difference]) -> String {
            guard !differences.isEmpty else { return "\(title): no difference" }
            func text(_ value: JSONValue?) -> String { value.map { $0.string ?? $0.text() } ?? "–" }
            return TextTable([[title, a, b]] + differences.map { [$0.key, text($0.a), text($0.b)] }).text
        }
        return table("configuration", config) + "\n\n" + table("figures", figures)
    }
}
