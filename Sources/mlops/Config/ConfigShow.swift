import ArgumentParser
import MLOpsCore

/// `mlops config show`: a composition, whatever its keys.
struct ConfigShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a composed configuration; its keys are not checked against a schema.")

    /// The two ways a configuration is printed.
    enum Format: String, ExpressibleByArgument, CaseIterable { case yaml, json }

    @OptionGroup var composition: CompositionOptions
    @Option(name: [.long, .customLong("cn", withSingleDash: true)], help: "The configuration's name.")
    var configName = "train"
    @Flag(name: .long, help: "Resolve interpolations.")
    var resolve = false
    @Option(name: .long, help: "yaml or json.")
    var format = Format.yaml

    func run() async throws {
        let sources = try composition.sources()
        let composed = try ConfigComposer(sources).compose(configName, overrides: composition.overrides)
        for warning in composed.warnings { Console.standard.warn(warning) }
        let tree = resolve ? try composed.resolved() : composed.tree
        switch format {
        case .yaml: try Console.standard.write(tree.yaml)
        case .json: try Console.standard.line(tree.jsonText)
        }
    }
}
