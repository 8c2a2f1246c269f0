internal import OrderedCollections

/// Applies overrides about values to a composed tree, whose keys are closed: only `+` adds one.
struct OverrideApplication {
    /// Keys that exist although the tree does not name them: those a schema has defaults for.
    var isKnownKey: @Sendable (String) -> Bool = { _ in false }
    /// Adds to an error about a key what the schema knows, such as the nearest key.
    var hint: @Sendable (String) -> String? = { _ in nil }

    /// Applies `override` to `tree`.
    func apply(_ override: Override, to tree: inout ConfigNode) throws(ConfigurationError) {
        if override.package != nil {
            throw ConfigurationError(
                .composition,
                "Override \(override.text) looks like a config group override, but config group '\(override.key)' does not exist.",
                key: override.key)
        }
        let path = Self.path(override.key)
        switch override.kind {
        case .delete: try delete(override, at: path, from: &tree)
        case .add:
            let existing = try existingValue(at: path, in: tree, for: override)
            let isContainer = override.value?.map != nil || override.value?.list != nil
            guard existing == nil || existing?.isNull == true || isContainer else {
                throw ConfigurationError(
                    .composition,
                    "Could not append to config. An item is already at '\(override.key)'. Remove the '+' to change it, or write "
                        + "'+\(override.text)' to add or change.", key: override.key)
            }
            try set(override, at: path[...], in: &tree, adds: true)
        case .forceAdd: try set(override, at: path[...], in: &tree, adds: true)
        case .change: try set(override, at: path[...], in: &tree, adds: isKnownKey(override.key))
        }
    }

    private static func path(_ key: String) -> [String] { key.split(separator: ".").map(String.init) }

    private func existingValue(at path: [String], in tree: ConfigNode, for override: Override)
        throws(ConfigurationError) -> ConfigNode?
    {
        var node = tree
        for (index, name) in path.enumerated() {
            switch node.content {
            case .map(let members):
                guard let next = members[.string(name)] else { return nil }
                node = next
            case .list(let elements):
                guard let position = Int(name), elements.indices.contains(position) else { return nil }
                node = elements[position]
            case .null: return nil
            default:
                if node.isMissing { return nil }
                let parent = path[..<index].joined(separator: ".")
                throw ConfigurationError(
                    .composition,
                    "Error merging override \(override.text): '\(parent)' is \(node.kindName) and cannot contain '\(name)'.",
                    key: override.key)
            }
        }
        return node.isMissing ? nil : node
    }

    private func cannotOverride(_ override: Override) -> ConfigurationError {
        let help = hint(override.key) ?? "To append to the config use +\(override.text)"
        return ConfigurationError(.composition, "Could not override '\(override.key)'. \(help)", key: override.key)
    }

    private func set(
        _ override: Override, at path: ArraySlice<String>, in node: inout ConfigNode, adds: Bool
    ) throws(ConfigurationError) {
        guard let name = path.first, let value = override.value else { throw cannotOverride(override) }
        let isLast = path.count == 1
        switch node.content {
        case .list(var elements):
            guard let index = Int(name), elements.indices.contains(index) else { throw cannotOverride(override) }
            if isLast {
                elements[index] = try merged(value, over: elements[index], override, adds: adds)
            } else {
                try set(override, at: path.dropFirst(), in: &elements[index], adds: adds)
            }
            node.content = .list(elements)
        case .map(var members):
            let key = ConfigNode.Key.string(name)
            guard adds || members[key] != nil else { throw cannotOverride(override) }
            if isLast {
                members[key] = try merged(value, over: members[key], override, adds: adds)
            } else {
                var child = members[key] ?? ConfigNode(.map([:]), origin: override.origin)
                // A plain value in the way gives place to a mapping; it only stays if the whole path may be made.
                if child.map == nil, child.list == nil { child = ConfigNode(.map([:]), origin: override.origin) }
                try set(override, at: path.dropFirst(), in: &child, adds: adds)
                members[key] = child
            }
            node.content = .map(members)
        default: throw cannotOverride(override)
        }
    }

    /// A mapping is merged into a mapping, a list replaces a list, and the two do not mix.
    private func merged(
        _ value: ConfigNode, over existing: ConfigNode?, _ override: Override, adds: Bool
    ) throws(ConfigurationError) -> ConfigNode {
        guard var existing else { return value }
        switch (existing.content, value.content) {
        case (.map(var members), .map(let additions)):
            for (key, addition) in additions {
                guard adds || members[key] != nil else { throw cannotOverride(override) }
                members[key] = try merged(addition, over: members[key], override, adds: adds)
            }
            existing.content = .map(members)
            existing.origin = override.origin
            return existing
        case (.map, .list), (.list, .map):
            throw ConfigurationError(
                .composition,
                "Error merging override \(override.text): \(value.kindName) cannot replace \(existing.kindName).",
                key: override.key)
        default: return value.isMissing && existing.map != nil ? existing : value
        }
    }

    private func delete(_ override: Override, at path: [String], from tree: inout ConfigNode) throws(ConfigurationError)
    {
        guard let last = path.last, var existing = try existingValue(at: path, in: tree, for: override) else {
            throw missing(override)
        }
        if existing.isInterpolation { existing = try Interpolation(tree).value(at: path) }
        guard !existing.isNull else { throw missing(override) }
        if let value = override.value, !value.isNull, !value.hasSameValues(as: existing) {
            throw ConfigurationError(
                .composition,
                "Could not delete from config. The value of '\(override.key)' is \(PythonText.str(existing)) and not "
                    + "\(PythonText.str(value)).", key: override.key)
        }
        func remove(_ path: ArraySlice<String>, from node: inout ConfigNode) {
            switch (node.content, path.first) {
            case (.map(var members), let name?):
                if path.count == 1 {
                    members.removeValue(forKey: .string(last))
                } else if var child = members[.string(name)] {
                    remove(path.dropFirst(), from: &child)
                    members[.string(name)] = child
                }
                node.content = .map(members)
            case (.list(var elements), let name?):
                guard let index = Int(name), elements.indices.contains(index) else { return }
                if path.count == 1 {
                    elements.remove(at: index)
                } else {
                    remove(path.dropFirst(), from: &elements[index])
                }
                node.content = .list(elements)
            default: break
            }
        }
        remove(path[...], from: &tree)
    }

    private func missing(_ override: Override) -> ConfigurationError {
        ConfigurationError(
            .composition, "Could not delete from config. '\(override.key)' does not exist.", key: override.key)
    }
}
