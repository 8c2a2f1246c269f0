import Foundation
import MLOpsCore
import MLOpsPublish
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
    /// How many rows of `eval.dataset_path` are not asked because they are wrong, or training rows ask the same.
    let leftOutQuestionCount: Int
    /// What is trained: an adapter beside the model, or all of its weights.
    let trainee: any TrainableModel

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
        model = try DecoderModel(
            configuration.start == .random
                ? ModelFiles(randomWeightsFor: located.url, seed: configuration.seed)
                : ModelFiles(contentsOf: located.url),
            options: ComputeOptions(
                precision: configuration.precision,
                packedWeights: configuration.optimization.gradientCheckpointing
                    ? .keptInPlaceOfStored : .keptButQuantisedHead))
        for key in [
            "attention_dropout", "resid_pdrop", "embd_pdrop", "residual_dropout", "hidden_dropout", "embedding_dropout",
            "dropout", "layerdrop", "attn_pdrop", "resid_dropout", "embed_dropout", "hidden_dropout_prob",
            "attention_probs_dropout_prob", "activation_dropout",
        ] {
            guard let share = model.files.configJSON?[key]?.double, share != 0 else { continue }
            console.warn("'\(key)' \(share) of the model's config.json is not applied; a run has 'lora_dropout' alone")
        }
        if configuration.optimization.scheduler == .constant, configuration.optimization.warmup.steps(of: 100) > 0 {
            console.warn(
                "a 'constant' learning rate has no warm-up, as in transformers; 'lr_scheduler_type=constant_with_warmup' has one"
            )
        }
        let data = configuration.data
        if data.packing {
            console.log(
                "packing: rows are never padded here, so there is nothing to pack; the result is that of packing=false")
        }
        let dataset = try Dataset(
            paths: [data.path], pattern: data.pattern, format: data.format, onInvalid: data.onInvalid)
        console.warn(of: dataset.report)
        let split = try dataset.split(testSize: SplitSize(data.testSize) ?? .count(0), seed: configuration.seed)
        (questions, leftOutQuestionCount) = try Self.questions(configuration, split, console: console)
        encoder =
            dataset.conversations.isEmpty && questions.isEmpty ? nil : try ConversationEncoder(model.files)
        let tokenized = { [encoder] (rows: Dataset) throws -> TokenizedDataset in
            try rows.tokenized(
                maximumLength: data.maximumLength, overlength: data.overlength, onInvalid: data.onInvalid,
                special: encoder.map { SpecialIDs(beginning: $0.tokenizer.bosID, ends: $0.stopIDs) } ?? SpecialIDs()
            ) { conversation in
                guard let encoder else { return TokenizedExample(ids: [], isSupervised: []) }
                return try encoder.example(conversation, trainOn: data.trainOn)
            }
        }
        training = try tokenized(split.train)
        let ends = training.report.findings.listed.filter { $0.kind == .doubledBOS || $0.kind == .noEndOfAnswer }
        for finding in ends.prefix(5) { console.warn("\(finding)") }
        validation = split.test.rows.isEmpty ? [] : try tokenized(split.test).examples
        if validation.isEmpty { try TrainingConfiguration(configuration).validateWithoutHeldOutRows() }
        var adapted = configuration
        trainee = try Self.trainee(&adapted, model: model)
        self.configuration = adapted
    }

    /// The conversations to evaluate on: those of `eval.dataset_path`, else the rows held out.
    private static func questions(
        _ configuration: RunConfiguration, _ split: (train: Dataset, test: Dataset), console: Console
    ) throws -> (rows: [Conversation], leftOutCount: Int) {
        let evaluation = configuration.evaluation
        guard evaluation.isEnabled else { return ([], 0) }
        var questions = split.test.questions
        var leftOutCount = 0
        if let path = evaluation.datasetPath {
            let policy = configuration.data.onInvalid
            let tests = try Dataset(paths: [path], pattern: evaluation.datasetPattern, onInvalid: policy)
            console.warn(ofSkippedIn: tests.report)
            let kept = try tests.withoutLeaks(from: split.train, onInvalid: policy)
            for finding in kept.findings.filter({ $0.kind != .overlap }).prefix(5) { console.warn("\(finding)") }
            let leakCount = tests.rows.count - kept.rows.count
            let overlapCount = kept.findings.count { $0.kind == .overlap }
            if overlapCount > 0 {
                console.log(
                    "\(overlapCount) test rows have \(TestRuns.length) words in a row in common with training rows; "
                        + "`mlops data check \(configuration.data.path) --against \(path)` lists them")
            }
            if leakCount > 0 {
                console.warn(
                    "\(leakCount) of \(tests.rows.count) test rows were left out because training rows ask the same "
                        + "(on_invalid=skip)")
            }
            questions = kept.rows.compactMap(\.conversation).filter { $0.kind != .text }
            leftOutCount = tests.report.invalidRowCount + leakCount
        }
        guard !questions.isEmpty else {
            throw RunError(
                .changed,
                "eval.enabled is true, but there are no conversations to evaluate on. Name them with eval.dataset_path, "
                    + "hold some out with test_size, or set eval.enabled to false.")
        }
        return (Array(questions.prefix(evaluation.maximumSamples ?? .max)), leftOutCount)
    }

    /// What is trained. An adapter that is read brings its own shape, which the configuration then records.
    private static func trainee(
        _ configuration: inout RunConfiguration, model: DecoderModel
    ) throws -> any TrainableModel {
        let recomputes = configuration.optimization.gradientCheckpointing
        guard configuration.method == .lora else {
            return try FullTraining(
                model.files,
                documents: model.files.format == .gguf
                    ? HuggingFaceExport.documents(of: model.files, type: .f32) : nil,
                recomputesActivations: recomputes, precision: configuration.precision)
        }
        guard let path = configuration.lora.initialAdapter else {
            return try AdapterTraining(
                model: model, configuration: LoRAConfiguration(configuration.lora), seed: configuration.seed,
                recomputesActivations: recomputes, baseModelName: configuration.modelName)
        }
        let training = try AdapterTraining(
            model: model, continuing: URL(filePath: path, directoryHint: .isDirectory),
            dropout: configuration.lora.dropout, configured: LoRAConfiguration(configuration.lora),
            seed: configuration.seed, recomputesActivations: recomputes, baseModelName: configuration.modelName)
        let shape = training.adapter.configuration
        configuration.lora.rank = shape.rank
        configuration.lora.alpha = shape.alpha
        (configuration.lora.targetModules, configuration.lora.targetPattern) = (
            shape.targetModules, shape.targetPattern
        )
        configuration.lora.rankPattern = shape.rankPattern
        configuration.lora.alphaPattern = shape.alphaPattern
        configuration.lora.layersToTransform = shape.layersToTransform
        configuration.lora.layersPattern = shape.layersPattern
        configuration.lora.excludedModules = shape.excludedModules
        configuration.lora.excludedPattern = shape.excludedPattern
        configuration.lora.savedModules = shape.savedModules.isEmpty ? nil : shape.savedModules
        configuration.lora.keepsTiedHead = shape.keepsTiedHead
        configuration.lora.trainableTokens = shape.trainableTokens
        configuration.lora.bias = shape.bias
        configuration.lora.hasOutputBias = shape.hasOutputBias
        configuration.lora.usesRankStabilizedScale = shape.usesRankStabilizedScale
        configuration.lora.usesWeightDecomposition = shape.usesWeightDecomposition
        configuration.lora.initialization = shape.initialization
        return training
    }
}
