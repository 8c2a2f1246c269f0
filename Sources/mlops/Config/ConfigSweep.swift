import ArgumentParser
import MLOpsCore

/// `mlops config sweep`: the runs that overrides with sweeps ask for.
struct ConfigSweep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Print the overrides of every run that -m would start.")

    @OptionGroup var composition: CompositionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        // Only glob() looks at files; without a directory it finds nothing, and says so.
        let sources = try composition.sources()
        let runs = try OverrideSweep.expand(composition.overrides, sources: sources)
        try output.console.report(
            .array(runs.map { .array($0.map { .string($0) }) }),
            text: runs.map { $0.joined(separator: " ") }.joined(separator: "\n"))
    }
}
