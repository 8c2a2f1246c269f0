internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

extension TrainingLoop {
    /// Opens the run's files and takes up its newest whole checkpoint, if it has one.
    func begin() throws {
        let run = trainer.run
        let isContinued = FileManager.default.fileExists(atPath: run.journal.path(percentEncoded: false))
        if isContinued, run.status.isFinal {
            throw TrainingError(
                .finished, "The run '\(run.name)' is complete. Start a new run, or evaluate this one with `mlops eval`."
            )
        }
        var skipped: [(URL, TrainingError)] = []
        let checkpoint = Checkpoint.latest(in: run) { skipped.append(($0, $1)) }
        if let checkpoint { try resume(from: checkpoint) }
        if isContinued {
            try reopenJournal()
        } else {
            journal = try Journal(run.journal)
            try record(startLine("started"))
        }
        for (url, error) in skipped {
            try emit(
                .checkpointSkipped(url, reason: error.message),
                ["event": "checkpoint_skipped", "path": .string(path(of: url)), "reason": .string(error.message)])
        }
        if trainer.configuration.writesTensorBoard {
            tensorBoard = try TensorBoardLog(
                in: run.logs, continuingAt: isContinued ? state.step + 1 : nil, time: trainer.time)
        }
        try emit(
            .started(
                .init(
                    plan: trainer.plan, completedSteps: state.step, validationCount: trainer.validation.count,
                    parameterCount: model.parameters.count)))
    }

    private func resume(from checkpoint: Checkpoint) throws {
        try check(checkpoint.state)
        try model.readParameters(from: checkpoint.url)
        optimizer.state = try checkpoint.moments(count: model.parameters.count)
        state = checkpoint.state
        lastCheckpoint = (state.step, checkpoint.url)
        let sampler = BatchSampler(
            plan: trainer.plan, seed: trainer.configuration.seed, shuffle: trainer.configuration.shuffle)
        batches = sampler.skipping(state.step).makeIterator()
    }

    /// Refuses to go on with anything that would change the result.
    private func check(_ saved: TrainingState) throws {
        let run = trainer.run.name
        for key in saved.settings.keys + state.settings.keys
        where saved.settings[key] != state.settings[key] {
            let before = saved.settings[key]?.text() ?? "not set"
            let now = state.settings[key]?.text() ?? "not set"
            throw TrainingError(
                .changed,
                "The run '\(run)' was begun with \(key) = \(before); it cannot be continued with \(now). "
                    + "Leave \(key) as it was, or start a new run.")
        }
        guard saved.dataDigest == state.dataDigest else {
            throw TrainingError(
                .changed,
                "The run '\(run)' was begun with other rows. Restore the data set it was begun with, or start a new run."
            )
        }
        guard saved.modelIdentity == state.modelIdentity else {
            throw TrainingError(
                .changed,
                "The run '\(run)' was begun with another model, or by another version (\(saved.modelIdentity), now \(state.modelIdentity)). "
                    + "Restore model_name or the version, or start a new run; init_adapter takes a finished adapter.")
        }
    }

    /// Cuts the journal at the checkpoint's step, so that what follows is written once, and shows its steps to the monitor.
    private func reopenJournal() throws {
        let run = trainer.run
        let lines = try JournalReader.lines(of: run.journal)
        var kept = 0
        var hasCheckpointLine = state.step == 0
        for line in lines {
            if let step = line.entry["step"]?.int, step > state.step { break }
            if ["verified", "trained"].contains(line.entry["event"]?.string) { break }
            kept = line.end
            if let step = TrainingEvent.Step(line.entry) {
                steps.append(step)
                _ = monitor.findings(step: step.index, loss: step.loss, gradientNorm: step.gradientNorm)
            }
            if line.entry["event"] == "checkpoint", line.entry["step"]?.int == state.step { hasCheckpointLine = true }
        }
        guard steps.count == state.step else {
            throw RunError(
                .notARun,
                "The journal '\(run.journal.path(percentEncoded: false))' has \(steps.count) steps before the checkpoint of "
                    + "step \(state.step). Restore it from a copy, or start a new run.")
        }
        journal = try Journal(run.journal, keeping: kept)
        // A crash may have come between a checkpoint and its line.
        if !hasCheckpointLine, let lastCheckpoint {
            try record(checkpointLine(lastCheckpoint.step, lastCheckpoint.url))
        }
        try record(startLine(lines.isEmpty ? "started" : "resumed"))
    }

    private func startLine(_ event: String) -> JSONValue {
        [
            "event": .string(event), "time": .string(trainer.time.now().ISO8601Format()),
            "completed_steps": .integer(Int64(state.step)), "total_steps": .integer(Int64(trainer.plan.totalSteps)),
            "steps_per_epoch": .integer(Int64(trainer.plan.stepsPerEpoch)),
            "rows": .integer(Int64(trainer.examples.count)),
            "validation_rows": .integer(Int64(trainer.validation.count)),
            "trainable_parameters": .integer(Int64(model.parameters.count)),
        ]
    }
}
