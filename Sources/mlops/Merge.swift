import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsPublish
import OrderedCollections

/// Writes a model with its adapter merged in (`mlops merge`).
struct Merge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Merge an adapter into its base model and write a Hugging Face directory.",
        discussion:
            "Without an adapter the model is written as it is: a GGUF file becomes a directory that transformers reads."
    )

    @OptionGroup var source: MergeSource
    @Option(help: "The directory to write.")
    var output: String
    @Option(help: "The weights' type: bf16, f16 or f32. The base model's when left out; bf16 for a quantised one.")
    var dtype: String?
    @OptionGroup var options: OutputOptions

    func run() async throws {
        let model = try source.opened()
        let type =
            try dtype.map(HuggingFaceExport.WeightType.init(named:)) ?? HuggingFaceExport.WeightType(of: model.base)
        let directory = URL(filePath: output, directoryHint: .isDirectory)
        let console = options.console
        let files = try HuggingFaceExport(model, type: type).write(to: directory) { done, count in
            console.detail("tensor \(done + 1) of \(count)")
        }
        try console.report(
            [
                "output": .string(output), "dtype": .string(type.rawValue),
                "merged_modules": .integer(Int64(model.adapter?.modules.count ?? 0)),
                "files": .array(files.map { .string($0) }),
            ],
            text: model.adapter.map {
                "Merged \($0.modules.count) modules into '\(output)' (\(type.rawValue))."
            } ?? "Wrote '\(output)' (\(type.rawValue)); there was no adapter to merge.")
    }
}

/// The model that `merge` and `gguf` read: a base model and what is put on it.
struct MergeSource: ParsableArguments {
    @Option(help: "The base model: a directory, a GGUF file or a hub name. A run or an adapter names its own.")
    var model: String?
    @Option(help: "The adapter: its directory, or the run that made it.")
    var adapter: String?

    func validate() throws {
        if model == nil && adapter == nil {
            throw ValidationError("Name a model with --model, or an adapter with --adapter.")
        }
    }

    /// Opens the files.
    func opened() throws -> MergedModel {
        let located = try ModelLocator().locate(model ?? adapter ?? "")
        let files =
            try adapter.map { try AdapterFiles(contentsOf: URL(filePath: $0)) }
            ?? located.adapter.map { try AdapterFiles(contentsOf: $0) }
        return try MergedModel(base: ModelFiles(contentsOf: located.url), adapter: files)
    }
}
