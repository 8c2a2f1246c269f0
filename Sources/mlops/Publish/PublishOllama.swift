import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsPublish

/// Writes a run as a directory for Ollama (`mlops publish ollama`).
struct PublishOllama: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ollama",
        abstract: "Write a directory that `ollama create` takes: the merged model as GGUF, a Modelfile, the card.")

    @OptionGroup var source: ReleaseSource
    @Option(help: "The matrices' type: F32, F16, BF16 or Q8_0.")
    var quant = "Q8_0"
    @OptionGroup var options: OutputOptions

    func run() async throws {
        let type = try GGUFWeightType(named: quant)
        let (run, approval) = try source.open()
        let release = try OllamaRelease(run, approval: approval, base: source.base(run), type: type)
        let directory = source.directory(run, "ollama")
        let console = options.console
        let record = try release.write(to: directory) { done, count in
            console.detail("tensor \(done + 1) of \(count)")
        }
        let path = directory.path(percentEncoded: false)
        try console.report(
            ["output": .string(path), "release": record.json],
            text: "Wrote '\(path)'. Run it with `ollama create \(run.directory.name) -f \(path)Modelfile`.")
    }
}
