internal import Foundation
internal import MLOpsCore
internal import OrderedCollections

/// A run being trained: the state between two events.
///
/// One turn is: hear the stop request, do a step, look at its health, validate, save. Every turn writes its lines to the
/// journal before the events are handed out.
final class TrainingLoop<Model: TrainableModel> {
    enum Phase { case beginning, training, ended }

    let trainer: Trainer<Model>
    var model: Model
    var optimizer: AdamW
    var state: TrainingState
    var monitor: HealthMonitor
    var batches: BatchSampler.Iterator
    /// The sum of a step's micro-batches; the memory serves all steps.
    var gradients = LoRAGradients(values: [])
    /// The steps done, those before a resume too.
    var steps: [TrainingEvent.Step] = []
    var lastCheckpoint: (step: Int, url: URL)?
    /// What of the parameters moves how; one of them when all move alike.
    let groups: [AdamW.Group]
    var journal: Journal?
    var tensorBoard: TensorBoardLog?
    private var phase = Phase.beginning
    private var pending: [TrainingEvent] = []

    init(_ trainer: Trainer<Model>) {
        self.trainer = trainer
        let configuration = trainer.configuration
        model = trainer.model
        optimizer = AdamW(weightDecay: configuration.optimization.weightDecay)
        groups = configuration.optimization.groups(of: trainer.model.parameterGroups)
        state = TrainingState(
            settings: configuration.decisive, dataDigest: trainer.dataDigest, modelIdentity: trainer.model.identity)
        monitor = HealthMonitor(rules: configuration.monitoring)
        batches = BatchSampler(plan: trainer.plan, seed: configuration.seed, shuffle: configuration.shuffle)
            .makeIterator()
    }

    /// Returns the next event, training until there is one; nil after the last.
    func next(isCancelled: Bool) throws -> TrainingEvent? {
        do {
            while pending.isEmpty {
                switch phase {
                case .ended: return nil
                case .beginning:
                    try begin()
                    phase = .training
                case .training: try turn(isCancelled: isCancelled)
                }
            }
        } catch {
            if phase == .training { reportFailure(error) }
            end()
            throw error
        }
        return pending.removeFirst()
    }

    /// Hands out `event` and writes its line, if it has one.
    func emit(_ event: TrainingEvent, _ line: JSONValue? = nil) throws {
        if let line { try record(line) }
        pending.append(event)
    }

    /// Writes a line to the journal, and to the logs that repeat it.
    func record(_ line: JSONValue) throws {
        try journal?.append(line)
        // A log that cannot be written must not end a run whose journal can.
        if isLogged(line) { try? tensorBoard?.append(line) }
    }

    private func turn(isCancelled: Bool) throws {
        if state.isComplete { return try finish() }
        if trainer.stop.isMade || isCancelled { return try interrupt() }
        try performStep()
    }

    private func interrupt() throws {
        try save()
        try emit(
            .interrupted(step: state.step), ["event": "interrupted", "step": .integer(Int64(state.step))])
        end()
    }

    /// Ends the run because of `finding`, with a checkpoint of the last good state.
    func stop(because finding: HealthFinding) throws {
        try save()
        try emit(
            .stopped(finding),
            ["event": "stopped", "step": .integer(Int64(state.step)), "rule": .string(finding.rule.rawValue)])
        end()
    }

    private func finish() throws {
        try save()
        // Of a run that was killed after its last checkpoint, nobody has done so yet.
        prune()
        // Nothing more is learned, and the checkpoint has it: what only steps need makes room for reading the model back.
        gradients = LoRAGradients(values: [])
        optimizer = AdamW(weightDecay: trainer.configuration.optimization.weightDecay)
        try writeModel()
        let summary = try summary()
        var line = summary.json.object ?? [:]
        line.updateValue("trained", forKey: "event", insertingAt: 0)
        try emit(.finished(summary), .object(line))
        if trainer.completesRun {
            // First: a run that has finished is not continued any more.
            try trainer.run.becomeLatest()
            try record(["event": "finished", "status": .string(RunStatus.succeeded.rawValue)])
            try journal?.synchronize()
        }
        end()
    }

    /// Closes the files, and writes the journal's text for people.
    private func end() {
        phase = .ended
        if journal != nil { try? TrainingLog.write(for: trainer.run) }
        journal?.close()
        journal = nil
        tensorBoard = nil
    }

    private func reportFailure(_ error: any Error) {
        let message = (error as? any ReportableError)?.message ?? "\(error)"
        try? journal?.append(["event": "failed", "step": .integer(Int64(state.step)), "message": .string(message)])
    }

    /// Whether a line is repeated in the logs: of the steps, every `logging_steps`-th, the first and the last.
    private func isLogged(_ line: JSONValue) -> Bool {
        guard line["event"]?.string == "step", let step = line["step"]?.int else { return true }
        return step == 1 || step == trainer.plan.totalSteps
            || step % trainer.configuration.recording.loggingSteps == 0
    }
}
