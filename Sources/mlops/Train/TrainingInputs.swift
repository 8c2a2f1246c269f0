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
    /// The model's tokenizer and template; nil when everything is rows of tokens.
    let encoder: ConversationEncoder?
    /// The conversations that base and tuned model are asked; empty when nothing is evaluated.
    let questions: [Conversation]
    /// The adapter before the first step.
    let adapter: LoRAAdapter

    /// Opens what `configuration` names.
    ///
    /// - Throws: the error of whatever is missing, wrong, or does not fit together.
    init(_ configuration: RunConfiguration, console: Console) throws {
        guard configuration.method == .lora, configuration.start == .pretrained else {
            throw RunError(.changed, "method: full and init: random are not supported yet. Use 'method: lora'.")
        }
        let located = try ModelLocator().locate(configuration.modelName)
        guard located.adapter == nil else {
            throw RunError(
                .changed,
                "model_name names an adapter, '\(configuration.modelName)'. Name its base model, and the adapter with init_adapter."
            )
        }
        model = try DecoderModel(
            contentsOf: located.url,
            options: ComputeOptions(
                precision: configuration.precision,
                keepsPackedWeights: !configuration.optimization.gradientCheckpointing))
        let data = configuration.data
        if data.packing {
            console.log(
                "packing: rows are never padded here, so there is nothing to pack; the result is that of packing=false")
        }
        let dataset = try Dataset(paths: [data.path], pattern: data.pattern, format: data.format)
        Self.warn(of: dataset.report, console)
        let split = try dataset.split(testSize: SplitSize(data.testSize) ?? .count(0), seed: configuration.seed)
        questions = try Self.questions(configuration, heldOut: split.test, console: console)
        encoder =
            dataset.conversations.isEmpty && questions.isEmpty ? nil : try ConversationEncoder(model.files)
        let tokenized = { [encoder] (rows: Dataset) throws -> TokenizedDataset in
            try rows.tokenized(maximumLength: data.maximumLength, overlength: data.overlength) { conversation in
                guard let encoder else { return TokenizedExample(ids: [], isSupervised: []) }
                return try encoder.example(conversation, trainOn: data.trainOn)
            }
        }
        training = try tokenized(split.train)
        validation = split.test.rows.isEmpty ? [] : try tokenized(split.test).examples
        var adapted = configuration
        adapter = try Self.adapter(&adapted, model: model)
        self.configuration = adapted
    }

    /// Tells what is odd about the rows: the first findings, and how many more `data_stats.json` counts.
    private static func warn(of report: DatasetReport, _ console: Console) {
        let findings = report.findings
        for finding in findings.listed.prefix(5) { console.warn("\(finding)") }
        let more = findings.kinds.reduce(0) { $0 + findings.count(of: $1) } - min(5, findings.listed.count)
        if more > 0 { console.warn("… and \(more) more; `mlops data check` lists them") }
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
            return try LoRAAdapter(for: model, configuration: shape, seed: configuration.seed)
        }
        let read = try LoRAAdapter(
            contentsOf: URL(filePath: path, directoryHint: .isDirectory), for: model.architecture)
        var shape = read.configuration
        shape.dropout = configuration.lora.dropout
        configuration.lora.rank = shape.rank
        configuration.lora.alpha = shape.alpha
        configuration.lora.targetModules = shape.targetModules
        configuration.lora.rankPattern = shape.rankPattern
        configuration.lora.alphaPattern = shape.alphaPattern
        configuration.lora.layersToTransform = shape.layersToTransform
        configuration.lora.layersPattern = shape.layersPattern
        configuration.lora.usesRankStabilizedScale = shape.usesRankStabilizedScale
        configuration.lora.usesWeightDecomposition = shape.usesWeightDecomposition
        return LoRAAdapter(configuration: shape, layout: read.layout, parameters: read.parameters)
    }
}
