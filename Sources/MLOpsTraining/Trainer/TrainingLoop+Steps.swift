internal import Foundation
internal import MLOpsCore

extension TrainingLoop {
    /// One optimizer step, and what its number makes due: health rules, validation, a checkpoint.
    func performStep() throws {
        guard let batch = batches.next() else { return }
        let (step, fault) = try update(on: batch)
        state.step = step.index
        steps.append(step)
        try emit(.step(step), step.json)
        var findings = monitor.findings(step: step.index, loss: step.loss, gradientNorm: step.gradientNorm)
        if let fault { findings.append(fault) }
        for finding in findings { try emit(.health(finding), finding.json) }
        try validateIfDue()
        if state.step == trainer.plan.totalSteps { state.isComplete = true }
        // What the step makes due comes first: a run that is continued after a stop is one that never stopped.
        if let grave = findings.first(where: { $0.action == .stop }) { return try stop(because: grave) }
        let isDue = trainer.configuration.recording.saveSteps.map { state.step % $0 == 0 } ?? false
        // A run that is complete is saved by its ending.
        if isDue || state.bestStep == state.step, !state.isComplete { try save() }
    }

    /// Moves the parameters by one step.
    ///
    /// A loss or gradient that is not finite moves nothing: the parameters stay those of the last good step.
    private func update(on batch: BatchSampler.Batch) throws -> (TrainingEvent.Step, HealthFinding?) {
        let configuration = trainer.configuration
        let start = trainer.time.seconds()
        let microBatches = batch.microBatches.map { rows in rows.map { trainer.examples[$0] } }
        let supervised = microBatches.joined().reduce(0) { $0 + $1.supervisedCount }
        // Token-weighted: every learned token of the step counts the same, whichever micro-batch it is in.
        let weight = 1 / Float(supervised)
        var loss = 0.0
        clearGradients()
        var firstRow = 0
        var faultyRows: [TokenizedExample] = []
        for examples in microBatches {
            let key = DropoutKey(
                seed: configuration.seed, step: batch.step, firstRow: firstRow,
                noiseAlpha: configuration.optimization.noiseAlpha,
                labelSmoothing: configuration.optimization.labelSmoothing)
            let part = try model.addGradients(of: examples, dropout: key, weight: weight, to: &gradients.values)
            if !part.negativeLogLikelihood.isFinite { faultyRows += examples }
            loss += part.negativeLogLikelihood
            firstRow += examples.count
        }
        loss /= Double(supervised)
        let norm = gradients.norm
        let schedule = LearningRateSchedule(
            peak: configuration.optimization.learningRate, decay: configuration.optimization.scheduler,
            warmupSteps: configuration.optimization.warmup.steps(of: trainer.plan.totalSteps),
            totalSteps: trainer.plan.totalSteps, minimumRatio: configuration.optimization.minimumRateRatio,
            settings: configuration.optimization.scheduleSettings)
        let rate = schedule.rate(at: batch.step)
        let isFinite = loss.isFinite && norm.isFinite
        if isFinite {
            let factor = configuration.optimization.maximumGradientNorm.flatMap {
                LoRAGradients.clippingFactor(norm: norm, maximum: $0)
            }
            model.withParameters {
                optimizer.update(
                    &$0, with: gradients.values, learningRate: rate, gradientScale: factor ?? 1, groups: groups)
            }
            state.updates = optimizer.state.step
        }
        let step = TrainingEvent.Step(
            index: batch.step + 1, epoch: trainer.plan.epoch(after: batch.step + 1), loss: loss, gradientNorm: norm,
            learningRate: rate, tokens: microBatches.joined().reduce(0) { $0 + $1.ids.count },
            supervisedTokens: supervised, seconds: trainer.time.seconds() - start)
        return (
            step, isFinite ? nil : fault(in: step, rows: faultyRows.isEmpty ? microBatches.flatMap(\.self) : faultyRows)
        )
    }

    /// The finding of a step whose numbers are not finite.
    private func fault(in step: TrainingEvent.Step, rows: [TokenizedExample]) -> HealthFinding? {
        let rules = trainer.configuration.monitoring
        guard rules.isEnabled, rules.nonFinite != .ignore else { return nil }
        let names = rows.prefix(8).map { "\($0.origin)" }.joined(separator: ", ") + (rows.count > 8 ? " …" : "")
        let what = step.loss.isFinite ? "gradient norm is \(step.gradientNorm)" : "loss is \(step.loss)"
        return HealthFinding(
            rule: .nonFinite, step: step.index, action: rules.nonFinite,
            message: "The \(what) at step \(step.index) (rows \(names)); the step changed nothing. "
                + "Look at these rows, lower lr, or lengthen the warm-up.")
    }

    /// Begins a sum of gradients.
    private func clearGradients() {
        let count = model.parameters.count
        if gradients.values.count == count {
            Kernels.clear(&gradients.values)
        } else {
            gradients.values = [Float](repeating: 0, count: count)
        }
    }

    /// Measures the held-out rows when their step has come, and ends training when they stopped getting better.
    private func validateIfDue() throws {
        let isLast = state.step == trainer.plan.totalSteps
        let isDue =
            trainer.configuration.recording.evaluationSteps.map { state.step % $0 == 0 }
            ?? trainer.plan.endsEpoch(state.step)
        guard !trainer.validation.isEmpty, isDue || isLast else { return }
        var score = TokenScore(negativeLogLikelihood: 0, tokenCount: 0)
        let size = trainer.plan.batchSize
        for first in stride(from: 0, to: trainer.validation.count, by: size) {
            let part = try model.score(
                of: Array(trainer.validation[first..<min(first + size, trainer.validation.count)]))
            score.negativeLogLikelihood += part.negativeLogLikelihood
            score.tokenCount += part.tokenCount
        }
        let loss = score.negativeLogLikelihood / Double(max(1, score.tokenCount))
        let isBest = loss < state.bestValidationLoss ?? .infinity
        state.validationLoss = loss
        state.measurementsSinceBest = isBest ? 0 : state.measurementsSinceBest + 1
        if isBest { state.bestValidationLoss = loss }
        if isBest, trainer.configuration.optimization.endsWithBest { state.bestStep = state.step }
        let evaluation = TrainingEvent.Evaluation(
            step: state.step, loss: loss, tokens: score.tokenCount, isBest: isBest)
        try emit(.evaluated(evaluation), evaluation.json)
        if let patience = trainer.configuration.optimization.earlyStoppingPatience, !isLast,
            state.measurementsSinceBest >= patience
        {
            state.isComplete = true
            state.stoppedEarly = true
        }
    }
}
