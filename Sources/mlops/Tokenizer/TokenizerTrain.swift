import ArgumentParser
import Foundation
import MLOpsCore

/// Learns a vocabulary from text (`mlops tokenizer train`).
struct TokenizerTrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Learn a byte-level BPE vocabulary from text and write tokenizer.json and tokenizer_config.json.",
        discussion: """
            Tokens and merges are those of Hugging Face's BpeTrainer with the whole byte alphabet. The special tokens \
            <|endoftext|>, <|im_start|> and <|im_end|> have the ids 0 to 2; the chat template is ChatML's. Of files of rows \
            (.jsonl, .json, .ndjson, .jsonl.zst) the messages are read, of all others the lines.
            """)

    @Argument(help: "Files of rows, or of UTF-8 text.")
    var files: [String]
    @Option(help: "How many tokens there shall be, the special ones and 256 bytes among them.")
    var vocabSize: Int
    @Option(help: ArgumentHelp("The directory to write into.", valueName: "dir"))
    var output: String
    @Option(help: "How often a pair must occur to become a token.")
    var minFrequency = 0
    @Option(help: "What tokens of more than two bytes stay under, in bytes.")
    var maxTokenLength: Int?
    @Option(name: .customLong("special"), help: ArgumentHelp("One more special token.", valueName: "token"))
    var additionalTokens: [String] = []
    @OptionGroup var reporting: OutputOptions

    func validate() throws {
        if minFrequency < 0 { throw ValidationError("--min-frequency must be at least 0, but is \(minFrequency).") }
        if let maxTokenLength, maxTokenLength < 1 {
            throw ValidationError("--max-token-length must be at least 1, but is \(maxTokenLength).")
        }
    }

    func run() async throws {
        var counts = try PieceCounts()
        for file in files {
            let count = try counts.add(contentsOf: file)
            reporting.console.detail("\(file): \(count) texts")
        }
        let trainer = BPETrainer(
            vocabularySize: vocabSize, minimumFrequency: minFrequency,
            specialTokens: LearnedVocabulary.conversationTokens + additionalTokens, maximumTokenLength: maxTokenLength)
        let vocabulary = try trainer.train(on: counts)
        let size = vocabulary.tokens.count
        if size < vocabSize {
            reporting.console.warn("the text has pairs for \(size) tokens only, \(vocabSize) were asked for")
        }
        let written = try vocabulary.write(to: URL(filePath: output, directoryHint: .isDirectory))
        try reporting.console.report(
            [
                "output": .string(output), "files": .array(written.map(JSONValue.string)),
                "tokens": .integer(Int64(size)), "merges": .integer(Int64(vocabulary.merges.count)),
                "bytes": .integer(Int64(counts.byteCount)),
            ],
            text: "Wrote \(size) tokens, learned from \(counts.byteCount) bytes of text, into '\(output)'.")
    }
}
