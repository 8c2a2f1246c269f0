public import Foundation
internal import OrderedCollections

/// What Hydra's own settings say about a job: where it writes, and what has no meaning here.
extension ComposedConfiguration {
    /// Creates the directory of a run.
    ///
    /// It is where `hydra.run.dir` says or, for a job of a sweep, `hydra.sweep.dir` and `hydra.sweep.subdir`; when nobody
    /// sets them, a new one in `parent`, named after `date`.
    ///
    /// - Parameter number: the job's place in a sweep, from 0; nil: there is no sweep.
    /// - Throws: ``ConfigurationError`` when an interpolation means nothing, ``RunError`` when the directory exists or cannot
    ///   be made.
    public func createRunDirectory(in parent: URL, at date: Date, job number: Int? = nil) throws -> RunDirectory {
        guard let path = try directory(job: number) else { return try RunDirectory.create(in: parent, at: date) }
        let url = URL(filePath: path, directoryHint: .isDirectory)
        return try RunDirectory.create(named: url.lastPathComponent, in: url.deletingLastPathComponent())
    }

    private func directory(job number: Int?) throws(ConfigurationError) -> String? {
        let keys = number == nil ? [["run", "dir"]] : [["sweep", "dir"], ["sweep", "subdir"]]
        guard keys.contains(where: isSet) else { return nil }
        let whole = ConfigNode(.map([.string("hydra"): started(job: number)]), origin: hydra.origin)
        let interpolation = Interpolation(whole, context: context)
        var parts: [String] = []
        for key in keys { parts.append(PythonText.str(try interpolation.value(at: ["hydra"] + key))) }
        return parts.joined(separator: "/")
    }

    /// Writes `multirun.yaml`, the composition that the jobs of a sweep have in common, to `hydra.sweep.dir`, as Hydra does;
    /// nothing when nobody sets that directory, since each job then has one of its own.
    ///
    /// - Throws: ``ConfigurationError`` when an interpolation means nothing, ``FileError``.
    public func writeSweepFile() throws {
        guard isSet(["sweep", "dir"]) else { return }
        var hydra = hydra
        hydra["mode"] = ConfigNode(.string("MULTIRUN"), origin: hydra.origin)
        var whole = ConfigNode(.map([.string("hydra"): hydra]), origin: hydra.origin)
        let path = PythonText.str(try Interpolation(whole, context: context).value(at: ["hydra", "sweep", "dir"]))
        for (key, value) in tree.map ?? [:] { whole[key.text] = value }
        let directory = URL(filePath: path, directoryHint: .isDirectory)
        try WholeFile.createDirectory(directory)
        try WholeFile.write(YAMLWriter.text(of: whole), to: directory.appending(path: "multirun.yaml"))
    }

    /// Hydra's settings as a job has them that has begun.
    func started(job number: Int?, in directory: URL? = nil) -> ConfigNode {
        var hydra = hydra
        func put(_ content: ConfigNode.Content, _ group: String, _ key: String) {
            guard var members = hydra[group] else { return }
            members[key] = ConfigNode(content, origin: hydra.origin)
            hydra[group] = members
        }
        if let number {
            put(.integer(Int64(number)), "job", "num")
            put(.string(String(number)), "job", "id")
        }
        if let directory {
            var path = directory.standardizedFileURL.path(percentEncoded: false)
            if path.count > 1, path.hasSuffix("/") { path.removeLast() }
            put(.string(path), "runtime", "output_dir")
        }
        let mode = number == nil ? "RUN" : "MULTIRUN"
        hydra["mode"] = ConfigNode(.string(mode), origin: hydra.origin)
        // Hydra sets the mode by an override of its own.
        let override = ConfigNode(.string("hydra.mode=\(mode)"), origin: hydra.origin)
        put(.list((hydra[["overrides", "hydra"]]?.list ?? []) + [override]), "overrides", "hydra")
        return hydra
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
        try refuse(["job", "chdir"], "A run never changes the working directory.")
        try refuse(["verbose"], "Use --verbose.")
        try refuse(["job", "env_copy"], "Set variables in the environment.")
        if hydra["mode"]?.string?.hasSuffix("MULTIRUN") == true { try refuse(["mode"], "Use --multirun (-m).") }
        for group in ["callbacks", "launcher", "sweeper"] {
            for name in hydra[group]?.map?.keys.elements ?? [] where [group, name.text] != ["sweeper", "params"] {
                try refuse(
                    [group, name.text], "The runs of a sweep are typed with -m, and are done one after another.")
            }
        }
        for name in hydra[["job", "env_set"]]?.map?.keys.elements ?? [] {
            try refuse(["job", "env_set", name.text], "Set variables in the environment.")
        }
    }
}
