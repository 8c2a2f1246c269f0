import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsTraining

/// `mlops train`: the main job.
struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Validate data, train an adapter, evaluate it against the base model, apply the gate.",
        discussion: """
            Ends with 0 when the gate passed or none was applied, 2 when it failed, 3 when it could not decide, 4 when a \
            health rule stopped the run, 75 when a signal did: `mlops train --resume latest` then goes on. \
            The saved adapter is read back: 74 when it is not what was trained, 65 when it is of no use. \
            --verify-resume ends with 0 when both runs gave the same bytes, 1 when not.
            """)

    @Option(name: [.long, .customLong("cn", withSingleDash: true)], help: "The configuration's name.")
    var configName = "train"
    @Flag(name: [.customShort("m"), .long], help: "Train once for each combination of the values in the overrides.")
    var multirun = false
    @Option(
        help: ArgumentHelp("Continue a run: its path or name, or latest, the newest unfinished one.", valueName: "run"))
    var resume: String?
    @Flag(
        name: .long,
        help: "Train six steps twice in a temporary directory, once interrupted and resumed, and compare the bytes.")
    var verifyResume = false
    @OptionGroup var composition: CompositionOptions
    @OptionGroup var printing: PrintingOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try printing.checkIsOnly(isMultirun: multirun) }

    func run() async throws {
        let overrides = composition.overrides
        if printing.shellCompletion {
            let environment = ProcessInfo.processInfo.environment
            return try ShellCompletion.answer(composition, configName: configName, environment: environment)
        }
        let sources = try composition.sources()
        if try printing.printed(configName, from: sources, overrides: overrides) { return }
        if printing.isPrinting {
            let composed = try RunConfiguration.compose(configName, from: sources, overrides: overrides)
            if try printing.printed(composed) { return }
        }
        let request = TrainingRequest(
            sources: sources, configName: configName, resume: resume, commandLine: CommandLine.arguments)
        if verifyResume {
            guard !multirun, resume == nil else {
                throw ValidationError("--verify-resume goes with neither --multirun nor --resume.")
            }
            let job = try request.job(overrides: overrides, console: output.console)
            let report = try await Interruption.watching { try await job.resumptionReport() }
            try output.console.report(report.json, text: report.text)
            if !report.isEqual { throw ExitStatus.failure.code }
            return
        }
        // As in Hydra, `hydra.mode=MULTIRUN` in a file or an override does what -m does, and -m goes before `hydra.mode=RUN`.
        let mode = try? RunConfiguration.compose(
            configName, from: sources, overrides: overrides, isMultirun: true
        ).hydra["mode"]?.string
        guard multirun || (resume == nil && mode == "MULTIRUN") else {
            return try await train([overrides], request, isSweep: false)
        }
        guard resume == nil else { throw ValidationError("--multirun and --resume exclude each other.") }
        let sweep = try RunConfiguration.compose(
            configName, from: sources, overrides: overrides + (mode == "MULTIRUN" ? [] : ["hydra.mode=MULTIRUN"]),
            isMultirun: true, at: request.begin)
        let jobs = try OverrideSweep.expand(sweep)
        try sweep.writeSweepFile()
        if jobs.isEmpty { output.console.warn("the sweep has no runs: one of its values stands for nothing.") }
        // What is wrong with a later job is told before the first one begins.
        for (number, overrides) in jobs.enumerated() {
            _ = try request.job(overrides: overrides, number: number, console: output.console)
        }
        try await train(jobs, request, isSweep: true)
    }

    /// Trains once for each list of overrides; ends with the gravest status.
    private func train(_ jobs: [[String]], _ request: TrainingRequest, isSweep: Bool) async throws {
        var outcomes: [TrainingOutcome] = []
        for (number, overrides) in jobs.enumerated() {
            let job = try request.job(
                overrides: overrides, number: isSweep ? number : nil, console: output.console)
            let outcome = try await Interruption.watching { try await job.run() }
            outcomes.append(outcome)
            if outcome.status == .interrupted { break }
        }
        try output.console.report(
            isSweep ? .array(outcomes.map(\.json)) : outcomes[0].json,
            text: outcomes.map(\.text).joined(separator: "\n\n"))
        if let grave = outcomes.map(\.status).first(where: { $0 != .success }) { throw grave.code }
    }
}
