import ArgumentParser
import MLOpsCore

/// Shows rows as the model sees them (`mlops data preview`).
struct DataPreview: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Show rows as the model sees them: their text, which of it is learned, their ids.",
        discussion: """
            What is learned is green; where there are no colours it stands between « and ». --json prints ids, tokens and \
            marks of every row shown.
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var encoding: RowEncodingOptions
    @Option(help: "The first row shown, counted from 1.")
    var row = 1
    @Option(help: "How many rows are shown.")
    var count = 1
    @Flag(help: "Show each token's id, text and mark too.")
    var ids = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if encoding.model == nil {
            throw ValidationError("Name the model with --model: tokens are made by its tokenizer.")
        }
        if row < 1 { throw ValidationError("--row must be at least 1, but is \(row).") }
        if count < 1 { throw ValidationError("--count must be at least 1, but is \(count).") }
    }

    func run() async throws {
        guard let encoder = try encoding.encoder() else { return }
        let dataset = try data.dataset()
        guard row <= dataset.rows.count else {
            throw ValidationError("--row is \(row), but there are \(dataset.rows.count) rows.")
        }
        let shown = dataset.rows[(row - 1)..<min(dataset.rows.count, row - 1 + count)]
        let previews = try shown.map { row in
            let tokens: TokenizedExample =
                switch row {
                case .tokens(let example): example
                case .conversation(let conversation): try encoder.example(conversation, trainOn: encoding.trainOn)
                }
            return RowPreview(tokens, tokenizer: encoder.tokenizer)
        }
        try output.console.report(
            .array(previews.map(\.json)), text: previews.map(text).joined(separator: "\n\n"))
    }

    private func text(_ preview: RowPreview) -> String {
        let example = preview.example
        var lines = ["\(example.origin): \(example.ids.count) tokens, \(example.supervisedCount) learned"]
        if let limit = encoding.maxLength, example.ids.count > limit {
            lines[0] += ", longer than --max-length \(limit)"
        }
        lines.append(coloured(preview))
        if ids {
            let rows = zip(zip(example.ids, preview.tokens), example.isSupervised).map { token, mark in
                ["\(token.0)", mark ? "learned" : "", token.1 ?? ""]
            }
            lines.append(TextTable([["id", "mark", "token"]] + rows).text)
        }
        return lines.joined(separator: "\n")
    }

    /// The text of the row, neighbours of one kind joined.
    private func coloured(_ preview: RowPreview) -> String {
        let (begin, end) = output.console.outputUsesColor ? ("\u{1B}[32m", "\u{1B}[0m") : ("«", "»")
        var text = ""
        var isLearned = false
        for piece in preview.pieces {
            if piece.isSupervised != isLearned { text += isLearned ? end : begin }
            isLearned = piece.isSupervised
            text += piece.text
        }
        return isLearned ? text + end : text
    }
}
