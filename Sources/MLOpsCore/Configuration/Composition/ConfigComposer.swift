internal import Foundation
internal import OrderedCollections

/// Composes a configuration from its files, defaults lists and overrides.
///
/// The steps are `ConfigLoader` → ``DefaultsList`` → ``ConfigMerge`` → ``OverrideApplication`` → ``Interpolation``,
/// each of its own file.
public struct ConfigComposer: Sendable {
    /// Where configurations are looked for, in order.
    public var sources: [ConfigSource]
    /// Whether overrides may be sweeps and groups may be left open (`-m`).
    public var isMultirun = false
    /// Whether the overrides were typed in a shell, so that a message shows quotes as a shell takes them.
    public var isTypedInShell = false
    /// How overrides treat keys; a schema may know keys that the files do not name.
    var application = OverrideApplication()
    /// What interpolations may look at.
    var context = Interpolation.Context()

    /// Creates a composer that looks in `sources`.
    public init(_ sources: [ConfigSource]) {
        self.sources = sources
    }

    /// Returns the composition of the configuration `name` and `overrides`, interpolations not yet resolved.
    ///
    /// - Throws: ``ConfigurationError``; its exit status is 64 for an override that does not parse and 78 otherwise.
    public func compose(_ name: String, overrides: [String] = []) throws(ConfigurationError) -> ComposedConfiguration {
        let (name, parsed, loader) = try loader(of: name, overrides)
        for sweep in parsed where sweep.isSweep {
            guard isMultirun else { throw refusal(ofSweep: sweep) }
            guard !sweep.isHydra else { throw Self.refusal(ofHydraSweep: sweep) }
        }
        let list = try DefaultsList.make(
            primary: name, overrides: parsed, loader: loader, context: context, skipsMissing: isMultirun)
        for source in loader.sources { try source.refuseRegistered() }
        var tree = ConfigNode(.map([:]), origin: ConfigOrigin(.schema))
        var shared = SharedValues(list.entries)
        // What is laid over `hydra: null` is a mapping without Hydra's types, in which Hydra finds nothing of its own.
        var hasTypes = true
        for (layer, entry) in list.entries.enumerated() {
            guard let loaded = try loader.load(entry.config) else { continue }
            let values = shared.values(of: entry.config, as: loaded.node, in: tree)
            let node = ConfigMerge.embed(values.inLayer(layer), package: entry.package)
            shared.prepare(entry, node: node, tree: tree, context: context)
            try ConfigMerge.merge(node, into: &tree, config: entry.config, context: context)
            if !entry.config.hasPrefix("hydra/"), let hydra = node["hydra"] {
                guard entry.isPrimary || hydra["searchpath"]?.isNull ?? true else {
                    throw ConfigurationError(
                        .composition,
                        "In '\(entry.config)': Overriding hydra.searchpath is only supported from the primary config.",
                        key: "hydra.searchpath", at: hydra["searchpath"]?.origin)
                }
                hasTypes = hasTypes && !(tree["hydra"]?.isNull ?? false)
                guard hasTypes else { continue }
                tree = try HydraSettings.checked(tree, isOpen: false, config: entry.config, source: hydra)
            }
        }
        if let hydra = tree["hydra"], hydra.isNull {
            throw ConfigurationError(
                .composition,
                "'NoneType' object has no attribute '_set_flag': 'hydra' holds Hydra's settings and cannot be null. "
                    + "Leave it out.", key: "hydra", at: hydra.origin)
        }
        var application = application
        application.context = context
        for override in list.valueOverrides {
            let before = tree
            try application.apply(override, to: &tree)
            if hasTypes, override.key.hasPrefix("hydra") || override.key.isEmpty {
                tree = try HydraSettings.checked(tree, isOpen: true, override: override, before: before)
            }
        }
        if !hasTypes, let hydra = tree["hydra"], hydra["runtime"] == nil {
            throw ConfigurationError(
                .composition,
                "Missing key runtime: what is laid over 'hydra: null' has none of Hydra's settings. Leave the null out."
                    + ConfigurationError.place("hydra.runtime"), key: "hydra.runtime", at: hydra.origin)
        }
        // Hydra keeps the overrides as values of its own, so one that is deleted or replaced is read as a template too.
        for kind in ["task", "hydra"] {
            for (index, override) in parsed.filter({ $0.isHydra == (kind == "hydra") }).enumerated() {
                try InterpolationParser.check(
                    ConfigNode(.string(override.text), origin: override.origin),
                    key: "hydra.overrides.\(kind)[\(index)]", reference: "List[str]")
            }
        }
        return try ComposedConfiguration(
            name: name, composed: tree, overrides: parsed, defaults: list, sources: loader.sources, context: context)
    }

    /// Returns which configurations make up `name`, as a table or as a tree: their values are not merged, so that what is
    /// wrong with those is not told.
    ///
    /// - Throws: ``ConfigurationError`` when a configuration is missing or the lists contradict each other.
    public func defaults(
        of name: String, overrides: [String] = [], isTree: Bool
    ) throws(ConfigurationError) -> String {
        let (name, parsed, loader) = try loader(of: name, overrides)
        let list = try DefaultsList.make(
            primary: name, overrides: parsed, loader: loader, context: context, skipsMissing: isMultirun)
        return isTree ? list.treeText : list.table
    }

