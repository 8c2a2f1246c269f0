import ArgumentParser

/// What can be done with a tokenizer by itself (`mlops tokenizer …`).
struct TokenizerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer", abstract: "Make a tokenizer.", subcommands: [TokenizerTrain.self])
}
