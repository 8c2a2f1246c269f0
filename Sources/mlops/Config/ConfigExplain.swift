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

    func run() async throws {
        let text: String
        switch (key, kind) {
        case (nil, .eval): text = try Self.all(EvalConfiguration.schema)
        case (nil, _): text = try Self.all(RunConfiguration.schema)
        case (let key?, .train): text = try RunConfiguration.schema.explanation(of: key)
        case (let key?, .eval): text = try EvalConfiguration.schema.explanation(of: key)
        case (let key?, nil):
            // Training's keys first; a key that only evaluation has is found too, and an error speaks of training.
            let evaluation = try? EvalConfiguration.schema.explanation(of: key)
            do {
                text = try RunConfiguration.schema.explanation(of: key)
            } catch {
                guard let evaluation else { throw error }
                text = evaluation
            }
        }
        try Console.standard.line(text)
    }

    private static func all<Root>(_ schema: ConfigurationSchema<Root>) throws -> String {
        try schema.keys.map { try schema.explanation(of: $0.name) }.joined(separator: "\n\n")
    }
}
