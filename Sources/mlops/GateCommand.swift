import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsEval

/// Applies a gate to figures that are already there (`mlops gate`).
struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Apply the quality gate to a run again.",
        discussion: """
            Ends with 0 when the run passes, 2 when it fails, 3 when that cannot be decided. Without --rule the gate is \
            the run's own, or else: exact_match improves by more than 0.02 and rouge1 by more than 0.05.
            """)

    @Argument(help: ArgumentHelp("A run, the directory of an evaluation, or a metrics.json.", valueName: "run"))
    var measurement: String
    @Option(
        name: .customLong("rule"),
        help: ArgumentHelp(
            "A rule instead of the run's own: 'rouge1 > 0.05', 'perplexity value <= 8'. May be repeated.",
            valueName: "rule"))
    var rules: [String] = []
    @Option(help: ArgumentHelp("Fewer examples than this decide nothing.", valueName: "count"))
    var minExamples: Int = 1
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let measured = try MeasuredRun(contentsOf: URL(filePath: measurement))
        let own = measured.metrics.gate.flatMap { Gate(repeating: $0) }?.rules ?? GateConfiguration.defaultRules
        let rules = try self.rules.map { try GateConfiguration.Rule(parsing: $0) }
        let gate = Gate(rules: rules.isEmpty ? own : rules, minimumExampleCount: minExamples)
        let outcome = gate.outcome(of: measured.metrics)
        try output.console.report(outcome.json, text: outcome.text)
        guard outcome.verdict == .passed else { throw outcome.verdict.exitStatus.code }
    }
}
