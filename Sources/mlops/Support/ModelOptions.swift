import ArgumentParser
import Foundation
import MLOpsCore
import MLOpsTraining

/// The options of commands that run a model: `@OptionGroup var source: ModelOptions`.
struct ModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A Hugging Face directory, a run, a GGUF file or a hub name.", valueName: "model"))
    var model: String
    @Option(help: ArgumentHelp("An adapter to apply; a run's own unless named.", valueName: "dir"))
    var adapter: String?
    @Option(
        help: "The number format of matrix products: f32, or bf16 with sums in f32 (whole numbers where bf16 is slow).",
        transform: Self.precision)
    var precision = RunConfiguration.Precision.f32

    private static func precision(_ text: String) throws -> RunConfiguration.Precision {
        guard let precision = RunConfiguration.Precision(rawValue: text) else {
            throw ValidationError(
                "'\(text)' is not a precision; \(RunConfiguration.Precision.allCases.map(\.rawValue).joined(separator: ", ")) are."
            )
        }
        return precision
    }

    /// The model's files and those of its adapter.
    func located() throws -> LocatedModel {
        let located = try ModelLocator().locate(model)
        guard let adapter else { return located }
        // Its base is the model named here, whatever its file says.
        return LocatedModel(url: located.url, adapter: try ModelLocator().locateAdapter(adapter))
    }

    /// The model in memory, and its adapter.
    ///
    /// - Parameter console: is told when products are not computed as asked for.
    func load(_ console: Console) throws -> (model: DecoderModel, adapter: LoRAAdapter?) {
        let located = try located()
        let options = ComputeOptions(precision: precision)
        console.tell(options)
        let model = try DecoderModel(contentsOf: located.url, options: options)
        let adapter = try located.adapter.map { try LoRAAdapter(contentsOf: $0, for: model.architecture) }
        return (model, adapter)
    }

    /// The model with its tokenizer and template.
    func text(_ console: Console) throws -> TextModel {
        let (model, adapter) = try load(console)
        return try TextModel(model, adapter: adapter)
    }
}
