import Foundation
import MLOpsCore
import MLOpsTraining

/// Everything a run is made from, opened and checked before the run begins.
struct TrainingInputs: Sendable {
    let configuration: RunConfiguration
    let model: DecoderModel
    /// The rows to learn from, as tokens, with the report on all of the data.
    let training: TokenizedDataset
    /// The held-out rows as tokens.
    let validation: [TokenizedExample]
    /// The conversations that base and tuned model are asked; empty when nothing is evaluated.
    let questions: [Conversation]
    /// The adapter before the first step.
    let adapter: LoRAAdapter

    /// Opens what `configuration` names.
    ///
    /// - Throws: the error of whatever is missing, wrong, or does not fit together.
    init(_ configuration: RunConfiguration, console: Console) throws {
        let located = try ModelLocator().locate(configuration.modelName)
        guard located.adapter == nil else {
            throw RunError(
                .changed,
                "model_name names an adapter, '\(configuration.modelName)'. Name its base model, and the adapter with init_adapter."
            )
        }
        model = try DecoderModel(contentsOf: located.url)
        let data = configuration.data
        let dataset = try Dataset(paths: [data.path], pattern: data.pattern, format: data.format)
        let split = try dataset.split(testSize: SplitSize(data.testSize) ?? .count(0), seed: configuration.seed)
        let encoder = try RowEncoder(model.files, dataset: dataset, trainOn: data.trainOn)
        training = try split.train.tokenized(maximumLength: data.maximumLength, overlength: data.overlength) {
            try encoder.example($0)
        }
        validation =
            split.test.rows.isEmpty
            ? []
            : try split.test.tokenized(maximumLength: data.maximumLength, overlength: data.overlength) {
                try encoder.example($0)
            }.examples
        questions = try Self.questions(configuration, heldOut: split.test, console: console)
        var adapted = configuration
        adapter = try Self.adapter(&adapted, model: model)
        self.configuration = adapted
    }

    /// The conversations to evaluate on: those of `eval.dataset_path`, else the rows held out.
    private static func questions(
        _ configuration: RunConfiguration, heldOut: Dataset, console: Console
    ) throws -> [Conversation] {
        let evaluation = configuration.evaluation
        guard evaluation.isEnabled else { return [] }
        var questions = heldOut.conversations
        if let path = evaluation.datasetPath {
            let data = configuration.data
            let check = try DatasetCheck([data.path], pattern: data.pattern, against: [path])
            for finding in check.testReport?.findings.listed ?? [] where finding.kind == .leak {
                console.warn("\(finding)")
            }
            questions = try Dataset(paths: [path], pattern: evaluation.datasetPattern).conversations
        }
        guard !questions.isEmpty else {
            throw RunError(
                .changed,
                "eval.enabled is true, but there are no conversations to evaluate on. Name them with eval.dataset_path, "
                    + "hold some out with test_size, or set eval.enabled to false.")
        }
        return Array(questions.prefix(evaluation.maximumSamples ?? .max))
    }

    /// The adapter to begin with. One that is read brings its own shape, which the configuration then records.
    private static func adapter(_ configuration: inout RunConfiguration, model: DecoderModel) throws -> LoRAAdapter {
        guard let path = configuration.lora.initialAdapter else {
            let shape = try LoRAConfiguration(configuration.lora)
            return try LoRAAdapter(
                configuration: shape, layout: try LoRALayout(model.architecture, configuration: shape),
                seed: configuration.seed)
        }
        let read = try LoRAAdapter(
            contentsOf: URL(filePath: path, directoryHint: .isDirectory), for: model.architecture)
        var shape = read.configuration
        shape.dropout = configuration.lora.dropout
        configuration.lora.rank = shape.rank
        configuration.lora.alpha = shape.alpha
        configuration.lora.targetModules = shape.targetModules
        configuration.lora.usesRankStabilizedScale = shape.usesRankStabilizedScale
        return LoRAAdapter(configuration: shape, layout: read.layout, parameters: read.parameters)
    }
}
