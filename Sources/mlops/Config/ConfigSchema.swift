import ArgumentParser
import MLOpsCore

/// `mlops config schema`: every key, as a JSON schema or as the documentation's tables.
struct ConfigSchema: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print every key as a JSON schema, or as Markdown tables.")

    /// The two ways a schema is printed.
    enum Format: String, ExpressibleByArgument, CaseIterable { case json, markdown }

    @Option(name: .long, help: "Whose keys: train or eval.")
    var kind = ConfigurationKind.train
    @Option(name: .long, help: "json or markdown.")
    var format = Format.json

    func run() async throws {
        switch (kind, format) {
        case (.train, .json): try Console.standard.json(RunConfiguration.schema.jsonSchema)
        case (.eval, .json): try Console.standard.json(EvalConfiguration.schema.jsonSchema)
        case (.train, .markdown): try Console.standard.write(RunConfiguration.schema.reference)
        case (.eval, .markdown): try Console.standard.write(EvalConfiguration.schema.reference)
        }
    }
}
