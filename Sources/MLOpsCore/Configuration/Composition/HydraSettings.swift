internal import Foundation
internal import OrderedCollections

/// Hydra's own settings, the part of them that means something here.
enum HydraSettings {
    /// The configurations of the group `hydra`, by name.
    static let texts: [String: String] = [
        "hydra/config": """
        defaults:
          - output: default
          - launcher: basic
          - sweeper: basic
          - help: default
          - hydra_help: default
          - hydra_logging: default
          - job_logging: default
          - callbacks: null
          - env: default
          - _self_

        run:
          dir: outputs/${now:%Y-%m-%d}/${now:%H-%M-%S}
        sweep:
          dir: multirun/${now:%Y-%m-%d}/${now:%H-%M-%S}
          subdir: ${hydra.job.num}
        mode: null
        searchpath: []
        output_subdir: .hydra
        callbacks: {}
        overrides:
          hydra: []
          task: []
        job:
          name: ???
          chdir: null
          override_dirname: ???
          id: ???
          num: ???
          config_name: ???
          env_set: {}
          env_copy: []
          config:
            override_dirname:
              kv_sep: '='
              item_sep: ','
              exclude_keys: []
        runtime:
          version: 1.3.8
          version_base: '1.3'
          cwd: ???
          config_sources: ???
          output_dir: ???
          choices: {}
        verbose: false
        """,
        "hydra/hydra_logging/default": "version: 1\n",
        "hydra/hydra_logging/disabled": "version: 1\ndisable_existing_loggers: true\n",
        "hydra/hydra_logging/none": "{}\n",
        "hydra/hydra_logging/hydra_debug": "version: 1\n",
        "hydra/job_logging/default": "version: 1\n",
        "hydra/job_logging/disabled": "version: 1\ndisable_existing_loggers: true\n",
        "hydra/job_logging/none": "{}\n",
        "hydra/job_logging/stdout": "version: 1\n",
        "hydra/launcher/basic": "{}\n",
        "hydra/sweeper/basic": "max_batch_size: null\nparams: null\n",
        "hydra/output/default": "# @package hydra\n{}\n",
        "hydra/env/default": "{}\n",
        "hydra/help/default": "app_name: ${hydra.job.name}\nheader: ''\nfooter: ''\ntemplate: ''\n",
        "hydra/hydra_help/default": "template: ''\nhydra_help: ???\n",
    ]

    /// Returns the settings with what is known about a composition in them.
    static func filled(
        _ hydra: ConfigNode, name: String, overrides: [Override], choices: [(key: String, option: String?)],
        sources: [ConfigSource]
    ) -> ConfigNode {
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
        put(text(FileManager.default.currentDirectoryPath), "runtime", "cwd")
        put(
            list(
                sources.map { source($0.parts.path, $0.parts.schema, $0.provider) }
                    + [source("", "structured", "schema")]), "runtime", "config_sources")
        put(
            map(choices.map { ($0.key, $0.option.map(text) ?? ConfigNode(.null, origin: origin)) }), "runtime",
            "choices")
        return ordered(hydra)
    }

    /// The settings in the order in which Hydra writes them.
    private static func ordered(_ hydra: ConfigNode) -> ConfigNode {
        guard let members = hydra.map else { return hydra }
        let names = [
            "run", "sweep", "launcher", "sweeper", "help", "hydra_help", "hydra_logging", "job_logging", "env", "mode",
            "searchpath", "callbacks", "output_subdir", "overrides", "job", "runtime", "verbose",
        ]
        var ordered: OrderedDictionary<ConfigNode.Key, ConfigNode> = [:]
        for name in names { ordered[.string(name)] = members[.string(name)] }
        for (key, value) in members where ordered[key] == nil { ordered[key] = value }
        return ConfigNode(.map(ordered), origin: hydra.origin)
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
