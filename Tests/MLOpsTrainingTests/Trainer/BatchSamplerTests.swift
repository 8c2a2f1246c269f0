import MLOpsCore
import MLOpsTraining
import Testing

@Suite struct BatchSamplerTests {
    private func plan(rows: Int, batch: Int, accumulation: Int = 1, epochs: Int = 1, maximum: Int? = nil)
        -> TrainingPlan
    {
        TrainingPlan(
            rowCount: rows,
            optimization: .init(
                epochs: epochs, maximumSteps: maximum, batchSize: batch, gradientAccumulationSteps: accumulation))
    }

    /// The numbers of steps that transformers 5.23's Trainer makes of the same rows.
    @Test(arguments: [
        (48, 4, 1, 1, nil, 12), (72, 2, 3, 1, nil, 12), (10, 4, 1, 1, nil, 3), (10, 4, 2, 1, nil, 2),
        (10, 4, 2, 3, nil, 6),
        (3, 8, 4, 2, nil, 2), (10, 4, 2, 1, 7, 7), (7, 1, 3, 2, nil, 6),
    ])
    func countsStepsAsTransformersDoes(rows: Int, batch: Int, accumulation: Int, epochs: Int, maximum: Int?, steps: Int)
    {
        #expect(
            plan(rows: rows, batch: batch, accumulation: accumulation, epochs: epochs, maximum: maximum).totalSteps
                == steps)
    }

    @Test func fileOrderKeepsTheLastPartialBatchAndGroup() {
        let plan = plan(rows: 7, batch: 2, accumulation: 3)
        let batches = Array(BatchSampler(plan: plan, seed: 0, shuffle: false).prefix(3))
        #expect(batches.map(\.microBatches) == [[[0, 1], [2, 3], [4, 5]], [[6]], [[0, 1], [2, 3], [4, 5]]])
        #expect(batches.map(\.epoch) == [0, 0, 1])
        #expect([1, 2, 3].map(plan.epoch(after:)) == [0.75, 1, 1.75])
    }

    @Test(arguments: [0, 1, 42], [(7, 2, 3), (10, 4, 1), (5, 8, 2)])
    func everyEpochVisitsEveryRowOnceInAnOrderOfItsOwn(seed: UInt64, sizes: (Int, Int, Int)) {
        let plan = plan(rows: sizes.0, batch: sizes.1, accumulation: sizes.2)
        let batches = BatchSampler(plan: plan, seed: seed).prefix(plan.stepsPerEpoch * 2)
        let epochs = [0, 1].map { epoch in batches.filter { $0.epoch == epoch }.flatMap { $0.microBatches.joined() } }
        for rows in epochs { #expect(rows.sorted() == Array(0..<sizes.0)) }
        #expect(epochs[0] != epochs[1])
    }

    @Test(arguments: 0..<9) func skippingIsTheSameAsWalking(count: Int) {
        let sampler = BatchSampler(plan: plan(rows: 7, batch: 2, accumulation: 2), seed: 5)
        #expect(Array(sampler.skipping(count).prefix(4)) == Array(sampler.prefix(count + 4).dropFirst(count)))
    }

    @Test func seedsGiveDifferentOrders() {
        let plan = plan(rows: 50, batch: 50)
        let orders = (0..<4).map { seed in BatchSampler(plan: plan, seed: UInt64(seed)).prefix(1).map(\.microBatches) }
        #expect(Set(orders).count == 4)
    }
}
