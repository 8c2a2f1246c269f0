public import MLOpsCore

/// The most memory a run will have in use, part by part, in bytes.
///
/// Buffers are not estimated: the passes ask for them as they do when they compute, and the requests are counted. What remains an
/// estimate is the allocator's waste, which is not counted.
public struct MemoryForecast: Sendable, Hashable {
    /// What the process has in use before the first step: the program, the tokenizer, the rows, the new adapter.
    public var process: Int
    /// The model's file as far as it is mapped and read.
    public var weights: Int
    /// Copies of weights in the order of products in bf16 or whole numbers.
    public var packedWeights: Int
    /// Activations and their gradients of the largest batches, and what products need beside them.
    public var activations: Int
    /// What is trained: an adapter's copies, the gradients and the optimizer's moments.
    public var trained: Int
    /// What was trained, its copies, when the result is evaluated.
    public var evaluated: Int
    /// Activations of the largest batches that are scored, which remain when those of training are given back, as far as they are.
    public var scoring: Int
    /// Key/value caches and activations of the answers that are generated in the evaluation, and the weights that a few of their tokens read
    /// beside packed ones; 0 without an evaluation.
    public var generation: Int

    /// While steps are made.
    public var training: Int { process + weights + packedWeights + activations + trained }
    /// While the result is evaluated.
    public var evaluation: Int {
        generation == 0 ? 0 : process + weights + packedWeights + scoring + evaluated + generation
    }
    /// The most of both.
    public var peak: Int { max(training, evaluation) }

    /// The forecast as a JSON object.
    public var json: JSONValue {
        func bytes(_ count: Int) -> JSONValue { .integer(Int64(count)) }
        return [
            "peak_bytes": bytes(peak), "training_bytes": bytes(training), "evaluation_bytes": bytes(evaluation),
            "process": bytes(process), "weights": bytes(weights), "packed_weights": bytes(packedWeights),
            "activations": bytes(activations), "trained": bytes(trained), "scoring": bytes(scoring),
            "generation": bytes(generation),
        ]
    }
}

/// What the answers of an evaluation take, as far as memory goes.
public struct PlannedAnswers: Sendable, Hashable {
    /// The prompts.
    public var prompts: [[Int32]]
    /// Prompts that are given to the model at once.
    public var batchSize: Int
    /// The most tokens of an answer; the forecast takes it that some answer has them.
    public var maximumTokens: Int

    /// Creates a plan of answers.
    public init(prompts: [[Int32]], batchSize: Int, maximumTokens: Int) {
        self.prompts = prompts
        self.batchSize = batchSize
        self.maximumTokens = maximumTokens
    }
}

extension PlannedTraining {
    /// Predicts the memory of a run, and of what follows it.
    ///
    /// - Parameters:
    ///   - examples: the rows to learn from.
    ///   - validation: the rows that are measured now and then.
    ///   - answers: what is generated after training; nil: nothing is.
    ///   - process: what the process has in use, see ``ResidentMemory``.
    /// - Throws: ``ModelError`` when an id is not in the vocabulary, and what ``decoder()`` throws.
    public func memoryForecast(
        examples: [TokenizedExample], validation: [TokenizedExample] = [], configuration: TrainingConfiguration,
        answers: PlannedAnswers? = nil, process: Int = 0
    ) throws -> MemoryForecast {
        let model = try decoder()
        for example in examples + validation { try model.validate(example.ids, origin: "\(example.origin)") }
        let requests = PassRequests(model: model, adapter: trainedAdapter)
        var trained = PassRequests.Largest()
        let plan = TrainingPlan(rowCount: examples.count, optimization: configuration.optimization)
        // Pages of the table that lookups map are given back with each pass, unless products read it too.
        var lookups = 0
        for batch in plannedBatches(examples, configuration, model) {
            lookups = max(lookups, Set(batch.ids).count)
            if trained.admits(batch) { requests.train(batch, checkpointing: recomputesActivations) }
        }
        if model.head.weight.keepsStored { lookups = Set(examples.flatMap(\.ids)).count }
        let scoring = PassRequests(model: model, adapter: trainedAdapter)
        var scored = PassRequests.Largest()
        for start in stride(from: 0, to: validation.count, by: plan.batchSize) {
            let rows = Array(validation[start..<min(validation.count, start + plan.batchSize)])
            for batch in model.batches(rows) where scored.admits(batch) {
                requests.score(batch)
                scoring.score(batch)
            }
        }
        let generation =
            answers.map {
                model.matrices.reduce(PassRequests.generationBytes(model: model, adapter: trainedAdapter, $0)) {
                    $0 + $1.answeringBytes
                }
            } ?? 0
        let size = TrainedSize(self, precision: model.options.products)
        // Training all weights keeps its buffers until it ends; the model that is evaluated then has its own.
        let held = trainedAdapter == nil ? requests.bytes : 0
        return MemoryForecast(
            process: process, weights: model.mappedBytes(lookups: lookups),
            packedWeights: model.packedBytes, activations: requests.bytes, trained: size.training,
            evaluated: size.evaluation, scoring: held + scoring.bytes, generation: generation)
    }
}

extension DecoderModel {

    /// A fault maps its neighbours in the file too.
    private static let faultBytes = 1 << 16

    /// What of the file stays mapped: the weights that products read as they are stored, and as many embeddings.
    fileprivate func mappedBytes(lookups: Int) -> Int {
        let lookups = min(embedding.byteCount, lookups * max(Self.faultBytes, embedding.rowByteCount))
        let stored = matrices.reduce(0) { $0 + ($1.keepsStored ? $1.stored.mappedByteCount : 0) }
        let readsAll = embedding.mappedByteCount == 0 || architecture.tiedHead && head.weight.keepsStored
        return stored + (readsAll ? 0 : lookups)
    }

    fileprivate var packedBytes: Int { matrices.reduce(0) { $0 + 2 * $1.keptElementCount } }
}
