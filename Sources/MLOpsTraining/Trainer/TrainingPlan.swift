public import MLOpsCore

/// How many steps a run has, from the number of rows and the configuration.
///
/// As transformers counts: an epoch has ⌈rows / batch⌉ micro-batches and ⌈micro-batches / accumulation⌉ optimizer steps, the
/// last ones of an epoch with what is left; `max_steps` goes before `epochs`.
public struct TrainingPlan: Sendable, Hashable {
    /// Rows of an epoch.
    public let rowCount: Int
    /// Rows of a micro-batch.
    public let batchSize: Int
    /// Micro-batches of an optimizer step.
    public let accumulation: Int
    /// Optimizer steps of the whole run.
    public let totalSteps: Int

    /// Plans a run over `rowCount` rows.
    ///
    /// - Precondition: `rowCount` is positive, and `optimization` is valid.
    public init(rowCount: Int, optimization: OptimizationConfiguration) {
        precondition(rowCount > 0, "no rows to learn from")
        self.rowCount = rowCount
        batchSize = min(optimization.batchSize, rowCount)
        accumulation = optimization.gradientAccumulationSteps
        let microBatches = (rowCount + batchSize - 1) / batchSize
        let stepsPerEpoch = (microBatches - 1) / accumulation + 1
        let (steps, overflow) = stepsPerEpoch.multipliedReportingOverflow(by: optimization.epochs)
        totalSteps = optimization.maximumSteps ?? (overflow ? .max : steps)
    }

    /// Micro-batches of an epoch.
    public var microBatchesPerEpoch: Int { (rowCount + batchSize - 1) / batchSize }
    /// Optimizer steps of an epoch.
    public var stepsPerEpoch: Int { (microBatchesPerEpoch - 1) / accumulation + 1 }
    /// Epochs begun, the last perhaps not completed.
    public var epochCount: Int { (totalSteps - 1) / stepsPerEpoch + 1 }

    /// Returns how many epochs are done after `step` steps, as a part of the epoch's micro-batches.
    public func epoch(after step: Int) -> Double {
        let (epoch, rest) = step.quotientAndRemainder(dividingBy: stepsPerEpoch)
        let microBatches = min(rest * accumulation, microBatchesPerEpoch)
        return Double(epoch) + Double(microBatches) / Double(microBatchesPerEpoch)
    }

    /// Whether the step of this number, counted from 1, is the last of its epoch.
    public func endsEpoch(_ step: Int) -> Bool { step % stepsPerEpoch == 0 }
}
