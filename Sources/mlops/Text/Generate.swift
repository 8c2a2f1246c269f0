import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsTraining

/// Writes an answer (`mlops generate`).
struct Generate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a model's answer as it is written.",
        discussion: """
            A --prompt is a user's turn when the model has a chat template, and a text to continue when it has none or with \
            --raw; `-` instead reads it from standard input. --json prints {text, tokens, prompt_tokens, seconds, \
            finish_reason}.
            """)

    @OptionGroup var source: ModelOptions
    @Option(help: "What the user says, or with --raw a text to continue.")
    var prompt: String?
    @Option(help: ArgumentHelp("A JSON list of {role, content}.", valueName: "file"))
    var messages: String?
    @Argument(help: ArgumentHelp("- reads the prompt from standard input.", valueName: "-"))
    var input: String?
    @Option(help: "What the system turn says.")
    var system: String?
    @Flag(help: "Continue the prompt as it stands, without the chat template.")
    var raw = false
    @OptionGroup var generation: GenerationArguments
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard [prompt, messages, input].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("Give one of --prompt, --messages and - (standard input).")
        }
        if let input, input != "-" {
            throw ValidationError("Unexpected '\(input)': a prompt is given with --prompt, or read with -.")
        }
        if raw && (messages != nil || system != nil) {
            throw ValidationError("--raw continues a plain text: it excludes --messages and --system.")
        }
        if messages != nil && system != nil { throw ValidationError("Put the system turn into the messages.") }
    }

    func run() async throws {
        let question = try question()
        let console = output.console
        let model = try source.text(console)
        let stream = model.stream(question(model), options: generation.options)
        for try await piece in stream {
            switch piece {
            case .text(let text): if !console.isJSON { try console.write(text) }
            case .finished(let completion):
                console.warn(of: [completion], beyond: model.model.architecture)
                if console.isJSON {
                    try console.json(completion.json)
                } else {
                    try console.write("\n")
                    console.detail(completion.summary)
                }
            }
        }
    }

    /// What is asked, once it is known whether the model has a template.
    private func question() throws -> (TextModel) -> Prompt {
        if let messages {
            let messages = try MessageFile.messages(messages)
            return { _ in .messages(messages) }
        }
        let text = try prompt ?? InputFile.text("-")
        let turns =
            (system.map { [ChatMessage(role: "system", content: $0)] } ?? []) + [
                ChatMessage(role: "user", content: text)
            ]
        return { model in
            raw || (model.encoder.template == nil && turns.count == 1) ? .text(text) : .messages(turns)
        }
    }
}

extension Completion {
    /// What `--json` prints of an answer.
    var json: JSONValue {
        [
            "text": .string(text), "tokens": .integer(Int64(tokenCount)),
            "prompt_tokens": .integer(Int64(promptTokenCount)), "seconds": .number(seconds),
            "finish_reason": .string(finishReason.rawValue),
        ]
    }

    /// The figures of an answer in a line.
    var summary: String {
        String(
            format: "%d tokens after %d in %.2f s (%.1f tokens/s), %@", tokenCount, promptTokenCount, seconds,
            Double(tokenCount) / max(seconds, 1e-9), finishReason.rawValue)
    }
}
