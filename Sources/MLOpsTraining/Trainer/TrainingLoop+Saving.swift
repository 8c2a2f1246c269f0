internal import Foundation
internal import MLOpsCore

extension TrainingLoop {
    /// Writes a checkpoint of the present state, unless that state is on disk already.
    func save() throws {
        guard lastCheckpoint?.step != state.step else { return }
        // What the checkpoint relies on must be on disk before it.
        try journal?.synchronize()
        let url = try Checkpoint.write(model, moments: optimizer.state, state: state, to: trainer.run)
        lastCheckpoint = (state.step, url)
        try emit(.checkpointed(step: state.step, url), checkpointLine(state.step, url))
        prune()
    }

    /// Removes the checkpoints that are too many, and what interrupted writes left.
    func prune() {
        Checkpoint.prune(
            trainer.run, keeping: trainer.configuration.recording.saveTotalLimit, sparing: state.bestStep)
    }

    /// Takes the parameters of the best validation, when the run is to end with them.
    func restoreBest() throws {
        guard let best = state.bestStep, best != state.step else { return }
        guard let (_, url) = Checkpoint.all(in: trainer.run).first(where: { $0.step == best }) else {
            throw TrainingError(
                .unusableCheckpoint,
                "The run '\(trainer.run.name)' has lost \(Checkpoint.name(of: best)), which holds its best model. "
                    + "Restore it from a copy, or start a new run.")
        }
        try model.readParameters(from: try Checkpoint(contentsOf: url).url)
    }

    /// Writes the model as others read it, reads it back, and tries it on the shortest row.
    func writeModel() throws {
        try restoreBest()
        try WholeDirectory.write(to: trainer.run.model) { try model.writeModel(to: $0) }
        let shortest = trainer.examples.min { $0.ids.count < $1.ids.count }
        let check = try model.checkSaved(in: trainer.run.model, on: shortest)
        try emit(.verified(check), check.json)
    }

    /// Returns what came of the whole run.
    func summary() throws -> TrainingEvent.Summary {
        let tail = steps.suffix(max(1, steps.count / 10))
        return TrainingEvent.Summary(
            steps: state.step, epochs: trainer.plan.epoch(after: state.step), firstLoss: steps.first?.loss ?? 0,
            finalLoss: tail.reduce(0) { $0 + $1.loss } / Double(max(1, tail.count)),
            validationLoss: state.validationLoss, bestStep: state.bestStep,
            bestValidationLoss: state.bestStep == nil ? nil : state.bestValidationLoss,
            tokens: steps.reduce(0) { $0 + $1.tokens }, seconds: steps.reduce(0) { $0 + $1.seconds },
            stoppedEarly: state.stoppedEarly, checkpoint: lastCheckpoint?.url ?? trainer.run.checkpoints,
            model: trainer.run.model)
    }

    /// The journal's line of a checkpoint.
    func checkpointLine(_ step: Int, _ url: URL) -> JSONValue {
        ["event": "checkpoint", "step": .integer(Int64(step)), "path": .string(path(of: url))]
    }

    /// The path of a checkpoint inside the run.
    func path(of url: URL) -> String { "checkpoints/" + url.lastPathComponent }
}
