internal import OrderedCollections

/// What Hydra's own settings take: its structured configuration, as far as it means something here.
extension HydraSettings {
    private enum Kind {
        case text, optionalText, whole, optionalFlag, mode, list, structure, open, anything
    }

    private static let kinds: [String: Kind] = [
        "hydra": .structure, "hydra.run": .structure, "hydra.sweep": .structure, "hydra.overrides": .structure,
        "hydra.job": .structure, "hydra.job.config": .structure, "hydra.job.config.override_dirname": .structure,
        "hydra.runtime": .structure, "hydra.help": .structure, "hydra.hydra_help": .structure,
        "hydra.run.dir": .text, "hydra.sweep.dir": .text, "hydra.sweep.subdir": .text, "hydra.job.name": .text,
        "hydra.job.override_dirname": .text, "hydra.job.id": .text, "hydra.job.num": .whole,
        "hydra.job.chdir": .optionalFlag, "hydra.job.config_name": .optionalText, "hydra.output_subdir": .optionalText,
        "hydra.mode": .mode, "hydra.searchpath": .list, "hydra.overrides.hydra": .list, "hydra.overrides.task": .list,
        "hydra.job.env_copy": .list, "hydra.job.config.override_dirname.kv_sep": .text,
        "hydra.job.config.override_dirname.item_sep": .text, "hydra.job.config.override_dirname.exclude_keys": .list,
        "hydra.job.env_set": .open, "hydra.hydra_logging": .open, "hydra.job_logging": .open,
        "hydra.launcher": .anything, "hydra.env": .anything, "hydra.sweeper": .anything, "hydra.callbacks": .open,
        "hydra.verbose": .anything, "hydra.help.app_name": .text, "hydra.help.header": .text,
        "hydra.help.footer": .text, "hydra.help.template": .text, "hydra.hydra_help.template": .text,
        "hydra.hydra_help.hydra_help": .text, "hydra.runtime.version": .text, "hydra.runtime.version_base": .text,
        "hydra.runtime.cwd": .text, "hydra.runtime.config_sources": .anything, "hydra.runtime.output_dir": .text,
        "hydra.runtime.choices": .open,
    ]

    /// Whether `key` is one of Hydra's own, which can be changed but not deleted.
    static func isFixed(_ key: String) -> Bool { kinds[key] != nil }

    /// Checks the settings in `tree`: that they have the types Hydra gives them, and no other keys.
    ///
    /// - Parameter isOpen: whether other keys may stand there: `+hydra.key=value` adds one.
    /// - Parameter config: the configuration that was merged last; nil: overrides were applied.
    static func check(_ tree: ConfigNode, isOpen: Bool, config: String? = nil) throws(ConfigurationError) {
        guard let hydra = tree["hydra"] else { return }
        try check(hydra, "hydra", isOpen: isOpen, config: config)
    }

    private static func check(_ node: ConfigNode, _ key: String, isOpen: Bool, config: String?)
        throws(ConfigurationError)
    {
        func refuse(_ reason: String, _ type: String = "ValidationError") -> ConfigurationError {
            let place =
                if let config {
                    "In '\(config)': \(type) raised while composing config: "
                } else if case .override(let text) = node.origin.place {
                    "Error merging override \(text): "
                } else { "" }
            return ConfigurationError(.composition, "\(place)'\(key)' \(reason).", key: key, at: node.origin)
        }
        guard let kind = kinds[key] else {
            guard isOpen else { throw refuse("is not one of Hydra's settings", "ConfigKeyError") }
            return
        }
        // What is to come, or is written as an interpolation, has the type that it turns out to have.
        if node.isMissing || node.isInterpolation || kind == .anything { return }
        switch (kind, node.content) {
        case (.structure, .map(let members)):
            for (name, member) in members { try check(member, "\(key).\(name.text)", isOpen: isOpen, config: config) }
        case (.text, .string), (.text, .bool), (.text, .integer), (.text, .number): return
        case (.optionalText, .list), (.optionalText, .map): throw refuse("takes text, or null")
        case (.optionalText, _): return
        case (.whole, .integer): return
        case (.whole, .string(let text)) where Int(text) != nil: return
        case (.optionalFlag, .null), (.optionalFlag, .bool), (.optionalFlag, .integer): return
        case (.optionalFlag, .string(let text))
        where ["true", "yes", "on", "y", "1", "false", "no", "off", "n", "0"].contains(text.lowercased()):
            return
        case (.mode, .null), (.mode, .integer(1)), (.mode, .integer(2)): return
        case (.mode, .string(let text))
        where ["RUN", "MULTIRUN", "RunMode.RUN", "RunMode.MULTIRUN"].contains(text):
            return
        case (.list, .list), (.open, .map): return
        case (.text, _): throw refuse("takes text, not \(node.kindName)")
        case (.whole, _): throw refuse("takes a whole number, not \(node.kindName)")
        case (.optionalFlag, _): throw refuse("takes true, false or null, not \(node.kindName)")
        case (.mode, _): throw refuse("is RUN, MULTIRUN or null")
        case (.list, _): throw refuse("takes a list, not \(node.kindName)")
        default: throw refuse("takes a mapping, not \(node.kindName)")
        }
    }
}
