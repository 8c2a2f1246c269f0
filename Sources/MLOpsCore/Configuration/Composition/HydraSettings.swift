internal import Foundation
internal import OrderedCollections

/// Hydra's own settings, the part of them that means something here.
enum HydraSettings {
    /// The version of Hydra that is followed.
    static let version = "1.3.8"

    /// Returns the settings with what is known about a composition in them.
    ///
    /// - Throws: ``ConfigurationError`` when a variable of `hydra.job.env_copy` is not set, or holds a secret.
    static func filled(
        _ hydra: ConfigNode, name: String, overrides: [Override], choices: [(key: String, option: String?)],
        sources: [ConfigSource], whole: ConfigNode, context: Interpolation.Context
    ) throws(ConfigurationError) -> ConfigNode {
        let origin = hydra.origin
        func text(_ value: String) -> ConfigNode { ConfigNode(.string(value), origin: origin) }
        func list(_ values: [ConfigNode]) -> ConfigNode { ConfigNode(.list(values), origin: origin) }
        func map(_ values: [(String, ConfigNode)]) -> ConfigNode {
            let members = values.map { (ConfigNode.Key.string($0.0), $0.1) }
            return ConfigNode(.map(OrderedDictionary(members) { _, last in last }), origin: origin)
        }
        func source(_ path: String, _ schema: String, _ provider: String) -> ConfigNode {
            map([("path", text(path)), ("schema", text(schema)), ("provider", text(provider))])
        }
        let task = overrides.filter { !$0.isHydra }
        var hydra = hydra
        func put(_ value: ConfigNode, _ group: String, _ key: String) {
            guard var members = hydra[group] else { return }
            members[key] = value
            hydra[group] = members
        }
        let reader = Reader(whole: whole, context: context)
        for kind in ["hydra", "task"] {
            let own = overrides.filter { $0.isHydra == (kind == "hydra") }
            guard !own.isEmpty else { continue }
            let earlier = try reader.value(["overrides", kind], beforeAsking: "append")
            put(list((earlier.list ?? []) + own.map { text($0.text) }), "overrides", kind)
        }
        let chosen = map(choices.map { ($0.key, $0.option.map(text) ?? ConfigNode(.null, origin: origin)) })
        let first = choices.first?.key
        let named = try reader.value(["runtime", "choices"], beforeAsking: "update", adding: first).map ?? [:]
        put(
            ConfigNode(.map(named.merging(chosen.map ?? [:]) { _, new in new }), origin: origin), "runtime", "choices")
        for (key, origin) in try reader.copiedVariables() {
            guard let value = context.environment[key] else {
                throw ConfigurationError(
                    .composition,
                    "\(PythonText.quoted(key)): a variable of hydra.job.env_copy is not set. Set it, or leave it out.",
                    key: "hydra.job.env_copy", at: origin)
            }
            var set = hydra[["job", "env_set"]] ?? map([])
            set[key] = text(value)
            put(set, "job", "env_set")
        }
        for (key, node) in hydra[["job", "env_set"]]?.map ?? [:]
        where InterpolationEvaluation.secrets.contains(key.text) {
            throw ConfigurationError(
                .composition,
                "'\(key.text)' is a secret and never becomes part of a configuration. Leave it in the environment.",
                key: "hydra.job.env_set", at: node.origin)
        }
        put(text(version), "runtime", "version")
        put(text("1.3"), "runtime", "version_base")
        put(text(FileManager.default.currentDirectoryPath), "runtime", "cwd")
        put(
            list(
                sources.map { source($0.parts.path, $0.parts.schema, $0.provider) }
                    + [source("", "structured", "schema")]), "runtime", "config_sources")
        if hydra[["job", "name"]]?.isMissing ?? true { put(text("mlops"), "job", "name") }
        put(text(name), "job", "config_name")
        var known = whole
        known["hydra"] = hydra
        let later = Reader(whole: known, context: context)
        let settings = ["job", "config", "override_dirname"]
        let separators = (
            try later.text(settings + ["kv_sep"]), try later.text(settings + ["item_sep"]),
            try later.value(settings + ["exclude_keys"])
        )
        put(text(directoryName(task, separators.0, separators.1, excluding: separators.2)), "job", "override_dirname")
        return hydra
    }
}

extension HydraSettings {
    /// The overrides as a directory's name: sorted, without those whose keys are excluded, with the separators set.
    private static func directoryName(
        _ overrides: [Override], _ keySeparator: String, _ separator: String, excluding excluded: ConfigNode
    ) -> String {
        let excluded = Set(excluded.list?.compactMap(\.string) ?? [])
        let lines = overrides.filter { !excluded.contains($0.key) }.map(\.text)
            .sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
        return lines.joined(separator: separator).replacing("=", with: keySeparator)
    }
}

extension ConfigSource {
    /// Hydra's own settings.
    static let hydra = ConfigSource(.texts(HydraSettings.texts), provider: "hydra")
}
