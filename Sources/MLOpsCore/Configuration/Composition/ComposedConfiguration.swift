public import Foundation
internal import OrderedCollections

/// A configuration put together from its files and overrides, every value knowing where it comes from.
public struct ComposedConfiguration: Sendable {
    /// The name that was composed.
    public let name: String
    /// The values, without Hydra's own; interpolations are not resolved.
    public private(set) var tree: ConfigNode
    /// Hydra's own settings, with what is known about this composition filled in.
    public internal(set) var hydra: ConfigNode
    /// The overrides, as typed.
    public let overrides: [String]
    /// The configurations that were merged, in order.
    let defaults: DefaultsList
    let sources: [ConfigSource]
    private var base: Interpolation.Context
    private var jobEnvironment: [String: String] = [:]

    init(
        name: String, composed: ConfigNode, overrides: [Override], defaults: DefaultsList, sources: [ConfigSource],
        context: Interpolation.Context
    ) throws(ConfigurationError) {
        self.name = name
        self.overrides = overrides.map(\.text)
        self.defaults = defaults
        self.sources = sources
        var tree = composed
        let hydra = composed["hydra"] ?? ConfigNode(.map([:]), origin: composed.origin)
        tree["hydra"] = nil
        self.tree = tree
        self.hydra = try HydraSettings.filled(
            hydra, name: name, overrides: overrides, choices: defaults.choices, sources: sources,
            whole: composed, context: context)
        base = context
    }

    /// The values and Hydra's settings in one tree. Hydra's may name the user's (`hydra.run.dir: out/${lr}`).
    var whole: ConfigNode {
        var members: OrderedDictionary<ConfigNode.Key, ConfigNode> = [.string("hydra"): hydra]
        members.merge(tree.map ?? [:]) { own, _ in own }
        return ConfigNode(.map(members), origin: hydra.origin)
    }

    /// The variables that `hydra.job.env_set` sets for the job.
    public internal(set) var environment: [String: String] {
        get { jobEnvironment }
        set {
            jobEnvironment = newValue
            base.environment.merge(newValue) { _, set in set }
        }
    }

    /// What interpolations may look at.
    var context: Interpolation.Context {
        var context = base
        context.whole = whole
        return context
    }

    /// Returns the values with every interpolation resolved; `???` stays.
    ///
    /// - Parameter keepingMissing: whether a reference to `???` is `???`, as in what `--cfg job --resolve` prints.
    /// - Throws: ``ConfigurationError`` when an interpolation means nothing, or itself.
    public func resolved(keepingMissing: Bool = false) throws(ConfigurationError) -> ConfigNode {
        try Interpolation(tree, context: context).resolved(inPlace: keepingMissing)
    }

    /// Returns Hydra's settings as YAML with every interpolation resolved; what only a started job knows stays `???`.
    ///
    /// - Parameter hasHelp: whether the texts of help are there; `--cfg hydra` leaves them out.
    /// - Throws: ``ConfigurationError`` when an interpolation means nothing, or itself.
    public func resolvedHydraYAML(hasHelp: Bool) throws(ConfigurationError) -> String {
        var whole = settings(hasHelp: hasHelp)
        // The directory of a sweep's job is named by its number, which no job has yet.
        if hydra[["job", "num"]]?.isMissing ?? true, var sweep = hydra["sweep"] {
            sweep["subdir"] = ConfigNode(.string(ConfigNode.missing), origin: hydra.origin)
            whole["hydra"]?["sweep"] = sweep
        }
        return try Interpolation(whole, context: context).resolved(inPlace: true).yaml
    }

    /// What to warn of: places of `hydra.searchpath` with nothing in them.
    public var warnings: [String] { sources.compactMap(\.warning) }

    /// The values as they would be written to a file: `OmegaConf.to_yaml`.
    public var yaml: String { YAMLWriter.text(of: tree) }

    /// Returns Hydra's settings as they would be written to a file, under the key `hydra`.
    ///
    /// - Parameter hasHelp: whether the texts of help are there; `--cfg hydra` leaves them out.
    public func hydraYAML(hasHelp: Bool = true) -> String { YAMLWriter.text(of: settings(hasHelp: hasHelp)) }

    /// Hydra's settings below the key `hydra`, with its texts of help or without.
    func settings(hasHelp: Bool) -> ConfigNode {
        var hydra = hydra
        if !hasHelp {
            hydra["help"] = nil
            hydra["hydra_help"] = nil
        }
        return ConfigNode(.map([.string("hydra"): hydra]), origin: hydra.origin)
    }

    /// The overrides that are not about Hydra, as a YAML list.
    public var overridesYAML: String {
        let task = hydra[["overrides", "task"]] ?? ConfigNode(.list([]), origin: hydra.origin)
        return YAMLWriter.text(of: task)
    }

    /// Adds `value` under `path` where the files and overrides say nothing.
    mutating func fillIn(_ value: ConfigNode, at path: [String]) {
        func fill(_ node: ConfigNode, _ path: ArraySlice<String>) -> ConfigNode {
            guard let name = path.first, node.map != nil else { return node }
            var node = node
            if path.count == 1 {
                if node[name] == nil { node[name] = value }
            } else {
                node[name] = fill(node[name] ?? ConfigNode(.map([:]), origin: value.origin), path.dropFirst())
            }
            return node
        }
        tree = fill(tree, path[...])
    }

    /// Writes `config.yaml`, `hydra.yaml` and `overrides.yaml` to `.hydra` below `directory`, as Hydra does; or to what
    /// `hydra.output_subdir` names, and nothing when that is null.
    ///
    /// - Throws: ``FileError``.
    public func writeHydraFiles(to directory: URL) throws(FileError) {
        let name = hydra["output_subdir"]
        if let name, name.isNull { return }
        let folder = directory.appending(path: name?.string ?? ".hydra", directoryHint: .isDirectory)
        try WholeFile.createDirectory(folder)
        var known = self
        known.put(directory: directory)
        try WholeFile.write(yaml, to: folder.appending(path: "config.yaml"))
        try WholeFile.write(known.hydraYAML(), to: folder.appending(path: "hydra.yaml"))
        try WholeFile.write(overridesYAML, to: folder.appending(path: "overrides.yaml"))
    }
}
