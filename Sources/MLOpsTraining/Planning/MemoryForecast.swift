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
    /// Copies of weights in the order of bf16 products.
    public var packedWeights: Int
    /// Activations and their gradients of the largest batches, and what products need beside them.
    public var activations: Int
    /// The adapter's copies, its gradients and the optimizer's moments, in training.
    public var adapter: Int
    /// The adapter's copies when the result is evaluated.
    public var evaluatedAdapter: Int
    /// Key/value caches and activations of the answers that are generated in the evaluation; 0 without one.
    public var generation: Int

    /// While steps are made.
    public var training: Int { process + weights + packedWeights + activations + adapter }
    /// While the result is evaluated.
    public var evaluation: Int {
        generation == 0 ? 0 : process + weights + packedWeights + activations + evaluatedAdapter + generation
    }
    /// The most of both.
    public var peak: Int { max(training, evaluation) }

    /// The forecast as a JSON object.
    public var json: JSONValue {
        func bytes(_ count: Int) -> JSONValue { .integer(Int64(count)) }
        return [
            "peak_bytes": bytes(peak), "training_bytes": bytes(training), "evaluation_bytes": bytes(evaluation),
            "process": bytes(process), "weights": bytes(weights), "packed_weights": bytes(packedWeights),
            "activations": bytes(activations), "adapter": bytes(adapter), "generation": bytes(generation),
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

extension AdapterTraining {
    /// Predicts the memory of a run, and of what follows it.
    ///
    /// - Parameters:
    ///   - examples: the rows to learn from.
    ///   - validation: the rows that are measured now and then.
    ///   - answers: what is generated after training; nil: nothing is.
    ///   - process: what the process has in use, see ``ResidentMemory``.
    /// - Throws: ``ModelError`` when an id is not in the vocabulary.
    public func memoryForecast(
        examples: [TokenizedExample], validation: [TokenizedExample] = [], configuration: TrainingConfiguration,
        answers: PlannedAnswers? = nil, process: Int = 0
    ) throws(ModelError) -> MemoryForecast {
        for example in examples + validation { try model.validate(example.ids, origin: "\(example.origin)") }
        let requests = PassRequests(model: model, adapter: adapter)
        var trained = PassRequests.Largest()
        let plan = TrainingPlan(rowCount: examples.count, optimization: configuration.optimization)
        for batch in plannedBatches(examples, configuration) where trained.admits(batch) {
            requests.train(batch, checkpointing: recomputesActivations)
        }
        var scored = PassRequests.Largest()
        for start in stride(from: 0, to: validation.count, by: plan.batchSize) {
            let rows = Array(validation[start..<min(validation.count, start + plan.batchSize)])
            for batch in model.batches(rows) where scored.admits(batch) { requests.score(batch) }
        }
        let generation = answers.map { PassRequests.generationBytes(model: model, adapter: adapter, $0) } ?? 0
        let size = AdapterSize(adapter, precision: model.options.precision)
        return MemoryForecast(
            process: process, weights: mappedBytes(Set(examples.flatMap(\.ids))),
            packedWeights: packedBytes, activations: requests.bytes,
            adapter: size.training,
            evaluatedAdapter: size.evaluation, generation: generation)
    }

    /// A fault maps its neighbours in the file too.
    private static let faultBytes = 1 << 16

    /// What of the file is mapped: the weights whose place no packed copy took, and the embeddings that `ids` look up.
    private func mappedBytes(_ ids: Set<Int32>) -> Int {
        let embedding = min(model.embedding.byteCount, ids.count * max(Self.faultBytes, model.embedding.rowByteCount))
        let stored = model.matrices.reduce(0) { $0 + ($1.keepsPacking ? 0 : $1.stored.byteCount) }
        let readsAll = model.architecture.tiedHead && !model.head.weight.keepsPacking
        return stored + (readsAll ? 0 : embedding)
    }

    private var packedBytes: Int {
        model.matrices.reduce(0) {
            $0 + ($1.keepsPacking ? 2 * PackedMatrix.elementCount(outputs: $1.outputs, k: $1.inputs) : 0)
        }
    }
}

/// The bytes an adapter takes beside the one that the process holds before training.
private struct AdapterSize {
    /// One copy of the numbers.
    let parameters: Int
    /// What is laid out for the kernels: padded Aᵀ and s·B, packed s·B.
    private let bound: Int

    init(_ adapter: LoRAAdapter, precision: RunConfiguration.Precision) {
        let width = Kernels.paddedRank(adapter.layout.maximumRank)
        parameters = 4 * adapter.parameterCount
        bound = adapter.layout.modules.reduce(0) { sum, module in
            let padded = 4 * (module.shape.inputs + module.shape.outputs) * width
            guard precision == .bf16 else { return sum + padded }
            return sum + padded + 2 * PackedMatrix.elementCount(outputs: module.shape.outputs, k: width)
        }
    }

    /// The trained numbers, two moments, the sum of gradients, the copy of a pass and its gradients.
    var training: Int { 6 * parameters + bound }
    /// What training keeps for its passes, the adapter as it is read, and the copy that answers are generated with.
    var evaluation: Int { 4 * parameters + 2 * bound }
}
