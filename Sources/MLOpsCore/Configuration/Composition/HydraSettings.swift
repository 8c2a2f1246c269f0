internal import Foundation
internal import OrderedCollections

/// Hydra's own settings, the part of them that means something here.
enum HydraSettings {
    /// Returns the settings with what is known about a composition in them.
    ///
    /// - Throws: ``ConfigurationError`` when a variable of `hydra.job.env_copy` is not set, or holds a secret.
    static func filled(
        _ hydra: ConfigNode, name: String, overrides: [Override], choices: [(key: String, option: String?)],
        sources: [ConfigSource], environment: [String: String]
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
        put(list(overrides.filter(\.isHydra).map { text($0.text) }), "overrides", "hydra")
        put(list(task.map { text($0.text) }), "overrides", "task")
        put(text(overrideDirectoryName(task, hydra[["job", "config", "override_dirname"]])), "job", "override_dirname")
        if hydra[["job", "name"]]?.isMissing ?? true { put(text("mlops"), "job", "name") }
        put(text(name), "job", "config_name")
        for node in hydra[["job", "env_copy"]]?.list ?? [] {
            let key = PythonText.str(node)
            guard let value = environment[key] else {
                throw ConfigurationError(
                    .composition,
                    "\(PythonText.quoted(key)): a variable of hydra.job.env_copy is not set. Set it, or leave it out.",
                    key: "hydra.job.env_copy", at: node.origin)
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
        put(text("1.3.8"), "runtime", "version")
        put(text("1.3"), "runtime", "version_base")
        put(text(FileManager.default.currentDirectoryPath), "runtime", "cwd")
        put(
            list(
                sources.map { source($0.parts.path, $0.parts.schema, $0.provider) }
                    + [source("", "structured", "schema")]), "runtime", "config_sources")
        put(
            map(choices.map { ($0.key, $0.option.map(text) ?? ConfigNode(.null, origin: origin)) }), "runtime",
            "choices")
        return hydra
    }
}

extension HydraSettings {
    /// The overrides as a directory's name: sorted, without those whose keys are excluded, with the separators set.
    private static func overrideDirectoryName(_ overrides: [Override], _ settings: ConfigNode?) -> String {
        let excluded = Set(settings?["exclude_keys"]?.list?.compactMap(\.string) ?? [])
        let lines = overrides.filter { !excluded.contains($0.key) }.map(\.text)
            .sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
        return lines.joined(separator: settings?["item_sep"]?.string ?? ",")
            .replacing("=", with: settings?["kv_sep"]?.string ?? "=")
    }
}

extension ConfigSource {
    /// Hydra's own settings.
    static let hydra = ConfigSource(.texts(HydraSettings.texts), provider: "hydra")
}
