/// What Hydra's own settings take: its structured configuration, which converts what it can and refuses the rest.
extension HydraSettings {
    /// What a setting may be.
    indirect enum Kind: Hashable, Sendable {
        case text, optionalText, whole, optionalWhole, optionalFlag, mode, texts, anything
        /// A mapping from names to values of a kind; its name in Python.
        case names(Kind, String)
        case optionalNames(Kind, String)
        /// A mapping with a fixed set of keys; the name of its class.
        case structure(String)
        /// A structure that may be replaced by anything, which then has no type.
        case plugin(String)
    }

    /// The settings by their keys.
    static let kinds: [String: Kind] = [
        "hydra": .structure("HydraConf"), "hydra.run": .structure("RunDir"), "hydra.sweep": .structure("SweepDir"),
        "hydra.overrides": .structure("OverridesConf"), "hydra.job": .structure("JobConf"),
        "hydra.job.config": .structure("JobConfig"),
        "hydra.job.config.override_dirname": .structure("OverrideDirname"),
        "hydra.runtime": .structure("RuntimeConf"), "hydra.help": .structure("HelpConf"),
        "hydra.hydra_help": .structure("HydraHelpConf"), "hydra.launcher": .plugin("BasicLauncherConf"),
        "hydra.sweeper": .plugin("BasicSweeperConf"), "hydra.run.dir": .text, "hydra.sweep.dir": .text,
        "hydra.sweep.subdir": .text, "hydra.job.name": .text, "hydra.job.override_dirname": .text,
        "hydra.job.id": .text, "hydra.job.num": .whole, "hydra.job.chdir": .optionalFlag,
        "hydra.job.config_name": .optionalText, "hydra.output_subdir": .optionalText, "hydra.mode": .mode,
        "hydra.searchpath": .texts, "hydra.overrides.hydra": .texts, "hydra.overrides.task": .texts,
        "hydra.job.env_copy": .texts, "hydra.job.config.override_dirname.kv_sep": .text,
        "hydra.job.config.override_dirname.item_sep": .text,
        "hydra.job.config.override_dirname.exclude_keys": .texts,
        "hydra.job.env_set": .names(.text, "Dict[str, str]"),
        "hydra.hydra_logging": .names(.anything, "Dict[str, Any]"),
        "hydra.job_logging": .names(.anything, "Dict[str, Any]"),
        "hydra.callbacks": .names(.anything, "Dict[str, Any]"),
        "hydra.runtime.choices": .names(.anything, "Dict[str, Any]"),
        "hydra.launcher._target_": .text, "hydra.sweeper._target_": .text,
        "hydra.sweeper.max_batch_size": .optionalWhole,
        "hydra.sweeper.params": .optionalNames(.text, "Dict[str, str]"), "hydra.env": .anything,
        "hydra.verbose": .anything, "hydra.help.app_name": .text, "hydra.help.header": .text,
        "hydra.help.footer": .text, "hydra.help.template": .text, "hydra.hydra_help.template": .text,
        "hydra.hydra_help.hydra_help": .text, "hydra.runtime.version": .text, "hydra.runtime.version_base": .text,
        "hydra.runtime.cwd": .text, "hydra.runtime.config_sources": .anything, "hydra.runtime.output_dir": .text,
    ]

    /// The kind of the setting `key` of `tree`; nil when it has none, or what holds it was replaced by something of no type.
    static func kind(of key: String, in tree: ConfigNode) -> Kind? {
        guard let kind = kinds[key] else { return nil }
        let names = key.split(separator: ".").prefix(2).map(String.init)
        let holder = names.joined(separator: ".")
        guard case .plugin? = kinds[holder], tree[names]?.declaredType != .plugin else { return kind }
        return key == holder ? .anything : nil
    }

    /// The configurations of Hydra's own sweeper and launcher, whose types stay with them.
    static let plugins: Set<String> = ["hydra/sweeper/basic", "hydra/launcher/basic"]

    /// The class of the structure at `key`; nil when there is none.
    static func className(of key: String, in tree: ConfigNode) -> String? {
        switch kind(of: key, in: tree) {
        case .structure(let name), .plugin(let name): name
        default: nil
        }
    }

    /// The class of the structure that holds `key`, whose keys can be changed but not deleted; nil when it may go.
    static func structure(of key: String, in tree: ConfigNode) -> String? {
        guard kinds[key] != nil, let point = key.lastIndex(of: ".") else { return nil }
        return className(of: String(key[..<point]), in: tree)
    }

    /// OmegaConf's lines about the value `key`, which need not be one of Hydra's settings.
    static func place(_ key: String, in tree: ConfigNode) -> String {
        let parent = key.lastIndex(of: ".").map { String(key[..<$0]) } ?? ""
        return place(of: parent, calling: key, in: tree)
    }

    /// OmegaConf's lines about the mapping or list `key` itself.
    ///
    /// - Parameter list: the list; nil when it is a mapping.
    /// - Parameter name: what is called, when it is not the list itself.
    static func place(of key: String, list: ConfigNode?, calling name: String? = nil, in tree: ConfigNode) -> String {
        guard let list else { return place(of: key, calling: key, in: tree) }
        let reference =
            kind(of: key, in: tree) == .texts
            ? "List[str]" : list.declaredType == .list ? "Optional[List[Any]]" : nil
        return ConfigurationError.place(name ?? key, in: "list", reference: reference)
    }

    static func place(
        of parent: String, calling key: String, in tree: ConfigNode
    ) -> String {
        switch kind(of: parent, in: tree) {
        case .structure(let name):
            return ConfigurationError.place(key, in: name, reference: parent == "hydra" ? nil : name)
        case .plugin(let name): return ConfigurationError.place(key, in: name)
        case .names(_, let type): return ConfigurationError.place(key, reference: type)
        case .optionalNames(_, let type):
            let holder = tree[parent.split(separator: ".").map(String.init)]
            return ConfigurationError.place(
                key, in: holder?.map == nil ? "NoneType" : "dict", reference: "Optional[\(type)]")
        default: return ConfigurationError.place(key)
        }
    }

    /// What is said of null where text has to be.
    static let nullForText = "Invalid type assigned: NoneType is not a subclass of str. value: None"

    /// Whether `key` is a list of text.
    static func isTexts(_ key: String, in tree: ConfigNode) -> Bool { kind(of: key, in: tree) == .texts }

    /// Whether `key` is a mapping whose names are free, or a structure.
    static func isNames(_ key: String, in tree: ConfigNode) -> Bool {
        if case .names = kind(of: key, in: tree) { true } else { className(of: key, in: tree) != nil }
    }

    /// Whether the names of the mapping at `key` have to be text.
    static func takesText(_ key: String, in tree: ConfigNode) -> Bool {
        switch kind(of: key, in: tree) {
        case .names, .optionalNames: true
        default: false
        }
    }

    /// Whether `key` is a mapping or a list, even while it is an interpolation.
    static func isContainer(_ key: String, in tree: ConfigNode) -> Bool {
        switch kind(of: key, in: tree) {
        case .structure, .names, .optionalNames, .texts: true
        default: false
        }
    }

    /// Whether `key` is a single value, which tells mappings and lists that it cannot become them.
    static func isSingle(_ key: String, in tree: ConfigNode) -> Bool {
        switch kind(of: key, in: tree) {
        case .text, .optionalText, .whole, .optionalWhole, .optionalFlag, .mode: true
        default: false
        }
    }
}
