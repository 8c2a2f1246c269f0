import Foundation
import MLOpsCore
import OrderedCollections

/// What was asked for on the command line of `mlops train`, apart from the overrides.
struct TrainingRequest: Sendable {
    let sources: [ConfigSource]
    let configName: String
    /// A run to continue: path, name, or `latest`.
    let resume: String?
    let commandLine: [String]
    /// When the command began: the time of `${now:…}` in every job of a sweep.
    let begin = TimeSource.system.now()

    /// Keys that a continued run may change: they do not change the result.
    private static let changeable: Set<String> = ["logging_steps", "save_steps", "save_total_limit", "output_dir"]
    private static let changeableGroups = ["monitoring.", "tracking.", "cost."]

    /// Returns the job of the configuration with `overrides`.
    ///
    /// - Parameter number: the job's place in a sweep, from 0; nil: there is no sweep.
    /// - Throws: `ConfigurationError`, `RunError` when the run to continue is not there or would be changed.
    func job(overrides: [String], number: Int? = nil, console: Console) throws -> TrainingJob {
        guard let resume else {
            var composed = try RunConfiguration.compose(configName, from: sources, overrides: overrides, at: begin)
            try composed.begin(job: number)
            for warning in composed.warnings { console.warn(warning) }
            let configuration = try RunConfiguration(composed)
            try configuration.validate()
            return TrainingJob(
                configuration: configuration, composed: composed, run: nil, commandLine: commandLine,
                console: try console.asConfigured(by: composed))
        }
        let run = try self.run(resume, overrides: overrides)
        let own = [ConfigSource(.directory(run.url))]
        let saved = try RunConfiguration(try RunConfiguration.compose("config_used", from: own))
        let composed = try RunConfiguration.compose("config_used", from: own, overrides: overrides)
        let configuration = try RunConfiguration(composed)
        try configuration.validate()
        try Self.refuseChanges(from: saved, to: configuration, run: run)
        return TrainingJob(
            configuration: configuration, composed: composed, run: run, commandLine: commandLine, console: console)
    }

    private func run(_ name: String, overrides: [String]) throws -> RunDirectory {
        // Where runs lie is a key of the configuration; a run that is named by its path needs none.
        if name.contains("/") { return try RunDirectory(continuing: URL(filePath: name)) }
        let composed = try RunConfiguration.compose(configName, from: sources, overrides: overrides)
        let parent = URL(
            filePath: try RunConfiguration(composed).outputDirectory, directoryHint: .isDirectory)
        if name == "latest" { return try RunDirectory.newestUnfinished(in: parent) }
        let begun = try? RunDirectory(continuing: parent.appending(path: name, directoryHint: .isDirectory))
        return try begun ?? RunDirectory.named(name, in: parent)
    }

    private static func refuseChanges(
        from saved: RunConfiguration, to configuration: RunConfiguration, run: RunDirectory
    ) throws {
        let (before, now) = (saved.json.flattened, configuration.json.flattened)
        for key in OrderedSet(Array(before.keys) + Array(now.keys)) where before[key] != now[key] {
            guard !changeable.contains(key), !changeableGroups.contains(where: key.hasPrefix) else { continue }
            throw RunError(
                .changed,
                "\(key) is \(before[key]?.text() ?? "not set") in the run '\(run.name)'; to continue it with "
                    + "\(now[key]?.text() ?? "nothing") would change its result. Leave \(key) out, or start a new run.")
        }
    }
}
