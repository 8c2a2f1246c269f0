import Foundation
import MLOpsCore
import MLOpsEval
import MLOpsTraining
import OrderedCollections

/// One run from its configuration to its verdict.
struct TrainingJob: Sendable {
    let configuration: RunConfiguration
    let composed: ComposedConfiguration
    /// A run to continue; nil begins one.
    let run: RunDirectory?
    let commandLine: [String]
    let console: Console

    /// Trains, evaluates and judges.
    ///
    /// - Throws: what the parts throw; the run can then be continued once the cause is mended.
    func run() async throws -> TrainingOutcome {
        var surroundings = JobSurroundings()
        defer { surroundings.leave() }
        surroundings.set(composed.environment)
        var directory: RunDirectory?
        if try run == nil && composed.changesDirectory() {
            // The run's directory is where relative paths begin, so it is there before anything is read.
            let made = try makeDirectory().url.path(percentEncoded: false)
            let own = URL(filePath: made, directoryHint: .isDirectory, relativeTo: .currentDirectory()).absoluteURL
            try surroundings.enter(own)
            directory = RunDirectory(unchecked: own)
        }
        var continued = self.run
        if let run = continued, Self.hasOwnDirectory(run) {
            let own = run.url.absoluteURL
            try surroundings.enter(own)
            continued = RunDirectory(unchecked: own)
        }
        let inputs = try TrainingInputs(configuration, console: console)
        let run = try continued ?? begin(inputs, in: directory ?? makeDirectory())
        if continued != nil, !run.hasJournal { try describe(inputs, in: run) }
        console.log("run: \(run.url.relativePath(from: .currentDirectory()))")
        console.tell(ComputeOptions(precision: configuration.precision))
        let ending = try await train(inputs.trainee, on: inputs, in: run)
        guard case .finished(let summary) = ending else {
            if case .stopped = ending { return TrainingOutcome(run: run, status: .stopped) }
            return TrainingOutcome(run: run, status: .interrupted)
        }
        let conclusion = RunConclusion(inputs: inputs, run: run, console: console)
        return try await conclusion.outcome(after: summary)
    }

    /// Whether relative paths of the run to continue begin in its directory: it ran with `hydra.job.chdir`.
    private static func hasOwnDirectory(_ run: RunDirectory) -> Bool {
        let notes = run.url.appending(path: ".hydra", directoryHint: .isDirectory)
        let composed = try? ConfigComposer([ConfigSource(.directory(notes))]).compose("hydra")
        return (try? composed?.changesDirectory()) ?? false
    }

    private func makeDirectory() throws -> RunDirectory {
        let parent = URL(filePath: configuration.outputDirectory, directoryHint: .isDirectory)
        return try composed.createRunDirectory(in: parent, at: TimeSource.system.now())
    }

    /// Fills the run's directory with everything that is known before the first step, what it is continued with first.
    private func begin(_ inputs: TrainingInputs, in run: RunDirectory) throws -> RunDirectory {
        try composed.writeHydraFiles(to: run.url)
        try WholeFile.write(inputs.configuration.yaml, to: run.configuration)
        try describe(inputs, in: run)
        return run
    }

    /// Writes down where the run begins and what from.
    private func describe(_ inputs: TrainingInputs, in run: RunDirectory) throws {
        try WholeFile.createDirectory(run.artifacts)
        try WholeFile.write(
            inputs.training.report.json.text(.pretty) + "\n", to: run.artifacts.appending(path: "data_stats.json"))
        let files = inputs.training.report.files.map { ($0.path, $0.digest) }
        try RunEnvironment(
            versions: ["mlops": PackageVersion.current, "swift": SwiftCompiler.version], directory: .currentDirectory(),
            datasetDigests: Dictionary(files) { first, _ in first }, seed: configuration.seed, commandLine: commandLine
        ).write(to: run)
    }

    /// Proves that an interrupted run of this configuration ends with the same bytes; see ``Trainer/checkResumption(steps:)``.
    func resumptionReport() async throws -> ResumptionReport {
        let inputs = try TrainingInputs(configuration, console: console)
        // A run that is never made: the proof has its own, in a temporary directory.
        let nowhere = FileManager.default.temporaryDirectory.appending(path: "mlops-\(UUID().uuidString)")
        return try await resumptionReport(inputs.trainee, on: inputs, in: RunDirectory(unchecked: nowhere))
    }

    private func resumptionReport(
        _ model: some TrainableModel, on inputs: TrainingInputs, in run: RunDirectory
    ) async throws -> ResumptionReport {
        try await trainer(model, on: inputs, in: run).checkResumption()
    }

    private func trainer<Model: TrainableModel>(
        _ model: Model, on inputs: TrainingInputs, in run: RunDirectory
    ) throws -> Trainer<Model> {
        try Trainer(
            model: model, examples: inputs.training.examples, validation: inputs.validation, run: run,
            configuration: TrainingConfiguration(inputs.configuration), completesRun: false)
    }

    /// Trains to an end, showing what happens, and returns the last event.
    private func train(
        _ model: some TrainableModel, on inputs: TrainingInputs, in run: RunDirectory
    ) async throws -> TrainingEvent? {
        let trainer = try trainer(model, on: inputs, in: run)
        var progress = TrainingProgress(console: console, interval: configuration.recording.loggingSteps)
        var last: TrainingEvent?
        for try await event in trainer.events {
            progress.show(event)
            last = event
        }
        return last
    }
}
