// A conformance of a public type to a public protocol is public, and so must be the imports.
public import ArgumentParser
public import MLOpsCore

extension TrainOn: ExpressibleByArgument {}

/// How rows become tokens: `@OptionGroup var encoding: RowEncodingOptions`.
struct RowEncodingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The model whose tokenizer and chat template make the tokens.", valueName: "model"))
    var model: String?
    @Option(help: "Which tokens are learned: completion or all.")
    var trainOn = TrainOn.completion
    @Option(help: "The most tokens a row may have.")
    var maxLength: Int?

    func validate() throws {
        if let maxLength, maxLength < 1 {
            throw ValidationError("--max-length must be at least 1, but is \(maxLength).")
        }
    }

    /// The tokenizer and template of `--model`; nil when it is not given.
    func encoder() throws -> ConversationEncoder? {
        try model.map { try ConversationEncoder(TextFiles(contentsOf: ModelLocator().locate($0).url)) }
    }

}
