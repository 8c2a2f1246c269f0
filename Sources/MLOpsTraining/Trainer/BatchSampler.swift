internal import MLOpsCore

/// The rows of each optimizer step, in an endless stream.
///
/// What a step gets depends on the seed, the plan and the step's number alone, so a stream that skips to a step goes on as
/// one that came there. Equal seeds give equal streams on every platform.
public struct BatchSampler: Sequence, Sendable {
    /// The rows of an optimizer step.
    public struct Batch: Sendable, Hashable {
        /// The step, counted from 0.
        public let step: Int
        /// The epoch, counted from 0.
        public let epoch: Int
        /// Indices of rows, a list a micro-batch.
        public let microBatches: [[Int]]
    }

    /// The numbers of rows, micro-batches and steps.
    public let plan: TrainingPlan
    /// The seed of the order.
    public let seed: UInt64
    /// Whether the order is random, and another one each epoch.
    public let shuffle: Bool
    private let firstStep: Int

    /// Creates the stream from its first step.
    public init(plan: TrainingPlan, seed: UInt64, shuffle: Bool = true) {
        self.init(plan: plan, seed: seed, shuffle: shuffle, firstStep: 0)
    }

    private init(plan: TrainingPlan, seed: UInt64, shuffle: Bool, firstStep: Int) {
        self.plan = plan
        self.seed = seed
        self.shuffle = shuffle
        self.firstStep = firstStep
    }

    /// Returns the stream as it is after `count` more steps.
    public func skipping(_ count: Int) -> BatchSampler {
        BatchSampler(plan: plan, seed: seed, shuffle: shuffle, firstStep: firstStep + count)
    }

    /// Returns an iterator that starts at the stream's first step.
    public func makeIterator() -> Iterator { Iterator(sampler: self, step: firstStep) }

    /// Walks the steps; it keeps the order of one epoch in memory.
    public struct Iterator: IteratorProtocol {
        private let sampler: BatchSampler
        private var step: Int
        private var order: [Int] = []
        private var orderEpoch: Int?

        init(sampler: BatchSampler, step: Int) {
            self.sampler = sampler
            self.step = step
        }

        /// Returns the next step's rows; there is always one.
        public mutating func next() -> Batch? {
            let plan = sampler.plan
            let (epoch, rest) = step.quotientAndRemainder(dividingBy: plan.stepsPerEpoch)
            if orderEpoch != epoch {
                order = sampler.order(of: epoch)
                orderEpoch = epoch
            }
            let first = rest * plan.accumulation
            let last = Swift.min(first + plan.accumulation, plan.microBatchesPerEpoch)
            defer { step += 1 }
            return Batch(
                step: step, epoch: epoch,
                microBatches: (first..<last).map { batch in
                    Array(order[(batch * plan.batchSize)..<Swift.min((batch + 1) * plan.batchSize, plan.rowCount)])
                })
        }
    }

    /// Returns the rows of `epoch` in the order they are visited.
    func order(of epoch: Int) -> [Int] {
        guard shuffle else { return Array(0..<plan.rowCount) }
        var numbers = PhiloxStream(seed: seed, purpose: Self.purpose, stream: UInt32(truncatingIfNeeded: epoch))
        return numbers.permutation(of: plan.rowCount)
    }

    /// The random numbers' purpose: "order".
    private static let purpose: UInt32 = 0x6F72_6465
}