    /// Where configurations are looked for once the search path of `name` and `overrides` is known.
    func places(of name: String, overrides: [String]) throws(ConfigurationError) -> [ConfigSource] {
        try loader(of: name, overrides).loader.sources
    }

    /// The overrides as read, and where configurations are looked for.
    private func loader(
        of name: String, _ overrides: [String]
    ) throws(ConfigurationError) -> (name: String, overrides: [Override], loader: ConfigLoader) {
        var parsed: [Override] = []
        for text in overrides { parsed.append(try Override(text)) }
        let name = name.hasSuffix(".yaml") ? String(name.dropLast(5)) : name
        let loader = ConfigLoader([.hydra] + sources)
        loader.append(try searchPath(name, parsed, loader: loader))
        return (name, parsed, loader)
    }

    /// What to say to a sweep over Hydra's own settings.
    static func refusal(ofHydraSweep override: Override) -> ConfigurationError {
        ConfigurationError(
            .composition, "Sweeping over Hydra's configuration is not supported : '\(override.text)'", key: override.key
        )
    }

    /// What to say to a sweep where one run is asked for.
    private func refusal(ofSweep override: Override) -> ConfigurationError {
        guard case .choice(_, isSimple: true, _) = override.parsed else {
            return ConfigurationError(
                .composition, "Sweep parameters '\(override.text)' requires --multirun (-m)", key: override.key)
        }
        let quote = isTypedInShell ? "\\'" : "'"
        return ConfigurationError(
            .composition,
            """
            Ambiguous value for argument '\(override.text)'
            1. To use it as a list, use key=[value1,value2]
            2. To use it as string, quote the value: key=\(quote)value1,value2\(quote)
            3. To sweep over it, add --multirun to your command line
            """, key: override.key)
    }

    /// The sources that `hydra.searchpath` adds, from the command line or the primary configuration.
    private func searchPath(
        _ name: String, _ overrides: [Override], loader: ConfigLoader
    ) throws(ConfigurationError) -> [ConfigSource] {
        let primary = try loader.load(name)?.node
        guard primary?.list == nil else {
            throw ConfigurationError(
                .composition, "primary config '\(name)' must be a DictConfig, got ListConfig", at: primary?.origin)
        }
        // Hydra looks at the file's, whether it counts or not; of overrides it reads the first one as it is typed, also where
        // it names other values.
        let written = try primary.flatMap { primary throws(ConfigurationError) in
            try Self.searchPath(in: primary, context: context)
        }
        if let override = overrides.first(where: { $0.writtenKey == "hydra.searchpath" }), let value = override.value,
            !value.isNull
        {
            let shown = override.parsed.flatMap { $0.isContainer ? $0.printed : nil } ?? PythonText.str(value)
            return try places(value, shown: shown, in: "command-line")
        }
        guard let written, !written.isNull, !written.isMissing else { return [] }
        guard written.list?.contains(where: \.isInterpolation) != true else { throw Self.noSearchPath(written) }
        return try places(written, shown: PythonText.str(written), in: "main")
    }

    /// The search path that the primary configuration sets.
    private static func searchPath(
        in primary: ConfigNode, context: Interpolation.Context
    ) throws(ConfigurationError) -> ConfigNode? {
        let interpolation = Interpolation(primary, context: context)
        let found: InterpolationEvaluation.Located?
        do throws(ConfigurationError) {
            found = try interpolation.located(at: ["hydra", "searchpath"])
        } catch  where !error.hasPlace {
            throw error.adding(ConfigurationError.place("hydra.searchpath"))
        }
        // Hydra reads element by element; what it tells of a list that is none of texts is as it is written.
        guard let found, let elements = found.node.list, elements.allSatisfy({ $0.string != nil }) else {
            return found?.node
        }
        let meaning = try interpolation.finished(found)
        return meaning.list?.allSatisfy({ $0.string != nil }) ?? false ? meaning : found.node
    }

    private static func noSearchPath(_ written: ConfigNode, shown: String? = nil) -> ConfigurationError {
        ConfigurationError(
            .composition,
            "hydra.searchpath must be a list of strings. Got: \(shown ?? PythonText.str(written))",
            key: "hydra.searchpath", at: written.origin)
    }

    private func places(
        _ written: ConfigNode, shown: String, in place: String
    ) throws(ConfigurationError) -> [ConfigSource] {
        guard let elements = written.list else { throw Self.noSearchPath(written, shown: shown) }
        var sources: [ConfigSource] = []
        for element in elements {
            guard let text = element.string else { throw Self.noSearchPath(written, shown: shown) }
            sources.append(
                try ConfigSource(searchPath: text, provider: "hydra.searchpath in \(place)", at: element.origin))
        }
        return sources
    }
}

extension ConfigNode {
    /// The same tree, all of it with its say at `layer`.
    func inLayer(_ layer: Int) -> ConfigNode {
        var node = self
        node.origin = ConfigOrigin(origin.place, layer: layer)
        switch content {
        case .map(let members): node.content = .map(members.mapValues { $0.inLayer(layer) })
        case .list(let elements): node.content = .list(elements.map { $0.inLayer(layer) })
        default: break
        }
        return node
    }
}
