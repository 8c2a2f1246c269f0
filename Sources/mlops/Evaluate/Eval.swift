import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsEval
import MLOpsTraining
import OrderedCollections

/// `mlops eval`: a model measured on test rows beside its baseline.
struct Eval: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluate a model on test rows, compare it with its baseline, apply the gate.",
        discussion: """
            model_path=… names what is measured: a run, a checkpoint, an adapter, a model directory, a GGUF file or a hub \
            name. An adapter is compared with its base model. Ends with 0 when the gate passed or none was applied, 2 when \
            it failed, 3 when it could not decide.
            """)

    @Option(name: [.long, .customLong("cn", withSingleDash: true)], help: "The configuration's name.")
    var configName = "eval"
    @OptionGroup var composition: CompositionOptions
    @OptionGroup var printing: PrintingOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if printing.shellCompletion {
            let environment = ProcessInfo.processInfo.environment
            return try ShellCompletion.answer(composition, configName: configName, environment: environment)
        }
        let sources = try composition.sources()
        if try printing.printed(configName, from: sources, overrides: composition.overrides) { return }
        var composed = try EvalConfiguration.compose(configName, from: sources, overrides: composition.overrides)
        if try printing.printed(composed) { return }
        try composed.begin(job: nil)
        let configuration = try EvalConfiguration(composed)
        try configuration.validate()
        let console = try output.console.asConfigured(by: composed)
        let job = EvaluationJob(configuration: configuration, composed: composed, console: console)
        let outcome = try await Interruption.watching { try await job.run() }
        try console.report(outcome.json, text: outcome.text)
        if outcome.status != .success { throw outcome.status.code }
    }
}
