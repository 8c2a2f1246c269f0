import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsPublish

/// Turns runs into things others can use (`mlops publish`).
struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Release a run that passed its gate.",
        // One a line, in alphabetical order.
        subcommands: [
            PublishArchive.self,
            PublishOllama.self,
        ]
    )
}

/// The run that is released, and on whose word.
struct ReleaseSource: ParsableArguments {
    @Argument(help: "The run to release.")
    var run = "outputs/runs/latest"
    @Option(
        help: ArgumentHelp("Release a run that did not pass its gate; the reason is recorded.", valueName: "reason"))
    var force: String?
    @Option(help: "The base model, when it is not where the run had it.")
    var model: String?
    @Option(help: ArgumentHelp("The directory to write; release/ in the run when left out.", valueName: "directory"))
    var output: String?

    /// Opens the run and judges it.
    func open() throws -> (run: PublishableRun, approval: ReleaseApproval) {
        let run = try PublishableRun(contentsOf: URL(filePath: run))
        return (run, try ReleaseApproval(for: run, waiver: force))
    }

    /// Where the release goes.
    func directory(_ run: PublishableRun, _ kind: String) -> URL {
        output.map { URL(filePath: $0, directoryHint: .isDirectory) }
            ?? run.directory.url.appending(path: "release/\(kind)", directoryHint: .isDirectory)
    }

    /// Opens the base model.
    func base(_ run: PublishableRun) throws -> ModelFiles {
        try ModelFiles(contentsOf: ModelLocator().locate(model ?? run.baseModelName ?? "").url)
    }
}
