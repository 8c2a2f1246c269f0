public import Foundation
public import MLOpsCore

/// A finished run as publishing sees it: its adapter, its configuration, its figures.
public struct PublishableRun: Sendable {
    /// The run's folder.
    public let directory: RunDirectory
    /// The trained adapter.
    public let adapter: AdapterFiles
    /// What the run was told; nil when it has no `config_used.yaml`.
    public let configuration: RunConfiguration?
    /// What the evaluation found; nil when there was none.
    public let metrics: MetricsFile?
    /// `artifacts/environment.json`; nil when it is missing.
    public let environment: JSONValue?

    /// Opens the run at `url`; `latest` stands for the newest run that succeeded.
    ///
    /// - Throws: ``RunError``, ``ModelFileError``, ``MetricsFileError`` or ``ConfigurationError`` of what is missing or
    ///   wrong. Missing figures are no error here: ``ReleaseApproval`` asks for them.
    public init(contentsOf url: URL) throws {
        directory = try RunDirectory(contentsOf: url)
        guard !Self.exists(directory.model.appending(path: "config.json")) else {
            throw PublishError(
                .usage,
                "The run '\(directory.name)' trained all weights, and only adapters are published. Its model folder is a Hugging "
                    + "Face directory as it is; `mlops gguf --model \(directory.name)` makes a GGUF file of it.")
        }
        adapter = try AdapterFiles(contentsOf: directory.model)
        metrics = Self.exists(directory.metrics) ? try MetricsFile(contentsOf: directory.metrics) : nil
        let environment = directory.artifacts.appending(path: "environment.json")
        self.environment = Self.exists(environment) ? try Self.document(environment) : nil
        if Self.exists(directory.configuration) {
            let source = ConfigSource(.directory(directory.url))
            let name = directory.configuration.deletingPathExtension().lastPathComponent
            configuration = try RunConfiguration(RunConfiguration.compose(name, from: [source]))
        } else {
            configuration = nil
        }
    }

    private static func document(_ url: URL) throws -> JSONValue {
        let data = try WholeFile.read(url)
        do throws(JSONError) {
            return try JSONValue(parsing: data)
        } catch {
            throw PublishError(
                .damaged,
                "'\(url.path(percentEncoded: false))', line \(error.line), column \(error.column): \(error.reason). "
                    + "Restore the file, or remove it: it says what the run was made with.")
        }
    }

    private static func exists(_ url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.path(percentEncoded: false))
    }

    /// The base model as the run called it.
    public var baseModelName: String? { configuration?.modelName ?? adapter.baseModelName }

    /// SHA-256 of the adapter's weights.
    public func adapterDigest() throws(FileError) -> String {
        try Digest.sha256(contentsOf: adapter.url.appending(path: "adapter_model.safetensors"))
    }
}
