import ArgumentParser
import Foundation
import MLOpsCore

/// `mlops migrate`: another tool's configuration as ours.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write another tool's training configuration as one of ours.",
        discussion: """
            Prints YAML that composes and is valid, and tells on standard error which keys have no counterpart, and why, \
            and which ask for what is always so here. \
            Ends with 0 also when some have none; 66 when the file is missing, 78 when it is no configuration.
            """)

    @Option(name: .customLong("from"), help: "The tool: seed, axolotl, llamafactory, trl, unsloth or mlx.")
    var tool: Tool
    @Argument(help: ArgumentHelp("Its configuration, YAML or JSON; - is standard input.", valueName: "file"))
    var file: String
    @Option(help: ArgumentHelp("Write the YAML to this file, not to standard output.", valueName: "file"))
    var output: String?
    @OptionGroup var options: OutputOptions

    /// The tools, as they are typed.
    enum Tool: String, ExpressibleByArgument, CaseIterable {
        case seed, axolotl, llamafactory, trl, unsloth, mlx
    }

    func run() async throws {
        let data = try InputFile.data(file)
        let migration = try ConfigurationMigration(
            data, from: ForeignTool(rawValue: tool.rawValue) ?? .seed, name: file)
        let console = options.console
        if let output {
            try WholeFile.write(migration.yaml, to: URL(filePath: output))
        }
        if console.isJSON {
            try console.json(migration.json)
        } else if output == nil {
            try console.write(migration.yaml)
        }
        for remainder in migration.remainders {
            console.log("no counterpart: \(remainder.key): \(remainder.value). \(remainder.reason)")
        }
        for given in migration.givens {
            console.log("always so here, nothing to set: \(given.key): \(given.value)")
        }
        if let output { console.log("\(migration.translations.count) keys carried over to \(output)") }
    }
}
