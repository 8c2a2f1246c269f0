import ArgumentParser
import Foundation
import MLOpsCore

/// Writes data in another format (`mlops data convert`).
struct DataConvert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write data in one file and one form.",
        discussion: """
            Reads every form, and writes messages (chatml), sharegpt, prompt_completion, instruction (alpaca), text (as the \
            model's template writes it) and tokenized (ids and labels; both with --model). Keys that say nothing about the \
            conversation are left out. A row that cannot be said in the form asked for is an error, and nothing is written, \
            unless --on-invalid skip leaves such rows out.

            Examples:
              mlops data convert alpaca.json --to messages --output rows.jsonl
              mlops data convert 'shards/*.jsonl.zst' --to sharegpt --output rows.jsonl.zst
              mlops data convert rows.jsonl --to tokenized --model M --max-length 512 --output tokens.jsonl
            """
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var encoding: RowEncodingOptions
    @Option(help: "The form to write: messages, sharegpt, prompt_completion, instruction, text or tokenized.")
    var to = RowForm.messages
    @Option(help: "The file to write: .jsonl or .jsonl.zst.")
    var output: String
    @OptionGroup var reporting: OutputOptions

    func validate() throws {
        guard [".jsonl", ".ndjson", ".jsonl.zst"].contains(where: output.hasSuffix) else {
            throw ValidationError("--output must end in .jsonl or .jsonl.zst, but is '\(output)'.")
        }
    }

    func run() async throws {
        let report = try data.reader.write(
            data.paths, pattern: data.pattern, to: URL(filePath: output), as: to, through: translator())
        reporting.console.warn(ofSkippedIn: report)
        try reporting.console.report(
            [
                "rows": .integer(Int64(report.rowCount)), "skipped_rows": .integer(Int64(report.invalidRowCount)),
                "output": .string(output),
            ],
            text: "\(report.rowCount) rows in \(output)")
    }

    /// What makes text and tokens of rows; without `--model`, next to nothing.
    private func translator() throws -> RowTranslator {
        guard let encoder = try encoding.encoder() else { return RowTranslator() }
        let limit = encoding.maxLength ?? .max
        let trainOn = encoding.trainOn
        var translator = RowTranslator(encode: { conversation in
            let example = try encoder.example(conversation, trainOn: trainOn)
            guard example.ids.count <= limit else {
                throw DatasetError(
                    .unusable, "it has \(example.ids.count) tokens, more than --max-length \(limit)")
            }
            guard example.supervisedCount > 0 else { throw DatasetError(.unusable, "none of its tokens is learned") }
            return example
        })
        if let template = encoder.template {
            translator.render = { conversation in
                try template.rendering(
                    ChatTemplateInput(conversation.messages, addsGenerationPrompt: false, variables: encoder.variables)
                ).text
            }
        }
        return translator
    }
}
