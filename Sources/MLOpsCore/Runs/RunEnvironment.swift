public import Foundation
internal import OrderedCollections

/// What a run was made with, `artifacts/environment.json`.
public struct RunEnvironment: Sendable, Hashable {
    /// The package's version, and the compiler's that built it, as far as a compiler tells.
    public var versions: [String: String]
    /// The machine.
    public var machine: Machine
    /// The commit of the working directory, when it is in a Git repository.
    public var gitCommit: String?
    /// SHA-256 of each data file, by the name the user gave it.
    public var datasetDigests: [String: String]
    /// The seed of everything random.
    public var seed: UInt64
    /// The command that started the run, without secrets.
    public var commandLine: [String]

    /// Gathers what a run in `directory` is made with.
    ///
    /// - Parameter commandLine: the arguments as they came; secrets are taken out here.
    public init(
        versions: [String: String], directory: URL, datasetDigests: [String: String], seed: UInt64,
        commandLine: [String],
        machine: Machine = .current
    ) {
        self.versions = versions
        self.machine = machine
        self.gitCommit = GitRevision.commit(of: directory)
        self.datasetDigests = datasetDigests
        self.seed = seed
        self.commandLine = CommandLineRecord.redacted(commandLine)
    }

    /// The environment as a JSON object.
    public var json: JSONValue {
        [
            "versions": .object(
                .init(uniqueKeysWithValues: versions.sorted { $0.key < $1.key }.map { ($0, .string($1)) })),
            "machine": [
                "os": .string(machine.operatingSystem), "architecture": .string(machine.instructionSet),
                "cpu": .string(machine.processor), "cpu_features": .array(machine.features.map { .string($0) }),
                "cores": .integer(Int64(machine.coreCount)), "memory_bytes": .integer(Int64(clamping: machine.memory)),
            ],
            "git_commit": gitCommit.map { .string($0) } ?? .null,
            "datasets": .object(
                .init(uniqueKeysWithValues: datasetDigests.sorted { $0.key < $1.key }.map { ($0, .string($1)) })),
            "seed": .integer(Int64(bitPattern: seed)), "command_line": .array(commandLine.map { .string($0) }),
        ]
    }

    /// Writes the environment to `run`'s artifacts.
    ///
    /// - Throws: ``RunError`` when the file system refuses.
    public func write(to run: RunDirectory) throws(RunError) {
        do {
            try WholeFile.createDirectory(run.artifacts)
            try WholeFile.write(json.text(.pretty) + "\n", to: run.artifacts.appending(path: "environment.json"))
        } catch {
            throw RunError(error)
        }
    }
}
