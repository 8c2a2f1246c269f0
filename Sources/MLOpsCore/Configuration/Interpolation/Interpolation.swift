internal import Foundation
internal import OrderedCollections

/// Resolves the interpolations of a tree.
///
/// What an interpolation means is looked up where it stands, so a relative one keeps its place when something else
/// refers to it. Work and text are bounded: a tree written to double itself line by line ends in an error.
struct Interpolation {
    /// What interpolations may look at beside the tree.
    struct Context: Sendable {
        /// The whole composition with Hydra's own settings under `hydra`, for `${hydra:…}`; nil until it is composed.
        var whole: ConfigNode?
        /// The environment, for `${oc.env:…}`.
        var environment: [String: String]
        /// The time that `${now:…}` formats.
        var now: Date
        /// How many of Hydra's settings led to one another by `${hydra:…}`.
        var settingsDepth = 0

        init(
            whole: ConfigNode? = nil, environment: [String: String] = ProcessInfo.processInfo.environment,
            now: Date = Date()
        ) {
            self.whole = whole
            self.environment = environment
            self.now = now
        }
    }

    private let root: ConfigNode
    private let context: Context

    init(_ root: ConfigNode, context: Context = Context()) {
        self.root = root
        self.context = context
    }

    /// Returns the tree with every interpolation resolved; `???` stays.
    ///
    /// - Parameter inPlace: as `OmegaConf.resolve` does it, not `OmegaConf.to_container`.
    func resolved(inPlace: Bool = false) throws(ConfigurationError) -> ConfigNode {
        let evaluation = InterpolationEvaluation(root, context: context, isInPlace: inPlace)
        return try evaluation.resolve(root, at: [])
    }

    /// Returns the value at `path` with every interpolation in it resolved.
    func value(at path: [String]) throws(ConfigurationError) -> ConfigNode {
        let evaluation = InterpolationEvaluation(root, context: context)
        return try evaluation.finished(try evaluation.lookUp(path, from: ConfigOrigin(.schema)))
    }

    /// Returns the value at `path` and its own place, through interpolations; nil when there is none.
    func located(at path: [String]) throws(ConfigurationError) -> InterpolationEvaluation.Located? {
        try InterpolationEvaluation(root, context: context).select(path, from: ConfigOrigin(.schema))
    }

    /// Returns `path` in `tree` as OmegaConf writes it: `a.b[0].c`.
    static func fullKey(_ path: [String], in tree: ConfigNode) -> String {
        InterpolationEvaluation(tree, context: Context(environment: [:])).fullKey(path)
    }

    /// Returns what was located, with every interpolation in it resolved.
    func finished(_ located: InterpolationEvaluation.Located) throws(ConfigurationError) -> ConfigNode {
        try InterpolationEvaluation(root, context: context).finished(located)
    }

    /// Returns the mapping or list that `node`, an interpolation at `path`, means, as it is written; nil when it means
    /// something else, which a list of Python's is that no configuration holds (`${oc.decode:'[1]'}`), or nothing.
    func container(meantBy node: ConfigNode, at path: [String]) -> InterpolationEvaluation.Located? {
        guard let located = try? InterpolationEvaluation(root, context: context).dereferenced(node, at: path),
            located.form != .literal, located.node.map != nil || located.node.list != nil
        else { return nil }
        return located
    }

    /// Returns `node`, which stands in a list of `tree`, with its interpolations resolved.
    static func resolve(
        _ node: ConfigNode, in tree: ConfigNode, context: Context
    ) throws(ConfigurationError) -> ConfigNode {
        try InterpolationEvaluation(tree, context: context).resolve(node, at: ["_"])
    }

    /// Returns `template` with its interpolations resolved in `map`; it stands in a mapping of its own below `map`, so that
    /// one point names nothing.
    static func resolve(
        _ template: String, in map: ConfigNode, at origin: ConfigOrigin, context: Context
    ) throws(ConfigurationError) -> ConfigNode {
        let evaluation = InterpolationEvaluation(map, context: context)
        return try evaluation.resolve(ConfigNode(.string(template), origin: origin), at: ["_", "_"])
    }
}
