import ArgumentParser
import MLOpsCore

/// `mlops config explain`: what a key does, what it takes, and its default.
struct ConfigExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain a key, a group of keys, or all keys.")

    @Argument(help: "A key (lora_r) or a group (eval); none: every key.")
    var key: String?
    @Option(name: .long, help: "Whose keys: train or eval.")
    var kind: ConfigurationKind?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        switch kind {
        case .train?: try explain(RunConfiguration.schema)
        case .eval?: try explain(EvalConfiguration.schema)
        case nil:
            // Training's keys first; a key that only evaluation has is found too, and an error speaks of training.
            let isOnlyEvaluation =
                (try? RunConfiguration.schema.description(of: key)) == nil
                && (try? EvalConfiguration.schema.description(of: key)) != nil
            if isOnlyEvaluation {
                try explain(EvalConfiguration.schema)
            } else {
                try explain(RunConfiguration.schema)
            }
        }
    }

    private func explain<Root>(_ schema: ConfigurationSchema<Root>) throws {
        let names = key.map { [$0] } ?? schema.keys.map(\.name)
        let texts = try names.map { try schema.explanation(of: $0) }
        let description = try schema.description(of: key)
        try output.console.report(description, text: texts.joined(separator: "\n\n"))
    }
}
