internal import Foundation
internal import OrderedCollections

/// Resolves the interpolations of a tree.
///
/// What an interpolation means is looked up where it stands, so a relative one keeps its place when something else
/// refers to it. Work and text are bounded: a tree written to double itself line by line ends in an error.
struct Interpolation {
    /// What interpolations may look at beside the tree.
    struct Context: Sendable {
        /// Hydra's own settings, for `${hydra:…}`.
        var hydra: ConfigNode?
        /// The environment, for `${oc.env:…}`.
        var environment: [String: String]
        /// The time that `${now:…}` formats.
        var now: Date

        init(
            hydra: ConfigNode? = nil, environment: [String: String] = ProcessInfo.processInfo.environment,
            now: Date = Date()
        ) {
            self.hydra = hydra
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

    /// Returns the value at `path` as it is written, or, if it is an interpolation, what it means, as that is written.
    func meaning(at path: [String]) throws(ConfigurationError) -> ConfigNode {
        let evaluation = InterpolationEvaluation(root, context: context)
        return try evaluation.lookUp(path, from: ConfigOrigin(.schema)).node
    }

    /// Returns `template` with its interpolations resolved in `map`.
    static func resolve(
        _ template: String, in map: ConfigNode, at origin: ConfigOrigin, context: Context
    ) throws(ConfigurationError) -> String {
        let evaluation = InterpolationEvaluation(map, context: context)
        return PythonText.str(try evaluation.resolve(ConfigNode(.string(template), origin: origin), at: ["_"]))
    }
}
