internal import OrderedCollections

/// The conversion of Hydra's own settings to the types that Hydra gives them.
extension HydraSettings {
    /// Returns `tree` with the settings in it converted to the types that Hydra gives them.
    ///
    /// - Parameter isOpen: whether other keys may stand there: `+hydra.key=value` adds one.
    /// - Parameter config: the configuration that was merged last, which says `source`; nil: `override` was applied to
    ///   `before`.
    static func checked(
        _ tree: ConfigNode, isOpen: Bool, config: String? = nil, source: ConfigNode? = nil, override: Override? = nil,
        before: ConfigNode? = nil
    ) throws(ConfigurationError) -> ConfigNode {
        guard let hydra = tree["hydra"] else { return tree }
        var checked = tree
        let check = Check(
            tree: tree, isOpen: isOpen, config: config, source: source, override: override, before: before)
        checked["hydra"] = try check.converted(hydra, at: "hydra")
        return checked
    }

    /// One pass over the settings.
    private struct Check {
        let tree: ConfigNode
        let isOpen: Bool
        let config: String?
        let source: ConfigNode?
        let override: Override?
        let before: ConfigNode?

        /// Whether what was done last went into a mapping or list at `key` or around it; what takes a value's place is converted.
        private func isMerged(at key: String) -> Bool {
            guard let override else { return true }
            func isContainer(_ node: ConfigNode?) -> Bool { node?.map != nil || node?.list != nil }
            func existed(_ key: String) -> Bool {
                isContainer(before?[key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)])
            }
            if override.key.hasPrefix(key + ".") { return existed(key) }
            return isContainer(override.value) && existed(override.key)
        }

        /// Whether what was done last can have changed the setting `key`: Hydra converts what is assigned, and no more.
        private func concerns(_ key: String) -> Bool {
            guard let changed = override?.key, !changed.isEmpty else { return true }
            return key == changed || key.hasPrefix(changed + ".") || changed.hasPrefix(key + ".")
        }

        func converted(_ node: ConfigNode, at key: String) throws(ConfigurationError) -> ConfigNode {
            guard concerns(key) else { return node }
            guard let kind = HydraSettings.kind(of: key, in: tree) else {
                // What a group's file put there by itself stays.
                if isOpen || said(at: key) == nil { return node }
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

        /// What the configuration that was merged last says of the setting `key`.
        private func said(at key: String) -> ConfigNode? {
            let names = key.split(separator: ".", omittingEmptySubsequences: false).dropFirst().map(String.init)
            return names.reduce(source) { node, name in node?.map?.first { $0.key.text == name }?.value }
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
            // What an override below this setting needs is an empty mapping first.
            let isAround = override.map { $0.key.hasPrefix(key + ".") } ?? false
            let shown =
                isAround && node.map != nil
                ? "{}" : typed.flatMap { $0.isContainer ? $0.printed : nil } ?? PythonText.str(node)
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
            // That nothing is left to hold the settings is noticed at the end.
            case (.structure, .null) where key == "hydra" && config != nil: return node
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
                            of: element, place, HydraSettings.nullForText)
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
                    // OmegaConf takes a mapping or a list that is merged for what it is.
                    let isPlain = !isMerged(at: inner) || member.map == nil && member.list == nil
                    out[name] = isPlain && concerns(inner) ? try converted(member, as: kind, at: inner) : member
                }
                return made(.map(out))
            case (.names(_, let name), _), (.optionalNames(_, let name), _):
                throw refuse("Cannot assign \(type) to \(name)")
            case (.structure, .map(let members)), (.plugin, .map(let members)):
                var out = members
                // The first mistake is the first in the order in which the configuration says things.
                let order = OrderedSet((config == nil ? nil : said(at: key)?.map?.keys.elements) ?? []).union(
                    members.keys)
                for name in order {
                    guard let member = members[name] else { continue }
                    out[name] = try converted(member, at: "\(key).\(name.text)")
                }
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
