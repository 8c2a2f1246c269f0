import ArgumentParser

/// `mlops config`: what configurations say and what their keys mean.
struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show, sweep and explain configurations.",
        subcommands: [
            ConfigShow.self,
            ConfigSweep.self,
        ]
    )
}

/// Where a configuration is found, and how it is changed.
struct CompositionOptions: ParsableArguments {
    @Option(name: .long, help: "The configurations' directory (default: configs/, else the built-in ones).")
    var configDir: String?
    @Argument(help: "Overrides: k=v, +k=v, ++k=v, ~k, group=option.")
    var overrides: [String] = []
}
