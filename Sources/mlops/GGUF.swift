import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsPublish
import OrderedCollections

/// Writes a model as a GGUF file (`mlops gguf`).
struct GGUF: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gguf", abstract: "Write a model, with its adapter merged in, as a GGUF file for llama.cpp.")

    @OptionGroup var source: MergeSource
    @Option(help: "The matrices' type: F32, F16, BF16 or Q8_0.")
    var quant: String
    @Option(help: "The file to write.")
    var output: String
    @Option(help: "The name the file gives the model (general.name).")
    var name: String?
    @OptionGroup var options: OutputOptions

    func run() async throws {
        let type = try GGUFWeightType(named: quant)
        let export = try GGUFExport(try source.opened(), type: type, name: name)
        let console = options.console
        try export.write(to: URL(filePath: output)) { done, count in console.detail("tensor \(done + 1) of \(count)") }
        let other = export.tensors.filter { $0.shape.count > 1 && $0.elementType != type.elementType }.map(\.name)
        if let first = other.first {
            console.warn(
                "\(other.count) tensors have rows that are not whole \(type.rawValue) blocks and are F16: \(first) …")
        }
        try console.report(
            [
                "output": .string(output), "quant": .string(type.rawValue),
                "merged_modules": .integer(Int64(export.model.adapter?.modules.count ?? 0)),
                "tensors": .integer(Int64(export.tensors.count)),
            ],
            text: "Wrote '\(output)' (\(type.rawValue), \(export.tensors.count) tensors).")
    }
}
