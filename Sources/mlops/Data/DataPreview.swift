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

            Examples:
              mlops data preview support.jsonl --model M --row 17
              mlops data preview support.jsonl --model M --random --seed 3 --count 5
              mlops data preview support.jsonl --model M --index 0 --ids --json
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var encoding: RowEncodingOptions
    @Option(help: "The first row shown, counted from 1.")
    var row: Int?
    @Option(help: "The first row shown, counted from 0.")
    var index: Int?
    @Flag(help: "Show rows drawn from all of the data, in their order.")
    var random = false
    @Option(help: "Which rows --random draws.")
    var seed: UInt64 = 42
    @Option(help: "How many rows are shown.")
    var count = 1
    @Flag(help: "Show each token's id, text and mark too.")
    var ids = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if encoding.model == nil {
            throw ValidationError("Name the model with --model: tokens are made by its tokenizer.")
        }
        if let row, row < 1 { throw ValidationError("--row must be at least 1, but is \(row).") }
        if let index, index < 0 { throw ValidationError("--index must not be negative, but is \(index).") }
        if count < 1 { throw ValidationError("--count must be at least 1, but is \(count).") }
        if [row != nil, index != nil, random].count(where: { $0 }) > 1 {
            throw ValidationError("--row, --index and --random each say which rows are meant; give one of them.")
        }
    }

    /// How many rows stand before the first one shown.
    private var start: Int { index ?? (row ?? 1) - 1 }

    func run() async throws {
        guard let encoder = try encoding.encoder() else { return }
        let previews = try rows().map { row in
            RowPreview(
                try row.tokenized { try encoder.example($0, trainOn: encoding.trainOn) }, tokenizer: encoder.tokenizer)
        }
        try output.console.report(
            .array(previews.map(\.json)), text: previews.map(text).joined(separator: "\n\n"))
    }

    /// The rows to show, read no further than needed.
    private func rows() throws -> [DatasetRow] {
        var sample = RowSample(count: count, seed: seed)
        var shown: [DatasetRow] = []
        var seen = 0
        let report = try data.reader.visit(data.paths, pattern: data.pattern) { row throws(DatasetError) in
            if random {
                sample.add(row)
                return .next
            }
            if seen >= start { shown.append(row) }
            seen += 1
            return shown.count == count ? .stop : .next
        }
        try report.requireUsable(onInvalid: data.onInvalid)
        output.console.warn(ofSkippedIn: report)
        if random { return sample.rows }
        guard !shown.isEmpty else {
            throw ValidationError(
                "\(index == nil ? "--row" : "--index") is \(index ?? row ?? 1), but there are \(seen) rows.")
        }
        return shown
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
            text += piece.text.withVisibleControls(keepsLines: true)
        }
        return isLearned ? text + end : text
    }
}
