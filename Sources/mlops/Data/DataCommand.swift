import ArgumentParser

/// What can be done with data before a model sees it (`mlops data …`).
struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Check, measure, preview, split, convert and pack data.",
        // One a line, in alphabetical order.
        subcommands: [
            DataCheck.self,
            DataConvert.self,
            DataPack.self,
            DataPreview.self,
            DataSplit.self,
            DataStats.self,
        ]
    )
}
