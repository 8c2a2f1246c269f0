public import Foundation
internal import OrderedCollections

/// A configuration put together from its files and overrides, every value knowing where it comes from.
public struct ComposedConfiguration: Sendable {
    /// The name that was composed.
    public let name: String
    /// The values, without Hydra's own; interpolations are not resolved.
    public private(set) var tree: ConfigNode
    /// Hydra's own settings, with what is known about this composition filled in.
    public let hydra: ConfigNode
    /// The overrides, as typed.
    public let overrides: [String]
    /// The configurations that were merged, in order.
    let defaults: DefaultsList
    let sources: [ConfigSource]
    let context: Interpolation.Context

    init(
        name: String, composed: ConfigNode, overrides: [Override], defaults: DefaultsList, sources: [ConfigSource],
        context: Interpolation.Context
    ) {
        self.name = name
        self.overrides = overrides.map(\.text)
        self.defaults = defaults
        self.sources = sources
        var tree = composed
        let hydra = composed["hydra"] ?? ConfigNode(.map([:]), origin: composed.origin)
        tree["hydra"] = nil
        self.tree = tree
        self.hydra = HydraSettings.filled(
            hydra, name: name, overrides: overrides, choices: defaults.choices, sources: sources)
        var context = context
        context.hydra = self.hydra
        self.context = context
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
    /// - Throws: ``ConfigurationError`` when an interpolation means nothing, or itself.
    public func resolvedHydraYAML() throws(ConfigurationError) -> String {
        var whole = ConfigNode(.map([.string("hydra"): hydra]), origin: hydra.origin)
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

    /// Hydra's settings as they would be written to a file, under the key `hydra`.
    public var hydraYAML: String {
        YAMLWriter.text(of: ConfigNode(.map([.string("hydra"): hydra]), origin: hydra.origin))
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
    /// - Parameter number: the job's place in a sweep, from 0; nil: there is no sweep.
    /// - Throws: ``FileError``.
    public func writeHydraFiles(to directory: URL, job number: Int? = nil) throws(FileError) {
        let name = hydra["output_subdir"]
        if let name, name.isNull { return }
        let folder = directory.appending(path: name?.string ?? ".hydra", directoryHint: .isDirectory)
        try WholeFile.createDirectory(folder)
        let started = ConfigNode(
            .map([.string("hydra"): started(job: number, in: directory)]), origin: hydra.origin)
        try WholeFile.write(yaml, to: folder.appending(path: "config.yaml"))
        try WholeFile.write(YAMLWriter.text(of: started), to: folder.appending(path: "hydra.yaml"))
        try WholeFile.write(overridesYAML, to: folder.appending(path: "overrides.yaml"))
    }
}
