public import Foundation
internal import OrderedCollections

/// What Hydra's own settings say about a job: where it writes, and what has no meaning here.
extension ComposedConfiguration {
    /// Creates the directory of a run.
    ///
    /// It is where `hydra.run.dir` says or, for a job of a sweep, `hydra.sweep.dir` and `hydra.sweep.subdir`; when nobody
    /// sets them, a new one in `parent`, named after `date`.
    ///
    /// - Throws: ``ConfigurationError`` when an interpolation means nothing, ``RunError`` when the directory exists or cannot
    ///   be made.
    public func createRunDirectory(in parent: URL, at date: Date) throws -> RunDirectory {
        guard let path = try directory() else { return try RunDirectory.create(in: parent, at: date) }
        let url = URL(filePath: path, directoryHint: .isDirectory)
        return try RunDirectory.create(named: url.lastPathComponent, in: url.deletingLastPathComponent())
    }

    /// Where somebody says that the run writes; nil when nobody does.
    private func directory() throws(ConfigurationError) -> String? {
        let keys = isInSweep ? [["sweep", "dir"], ["sweep", "subdir"]] : [["run", "dir"]]
        guard keys.contains(where: isSet) else { return nil }
        let interpolation = Interpolation(whole, context: context)
        var parts: [String] = []
        for key in keys { parts.append(PythonText.str(try interpolation.value(at: ["hydra"] + key))) }
        // As Python joins them: an absolute second part stands alone.
        if let last = parts.last, last.hasPrefix("/") { return last }
        return parts.joined(separator: "/")
    }

    /// Whether this is a job of a sweep that has begun.
    private var isInSweep: Bool {
        if case .integer? = hydra[["job", "num"]]?.content { true } else { false }
    }

    /// Writes `multirun.yaml`, the composition that the jobs of a sweep have in common, to `hydra.sweep.dir`, as Hydra does;
    /// nothing when nobody sets that directory, since each job then has one of its own.
    ///
    /// - Throws: ``ConfigurationError`` when an interpolation means nothing, ``FileError``.
    public func writeSweepFile() throws {
        guard isSet(["sweep", "dir"]) else { return }
        let path = PythonText.str(try Interpolation(whole, context: context).value(at: ["hydra", "sweep", "dir"]))
        let directory = URL(filePath: path, directoryHint: .isDirectory)
        try WholeFile.createDirectory(directory)
        try WholeFile.write(YAMLWriter.text(of: whole), to: directory.appending(path: "multirun.yaml"))
    }

    /// Tells the settings what a job knows that begins: its place in a sweep, the mode and, when somebody says where it
    /// writes, its directory. `${hydra:job.num}` and `${hydra:runtime.output_dir}` then mean something, and
    /// `${oc.env:…}` sees what `hydra.job.env_set` sets.
    ///
    /// - Parameter number: the job's place in a sweep, from 0; nil: there is no sweep.
    /// - Throws: ``ConfigurationError`` when an interpolation in the directory means nothing.
    public mutating func begin(job number: Int?) throws(ConfigurationError) {
        if let number {
            put(.integer(Int64(number)), "job", "num")
            put(.string(String(number)), "job", "id")
        }
        if hydra["mode"]?.isNull ?? true {
            let mode = number == nil ? "RUN" : "MULTIRUN"
            put(.string(mode), "mode")
            // Hydra sets the mode by an override of its own.
            let override = ConfigNode(.string("hydra.mode=\(mode)"), origin: hydra.origin)
            put(.list((hydra[["overrides", "hydra"]]?.list ?? []) + [override]), "overrides", "hydra")
        }
        if let path = try directory() { put(directory: URL(filePath: path, directoryHint: .isDirectory)) }
        let set = try Interpolation(whole, context: context).value(at: ["hydra", "job", "env_set"])
        environment = Dictionary((set.map ?? [:]).map { ($0.key.text, PythonText.str($0.value)) }) { _, last in last }
    }

    /// Notes where the run writes.
    mutating func put(directory: URL) {
        var path = directory.standardizedFileURL.path(percentEncoded: false)
        if path.count > 1, path.hasSuffix("/") { path.removeLast() }
        put(.string(path), "runtime", "output_dir")
    }

    private mutating func put(_ content: ConfigNode.Content, _ path: String...) {
        func put(_ path: ArraySlice<String>, in node: ConfigNode) -> ConfigNode {
            guard let name = path.first else { return ConfigNode(content, origin: hydra.origin) }
            var node = node
            if let member = node[name] { node[name] = put(path.dropFirst(), in: member) }
            return node
        }
        hydra = put(path[...], in: hydra)
    }

    /// Whether a file or an override sets Hydra's setting `path`.
    private func isSet(_ path: [String]) -> Bool {
        guard let node = hydra[path] else { return false }
        switch node.origin.place {
        case .override: return true
        case .file(let file, _, _): return !file.hasPrefix("built-in:hydra/")
        case .schema: return false
        }
    }

    /// Refuses settings of Hydra that change something there and nothing here.
    ///
    /// - Throws: ``ConfigurationError`` naming the key and what to do instead.
    func refuseIdleSettings() throws(ConfigurationError) {
        func refuse(_ path: [String], _ advice: String) throws(ConfigurationError) {
            guard let node = hydra[path], isSet(path), !node.isNull, node.map?.isEmpty != true,
                node.list?.isEmpty != true
            else { return }
            if case .bool(false) = node.content { return }
            let key = "hydra." + path.joined(separator: ".")
            throw ConfigurationError(.unsupported, "'\(key)' has no effect here. \(advice)", key: key, at: node.origin)
        }
        if hydra["mode"]?.string == "MULTIRUN", !isInSweep {
            try refuse(["mode"], "Only `mlops train` has sweeps.")
        }
        for group in ["callbacks", "launcher", "sweeper"] {
            for name in hydra[group]?.map?.keys.elements ?? [] where [group, name.text] != ["sweeper", "params"] {
                try refuse(
                    [group, name.text], "The runs of a sweep are typed with -m, and are done one after another.")
            }
        }
    }

    /// What a value of Hydra's settings is, its interpolations resolved.
    private func setting(_ path: String...) throws(ConfigurationError) -> ConfigNode? {
        let interpolation = Interpolation(whole, context: context)
        guard let located = try interpolation.located(at: ["hydra"] + path) else { return nil }
        return try interpolation.finished(located)
    }

    /// Whether the job's working directory is its own (`hydra.job.chdir`).
    ///
    /// - Throws: ``ConfigurationError`` when an interpolation means nothing.
    public func changesDirectory() throws(ConfigurationError) -> Bool {
        if case .bool(true)? = try setting("job", "chdir")?.content { true } else { false }
    }

    /// Whether the job tells more than usual (`hydra.verbose=true`), or errors only: when `hydra.job_logging` has no handlers,
    /// as its choices `none` and `disabled` have none. Nil: neither.
    ///
    /// - Throws: ``ConfigurationError`` when an interpolation means nothing.
    public func tellsMore() throws(ConfigurationError) -> Bool? {
        if case .bool(true)? = try setting("verbose")?.content { return true }
        let handlers = try setting("job_logging", "root", "handlers")?.list ?? []
        return handlers.isEmpty ? false : nil
    }
}
