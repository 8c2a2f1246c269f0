internal import OrderedCollections

/// What Hydra's own settings take: its structured configuration, which converts what it can and refuses the rest.
extension HydraSettings {
    private indirect enum Kind: Hashable, Sendable {
        case text, optionalText, whole, optionalWhole, optionalFlag, mode, texts, anything
        /// A mapping from names to values of a kind; its name in Python.
        case names(Kind, String)
        case optionalNames(Kind, String)
        /// A mapping with a fixed set of keys; the name of its class.
        case structure(String)
        /// A structure that may be replaced by anything, which then has no type.
        case plugin(String)
    }

    private static let kinds: [String: Kind] = [
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
    private static func kind(of key: String, in tree: ConfigNode) -> Kind? {
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

    private static func place(
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

    /// Whether `key` is a mapping whose names are free, or a structure.
    private static func isNames(_ key: String, in tree: ConfigNode) -> Bool {
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

    /// Returns `tree` with the settings in it converted to the types that Hydra gives them.
    ///
    /// - Parameter isOpen: whether other keys may stand there: `+hydra.key=value` adds one.
    /// - Parameter config: the configuration that was merged last, which says `source`; nil: `override` was applied.
    static func checked(
        _ tree: ConfigNode, isOpen: Bool, config: String? = nil, source: ConfigNode? = nil, override: Override? = nil
    ) throws(ConfigurationError) -> ConfigNode {
        guard let hydra = tree["hydra"] else { return tree }
        var checked = tree
        checked["hydra"] = try Check(tree: tree, isOpen: isOpen, config: config, source: source, override: override)
            .converted(hydra, at: "hydra")
        return checked
    }

    /// One pass over the settings.
    private struct Check {
        let tree: ConfigNode
        let isOpen: Bool
        let config: String?
        let source: ConfigNode?
        let override: Override?

        func converted(_ node: ConfigNode, at key: String) throws(ConfigurationError) -> ConfigNode {
            guard let kind = kind(of: key, in: tree) else {
                // What a group's file put there by itself stays.
                let names = key.split(separator: ".", omittingEmptySubsequences: false).dropFirst().map(String.init)
                let said = names.reduce(source) { node, name in node?.map?.first { $0.key.text == name }?.value }
                if isOpen || said == nil { return node }
                let parent = key.lastIndex(of: ".").map { String(key[..<$0]) } ?? ""
                let name = key.dropFirst(parent.count + 1)
                switch HydraSettings.kind(of: parent, in: tree) {
                case .structure(let type)?, .plugin(let type)?:
                    throw refusal(of: node, key, "Key '\(name)' not in '\(type)'", "ConfigKeyError")
                default: return node
                }
            }
            return try converted(node, as: kind, at: key)
        }

        private func refusal(
            of node: ConfigNode, _ key: String, _ reason: String, _ type: String = "ValidationError"
        ) -> ConfigurationError {
            let parent = key.lastIndex(of: ".").map { String(key[..<$0]) } ?? ""
            let place =
                if let config {
                    "In '\(config)': \(type) raised while composing config:\n"
                } else if case .override(let text) = node.origin.place {
                    "Error merging override \(text)\n"
                } else { "" }
            let isWhole = config != nil && (type == "ConfigTypeError" || reason.hasPrefix("Merge error"))
            let isUnset = reason.hasSuffix("is not Optional") && config != nil
            let isOwn = type == "ConfigTypeError" || isUnset && HydraSettings.isNames(key, in: tree)
            let isInList = key.hasSuffix("]")
            let lines =
                isWhole
                ? ConfigurationError.place("")
                : isOwn
                    ? HydraSettings.place(of: key, list: kinds[key] == .texts ? node : nil, in: tree)
                    : isInList
                        ? ConfigurationError.place(key, in: "list", reference: "List[str]")
                        : HydraSettings.place(
                            of: parent, calling: key, in: tree)
            return ConfigurationError(.composition, "\(place)\(reason)\(lines)", key: key, at: node.origin)
        }

        private func converted(
            _ node: ConfigNode, as kind: Kind, at key: String
        ) throws(ConfigurationError) -> ConfigNode {
            // What is to come, or is written as an interpolation, has the type that it turns out to have.
            if node.isMissing || kind == .anything { return node }
            if node.isInterpolation, config == nil || HydraSettings.className(of: key, in: tree) == nil { return node }
            let typed = override.flatMap { $0.key == key ? $0.parsed : nil }
            let shown = typed.flatMap { $0.isContainer ? $0.printed : nil } ?? PythonText.str(node)
            let type = config == nil ? PythonText.typeName(node) : PythonText.configTypeName(node)
            func made(_ content: ConfigNode.Content) -> ConfigNode { ConfigNode(content, origin: node.origin) }
            func refuse(_ reason: String, _ type: String = "ValidationError") -> ConfigurationError {
                refusal(of: node, key, reason, type)
            }
            func unset(_ type: String) -> ConfigurationError {
                refuse(
                    config == nil || type.isEmpty || key.hasPrefix("hydra.job.env_set.")
                        || key.hasPrefix("hydra.sweeper.params.")
                        ? "field '\(key)' is not Optional" : "Incompatible value 'None' for field of type '\(type)'")
            }
            switch (kind, node.content) {
            case (.optionalText, .null), (.optionalWhole, .null), (.optionalFlag, .null), (.mode, .null),
                (.optionalNames, .null):
                return node
            case (.text, .null): throw unset("str")
            case (.whole, .null): throw unset("int")
            case (_, .null): throw unset("")
            case (.text, .list), (.text, .map), (.optionalText, .list), (.optionalText, .map):
                throw refuse("Cannot convert '\(type)' to string: '\(shown)'")
            case (.text, _), (.optionalText, _): return made(.string(shown))
            case (.whole, .integer), (.optionalWhole, .integer), (.optionalFlag, .bool): return node
            case (.whole, .string(let text)) where Int64(text) != nil: return made(.integer(Int64(text) ?? 0))
            case (.optionalWhole, .string(let text)) where Int64(text) != nil: return made(.integer(Int64(text) ?? 0))
            case (.whole, _), (.optionalWhole, _):
                throw refuse("Value '\(shown)' of type '\(type)' could not be converted to Integer")
            case (.optionalFlag, .integer(let value)): return made(.bool(value != 0))
            case (.optionalFlag, .string(let text)) where Int64(text) != nil: return made(.bool(Int64(text) != 0))
            case (.optionalFlag, .string(let text)) where ["true", "yes", "on", "y", "1"].contains(text.lowercased()):
                return made(.bool(true))
            case (.optionalFlag, .string(let text)) where ["false", "no", "off", "n", "0"].contains(text.lowercased()):
                return made(.bool(false))
            case (.optionalFlag, _): throw refuse("Value '\(shown)' is not a valid bool (type \(type))")
            case (.mode, .integer(1)), (.mode, .string("RUN")), (.mode, .string("RunMode.RUN")):
                return made(.string("RUN"))
            case (.mode, .integer(2)), (.mode, .string("MULTIRUN")), (.mode, .string("RunMode.MULTIRUN")):
                return made(.string("MULTIRUN"))
            case (.mode, .integer), (.mode, .string), (.mode, .bool):
                throw refuse("Invalid value '\(shown)', expected one of [RUN, MULTIRUN]")
            case (.mode, _): throw refuse("Value \(shown) (\(type)) is not a valid input for <enum 'RunMode'>")
            case (.texts, .list(let elements)):
                var out: [ConfigNode] = []
                for (index, element) in elements.enumerated() {
                    let place = "\(key)[\(index)]"
                    guard !element.isNull else {
                        throw refusal(
                            of: element, place, "Invalid type assigned: NoneType is not a subclass of str. value: None")
                    }
                    // OmegaConf takes a list in a list of text for what it is.
                    let isPlain = element.map == nil && element.list == nil
                    out.append(isPlain ? try converted(element, as: .text, at: place) : element)
                }
                return made(.list(out))
            case (.texts, .map), (.names, .list), (.optionalNames, .list), (.structure, .list):
                throw refuse("Cannot merge DictConfig with ListConfig", "ConfigTypeError")
            case (.texts, _):
                let type = config == nil ? type : "AnyNode"
                throw refuse("Invalid value assigned: \(type) is not a ListConfig, list or tuple.")
            case (.names(let kind, _), .map(let members)), (.optionalNames(let kind, _), .map(let members)):
                var out: OrderedDictionary<ConfigNode.Key, ConfigNode> = [:]
                for (name, member) in members {
                    let inner = "\(key).\(name.text)"
                    guard case .string = name else {
                        let type = PythonText.typeName(ConfigNode(key: name, origin: node.origin))
                        throw refusal(
                            of: member, inner, "Key \(name.text) (\(type)) is incompatible with (str)",
                            "KeyValidationError")
                    }
                    // OmegaConf takes a mapping or a list of a file for what it is.
                    let isPlain = config == nil || member.map == nil && member.list == nil
                    out[name] = isPlain ? try converted(member, as: kind, at: inner) : member
                }
                return made(.map(out))
            case (.names(_, let name), _), (.optionalNames(_, let name), _):
                throw refuse("Cannot assign \(type) to \(name)")
            case (.structure, .map(let members)), (.plugin, .map(let members)):
                var out = members
                for (name, member) in members { out[name] = try converted(member, at: "\(key).\(name.text)") }
                return ConfigNode(.map(out), like: node, origin: node.origin)
            case (.plugin, _), (.anything, _): return node
            case (.structure(let name), _):
                throw refuse(
                    config == nil
                        ? "Invalid type assigned: \(type) is not a subclass of \(name). value: \(shown)"
                        : "Merge error: \(type) is not a subclass of \(name). value: \(shown)")
            }
        }
    }
}
