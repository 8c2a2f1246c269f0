import ArgumentParser
import Foundation
import MLOpsCore

/// `mlops runs`: what was trained here.
struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, show and compare runs.",
        subcommands: [
            RunsDiff.self,
            RunsList.self,
            RunsShow.self,
        ]
    )
}

/// Where runs are looked for.
struct RunsOptions: ParsableArguments {
    @Option(name: .long, help: "The directory that holds the runs.")
    var outputDir = "outputs/runs"

    var directory: URL { URL(filePath: outputDir, directoryHint: .isDirectory) }

    /// Returns the run meant by `name`: a path, a name, or `latest`.
    func run(_ name: String) throws -> RunDirectory { try RunDirectory.named(name, in: directory) }
}
