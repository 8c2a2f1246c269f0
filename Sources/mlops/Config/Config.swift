import ArgumentParser

/// `mlops config`: what configurations say and what their keys mean.
struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show, sweep and explain configurations.",
        subcommands: [
            ConfigExplain.self,
            ConfigSchema.self,
            ConfigShow.self,
            ConfigSweep.self,
        ]
    )
}

/// The two kinds of configurations that have a schema.
enum ConfigurationKind: String, ExpressibleByArgument, CaseIterable { case train, eval }
