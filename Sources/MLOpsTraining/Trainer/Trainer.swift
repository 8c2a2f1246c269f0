internal import Foundation
public import MLOpsCore

/// The training loop, written for you: accumulation, clipping, validation, checkpoints, resumption, health rules, events.
///
/// ```swift
/// let trainer = try Trainer(model: model, examples: examples, run: run)
/// for try await event in trainer.events {
///     if case .step(let step) = event { print(step.index, step.loss) }
/// }
/// ```
/// A trainer is a recipe; iterating ``events`` cooks it. If the run was begun before, iteration goes on after its last
/// checkpoint, and ends with the same bytes as a run that was never interrupted.
public struct Trainer<Model: TrainableModel>: Sendable {
    /// The model as it is before training.
    public let model: Model
    /// The rows to learn from.
    public let examples: [TokenizedExample]
    /// Held-out rows, measured now and then.
    public let validation: [TokenizedExample]
    /// Where everything is written.
    public let run: RunDirectory
    /// How to train.
    public let configuration: TrainingConfiguration
    /// The steps and rows.
    public let plan: TrainingPlan
    /// Ends training between steps when it is made.
    public let stop: StopRequest
    let time: TimeSource
    let completesRun: Bool

    /// Makes a recipe, checking everything that can be checked before the first step.
    ///
    /// - Parameters:
    ///   - model: the model before training.
    ///   - examples: the rows to learn from; each must have a learned token.
    ///   - validation: held-out rows; none switches validation off.
    ///   - run: a new run, or one to continue.
    ///   - configuration: how to train.
    ///   - stop: a request that ends training between steps.
    ///   - time: the clock for events and logs.
    ///   - completesRun: whether the run is over when training is: its journal then says so and `latest` names it. False
    ///     leaves both to the caller, who evaluates first.
    /// - Throws: ``TrainingError`` naming the key that is out of range, or the rows without a learned token.
    public init(
        model: Model, examples: [TokenizedExample], validation: [TokenizedExample] = [], run: RunDirectory,
        configuration: TrainingConfiguration = .init(), stop: StopRequest = .init(), time: TimeSource = .system,
        completesRun: Bool = true
    ) throws(TrainingError) {
        try configuration.validate()
        guard !examples.isEmpty else {
            throw TrainingError(.invalidData, "There are no rows to learn from. Check dataset_path and test_size.")
        }
        if validation.isEmpty { try configuration.validateWithoutHeldOutRows() }
        let empty = (examples + validation).filter { $0.supervisedCount == 0 }.map { "\($0.origin)" }
        guard empty.isEmpty else {
            let shown = empty.prefix(10).joined(separator: ", ") + (empty.count > 10 ? " …" : "")
            throw TrainingError(
                .invalidData,
                "\(empty.count) \(empty.count == 1 ? "row has" : "rows have") no token to learn: \(shown). "
                    + "Remove the rows, or check their labels and max_length.")
        }
        self.model = model
        self.examples = examples
        self.validation = validation
        self.run = run
        self.configuration = configuration
        self.stop = stop
        self.time = time
        self.completesRun = completesRun
        plan = TrainingPlan(rowCount: examples.count, optimization: configuration.optimization)
    }

    /// The run as a sequence of events; taking one drives training to the next.
    ///
    /// Iterate it once.
    public var events: TrainingEvents<Model> { TrainingEvents(trainer: self) }

    /// The SHA-256 of the rows as the model sees them.
    var dataDigest: String {
        var bytes: [UInt8] = []
        func add(_ value: Int32) { bytes += (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        for rows in [examples, validation] {
            add(Int32(truncatingIfNeeded: rows.count))
            for row in rows {
                add(Int32(truncatingIfNeeded: row.ids.count))
                row.ids.forEach(add)
                bytes += row.isSupervised.map { $0 ? 1 : 0 }
            }
        }
        return Digest.sha256(bytes)
    }
}

/// What happens in training, pulled event by event.
///
/// `next()` runs the loop to the next event, where the caller is: nothing runs beside it. Leaving the `for` loop stops
/// training as a power cut would; ``StopRequest`` or cancelling the task stops it after a checkpoint.
public struct TrainingEvents<Model: TrainableModel>: AsyncSequence {
    /// What is given.
    public typealias Element = TrainingEvent

    let trainer: Trainer<Model>

    /// Returns the loop, at its beginning.
    public func makeAsyncIterator() -> Iterator { Iterator(loop: TrainingLoop(trainer)) }

    /// The loop.
    public struct Iterator: AsyncIteratorProtocol {
        let loop: TrainingLoop<Model>

        /// Trains until something has happened, and returns it; nil when training has ended.
        ///
        /// - Throws: what the model, the file system or the checkpoint throws. The run can then be continued from its last
        ///   checkpoint, once the cause is mended.
        public mutating func next() async throws -> TrainingEvent? {
            await Task.yield()  // other work of the caller's actor gets a turn between steps
            return try loop.next(isCancelled: Task.isCancelled)
        }
    }
}
