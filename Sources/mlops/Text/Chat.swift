import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsTraining

/// Talks with a model in the terminal (`mlops chat`).
struct Chat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Talk with a model in the terminal.",
        discussion: """
            A line is a turn. /new starts over, /exit or the end of the input ends the conversation. With --json every \
            answer is a JSON value of its own line.
            """)

    @OptionGroup var source: ModelOptions
    @Option(help: "What the system turn says.")
    var system: String?
    @OptionGroup var generation: GenerationArguments
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let model = try source.text(console)
        guard model.encoder.template != nil else {
            throw ValidationError(
                "This model has no chat template, so it cannot talk in turns. Use mlops generate --raw.")
        }
        let start = system.map { [ChatMessage(role: "system", content: $0)] } ?? []
        var messages = start
        var isWarned = false
        while true {
            if console.errorIsTerminal { console.complain("> ") }
            guard let line = readLine() else { break }
            switch line.trimmingCharacters(in: .whitespaces) {
            case "": continue
            case "/exit", "/quit", "/bye": return
            case "/new":
                messages = start
                continue
            default: break
            }
            messages.append(ChatMessage(role: "user", content: line))
            for try await piece in model.stream(.messages(messages), options: generation.options) {
                switch piece {
                case .text(let text): if !console.isJSON { try console.write(text) }
                case .finished(let answer):
                    if !isWarned { isWarned = console.warn(of: [answer], beyond: model.model.architecture) }
                    messages.append(ChatMessage(role: "assistant", content: answer.text))
                    try console.write(console.isJSON ? answer.json.text() + "\n" : "\n")
                    console.detail(answer.summary)
                }
            }
        }
        if console.errorIsTerminal { console.complain("\n") }
    }
}
