import ArgumentParser
import MLOpsCore

/// The root command.
@main
struct MLOpsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mlops",
        abstract: "From a base language model and a folder of conversations to a measured, deployed model.",
        version: PackageVersion.current,
        // One a line, in alphabetical order.
        subcommands: [
            Chat.self,
            Compare.self,
            Config.self,
            DataCommand.self,
            Doctor.self,
            Eval.self,
            GateCommand.self,
            Generate.self,
            GGUF.self,
            Inspect.self,
            Merge.self,
            Metrics.self,
            Migrate.self,
            Perplexity.self,
            Plan.self,
            Publish.self,
            Quantize.self,
            Render.self,
            Runs.self,
            ShellCompletion.self,
            Tokenize.self,
            Train.self,
            Version.self,
        ]
    )
}
