public import MLOpsCore
internal import OrderedCollections

/// What was released, from which run, on whose word: `release.json`.
public struct ReleaseRecord: Sendable, Hashable {
    /// A file of the release.
    public struct File: Sendable, Hashable {
        /// The path within the release.
        public let path: String
        /// The size in bytes.
        public let byteCount: Int
        /// SHA-256 of the content.
        public let digest: String
    }

    /// `archive` or `ollama`.
    public let kind: String
    /// The run's name.
    public let run: String
    /// The base model as the run called it.
    public let baseModel: String?
    /// On whose word.
    public let approval: ReleaseApproval
    /// The files, in the order of their paths.
    public let files: [File]

    init(kind: String, run: PublishableRun, approval: ReleaseApproval, files: [File]) {
        self.kind = kind
        self.run = run.directory.name
        baseModel = run.baseModelName
        self.approval = approval
        self.files = files.sorted { $0.path < $1.path }
    }

    /// The record as JSON.
    public var json: JSONValue {
        [
            "kind": .string(kind), "run": .string(run), "base_model": baseModel.map { .string($0) } ?? nil,
            "adapter_sha256": .string(approval.adapterDigest), "approval": approval.json,
            "tool": .string("mlops \(PackageVersion.current)"),
            "files": .array(
                files.map {
                    ["path": .string($0.path), "bytes": .integer(Int64($0.byteCount)), "sha256": .string($0.digest)]
                }),
        ]
    }

    /// The files' digests in the form that `sha256sum -c` checks.
    public var checksums: String { files.map { "\($0.digest)  \($0.path)\n" }.joined() }
}
