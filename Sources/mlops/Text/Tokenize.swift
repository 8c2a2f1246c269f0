import ArgumentParser
import Foundation
import MLOpsCore

/// Turns text into tokens (`mlops tokenize`).
struct Tokenize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the tokens a model makes of a text.",
        discussion: """
            The spelling of an added token, such as <|im_end|>, becomes that token unless --no-special is given. --decode \
            goes the other way: the text is ids, as a JSON list or separated by spaces or commas. --json prints {ids, tokens}. \
            --count takes every line as a text of its own and prints how many tokens they have together.
            """)

    @Option(
        help: ArgumentHelp(
            "A Hugging Face directory, a run, a GGUF file, a hub name, or a tokenizer.json; weights are not needed.",
            valueName: "model"))
    var model: String
    @Option(help: "The text.")
    var text: String?
    @Option(help: ArgumentHelp("A file with the text, UTF-8; - reads standard input.", valueName: "file"))
    var file: String?
    @Flag(help: "Put the tokens around the text that the model expects, such as BOS.")
    var addSpecialTokens = false
    @Flag(name: .customLong("no-special"), help: "Recognise no added tokens in the text.")
    var recognisesNothing = false
    @Flag(help: "Print the text of ids instead.")
    var decode = false
    @Flag(help: "Print only the number of tokens, and in how many seconds they were found.")
    var count = false
    @Option(help: "With --count: how many threads work.")
    var threads = 1
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...1024).contains(threads) else { throw ValidationError("--threads is a number from 1 to 1024.") }
        if count, decode { throw ValidationError("Give either --count or --decode.") }
        if (text == nil) == (file == nil) { throw ValidationError("Give either --text or --file.") }
    }

    func run() async throws {
        let text = try text ?? file.map { try InputFile.text($0) } ?? ""
        let tokenizer = try tokenizer()
        if decode {
            let ids = try Self.ids(text)
            if let id = ids.first(where: { tokenizer.token($0) == nil }) {
                throw TokenizeError(message: "\(id) is not the id of a token of this model.")
            }
            let decoded = tokenizer.decode(ids, skipSpecialTokens: false)
            return try output.console.report(
                ["text": .string(decoded), "ids": .array(ids.map { .integer(Int64($0)) })], text: decoded)
        }
        let options = EncodingOptions(
            recognisesAddedTokens: !recognisesNothing, addsSpecialTokens: addSpecialTokens)
        if count { return try await report(text, tokenizer, options) }
        let ids = try tokenizer.encode(text, options)
        let tokens = ids.map { tokenizer.token($0) ?? "" }
        try output.console.report(
            ["ids": .array(ids.map { .integer(Int64($0)) }), "tokens": .array(tokens.map(JSONValue.string))],
            text: TextTable([["id", "token"]] + zip(ids, tokens).map { ["\($0)", $1] }).text)
    }

    /// The model's tokenizer, which needs no weights.
    private func tokenizer() throws -> PretrainedTokenizer {
        try ConversationEncoder.tokenizer(of: TextFiles(contentsOf: try ModelLocator().locate(model).url))
    }

    private func report(_ text: String, _ tokenizer: PretrainedTokenizer, _ options: EncodingOptions) async throws {
        // Bytes, not characters: "\r\n" is one character, and none of its parts.
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        let clock = ContinuousClock()
        let start = clock.now
        let tokens = try await tokenizer.countBatch(lines, options, tasks: threads)
        let seconds = (clock.now - start) / .seconds(1)
        try output.console.report(
            [
                "tokens": .integer(Int64(tokens)), "bytes": .integer(Int64(text.utf8.count)),
                "seconds": .number(seconds),
            ], text: "\(tokens) tokens in \(text.utf8.count) bytes, found in \((seconds * 1000).rounded() / 1000) s")
    }

    private static func ids(_ text: String) throws -> [Int32] {
        let parts = text.split { "[], \n\r\t".contains($0) }
        return try parts.map { part in
            guard let id = Int32(part), id >= 0 else {
                throw TokenizeError(message: "'\(part.prefix(40))' is not a token's id: write 1 2 3 or [1, 2, 3].")
            }
            return id
        }
    }
}

/// Ids that cannot be decoded.
struct TokenizeError: ReportableError {
    let message: String
    var exitStatus: ExitStatus { .invalidData }
}
