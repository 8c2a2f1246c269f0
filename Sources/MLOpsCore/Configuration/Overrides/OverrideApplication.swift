internal import OrderedCollections

/// Applies overrides about values to a composed tree, whose keys are closed: only `+` adds one.
struct OverrideApplication {
    /// Keys that exist although the tree does not name them: those a schema has defaults for.
    var isKnownKey: @Sendable (String) -> Bool = { _ in false }
    /// Adds to an error about a key what the schema knows, such as the nearest key.
    var hint: @Sendable (String) -> String? = { _ in nil }

    /// Applies `override` to `tree`.
    func apply(_ override: Override, to tree: inout ConfigNode) throws(ConfigurationError) {
        do throws(ConfigurationError) {
            if let value = override.value { try InterpolationParser.check(value) }
            try applyChecked(override, to: &tree)
        } catch  where [.interpolation, .missingValue].contains(error.code) {
            throw failure(override, error.message)
        }
    }

    private func applyChecked(_ override: Override, to tree: inout ConfigNode) throws(ConfigurationError) {
        if override.package != nil {
            throw ConfigurationError(
                .composition,
                "Override \(override.text) looks like a config group override, but config group '\(override.key)' does not exist.",
                key: override.key)
        }
        if let parsed = override.parsed, parsed.hasInnerSweep || parsed.hasNullKey {
            throw failure(override, "a sweep stands for the whole value, and null is no name.")
        }
        let path = override.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        switch override.kind {
        case .delete: try delete(override, at: path, from: &tree)
        case .add:
            let existing = try existingValue(at: path, in: tree)
            let isContainer = override.value?.map != nil || override.value?.list != nil
            guard existing == nil || existing?.isNull == true || isContainer else {
                throw ConfigurationError(
                    .composition,
                    """
                    Could not append to config. An item is already at '\(override.key)'.
                    Either remove + prefix: '\(override.text.dropFirst())'
                    Or add a second + to add or override '\(override.key)': '+\(override.text)'
                    """, key: override.key)
            }
            try set(override, at: path, in: &tree, adds: true)
        case .forceAdd: try set(override, at: path, in: &tree, adds: true)
        case .change: try set(override, at: path, in: &tree, adds: isKnownKey(override.key))
        }
    }

    private func failure(_ override: Override, _ reason: String) -> ConfigurationError {
        ConfigurationError(.composition, "Error merging override \(override.text)\n\(reason)", key: override.key)
    }

    private func cannotOverride(_ override: Override) -> ConfigurationError {
        let append = "Could not override '\(override.key)'.\nTo append to your config use +\(override.text)"
        let message = hint(override.key).map { "Could not override '\(override.key)'. \($0)" } ?? append
        return ConfigurationError(.composition, message, key: override.key)
    }

    /// The value at `path`, through interpolations; nil when there is none, or it still has to be given.
    private func existingValue(at path: [String], in tree: ConfigNode) throws(ConfigurationError) -> ConfigNode? {
        let node = try Interpolation(tree).located(at: path)?.node
        return node?.isMissing ?? true ? nil : node
    }

    // MARK: Setting

    private func set(
        _ override: Override, at path: [String], in tree: inout ConfigNode, adds: Bool
    ) throws(ConfigurationError) {
        guard let value = override.value else { throw cannotOverride(override) }
        let root = tree
        func set(_ index: Int, in node: inout ConfigNode) throws(ConfigurationError) {
            func change(_ child: inout ConfigNode) throws(ConfigurationError) {
                if index + 1 == path.count {
                    child = try merged(value, over: child, override, adds: adds, root: root, at: path)
                } else {
                    // A plain value in the way gives place to a mapping; it only stays if the whole path may be made.
                    if child.map == nil, child.list == nil { child = ConfigNode(.map([:]), origin: override.origin) }
                    try set(index + 1, in: &child)
                }
            }
            switch node.content {
            case .list(var elements):
                let isLast = index + 1 == path.count
                guard let position = Int(path[index]) else {
                    let reason =
                        isLast
                        ? "invalid literal for int() with base 10: '\(path[index])'"
                        : "Index '\(path[index])' (str) is not an int"
                    throw failure(override, "\(reason). An element of a list is named by its index.")
                }
                guard elements.indices.contains(position) else {
                    throw failure(override, "list index out of range. Write the whole list.")
                }
                try change(&elements[position])
                node.content = .list(elements)
            case .map(var members):
                let key = ConfigNode.Key.string(path[index])
                var child: ConfigNode
                if let existing = members[key] {
                    child = existing
                    try change(&child)
                } else {
                    guard adds else { throw cannotOverride(override) }
                    child = index + 1 == path.count ? value : ConfigNode(.map([:]), origin: override.origin)
                    if index + 1 < path.count { try set(index + 1, in: &child) }
                }
                members[key] = child
                node.content = .map(members)
            default: throw cannotOverride(override)
            }
        }
        try set(0, in: &tree)
    }

    /// A mapping is merged into a mapping, a list replaces a list, and the two do not mix; everything else is replaced.
    private func merged(
        _ value: ConfigNode, over existing: ConfigNode, _ override: Override, adds: Bool, root: ConfigNode,
        at path: [String]
    ) throws(ConfigurationError) -> ConfigNode {
        switch (existing.content, value.content) {
        case (.map(var members), .map(let additions)):
            for (key, addition) in additions {
                guard var member = members[key] else {
                    guard adds else { throw cannotOverride(override) }
                    members[key] = addition
                    continue
                }
                if addition.isMissing { continue }
                let place = path + [key.text]
                // An interpolation that means a mapping is that mapping, once something is merged into it.
                if member.isInterpolation, addition.map != nil || addition.list != nil,
                    let meaning = try? Interpolation(root).meaning(at: place), meaning.map != nil || meaning.list != nil
                {
                    member = meaning
                }
                members[key] = try merged(addition, over: member, override, adds: adds, root: root, at: place)
            }
            return ConfigNode(.map(members), origin: override.origin)
        case (.map, .list), (.list, .map):
            throw failure(override, "\(value.kindName) cannot replace \(existing.kindName).")
        default: return value
        }
    }

    // MARK: Deleting

    private func delete(_ override: Override, at path: [String], from tree: inout ConfigNode) throws(ConfigurationError)
    {
        let missing = ConfigurationError(
            .composition, "Could not delete from config. '\(override.key)' does not exist.", key: override.key)
        let whole = Interpolation(tree)
        guard let last = path.last, let existing = try existingValue(at: path, in: tree), !existing.isNull,
            let parent = try whole.located(at: path.dropLast()), let place = parent.path
        else { throw missing }
        if let value = override.value, !value.isNull {
            let resolved = try whole.value(at: path)
            guard value.hasSameValues(as: resolved) else {
                throw ConfigurationError(
                    .composition,
                    "Could not delete from config. The value of '\(override.key)' is \(PythonText.str(existing)) and not "
                        + "\(PythonText.str(value)).", key: override.key)
            }
        }
        guard !HydraSettings.isFixed(override.key) else {
            throw failure(override, "Hydra's own settings can be changed, but not deleted.")
        }
        guard parent.node.map != nil else {
            throw failure(
                override,
                "list indices must be integers or slices, not str: an element of a list cannot be deleted. "
                    + "Write the whole list.")
        }
        func remove(_ path: ArraySlice<String>, from node: inout ConfigNode) {
            guard let name = path.first else {
                node[last] = nil
                return
            }
            switch node.content {
            case .map:
                guard var child = node[name] else { return }
                remove(path.dropFirst(), from: &child)
                node[name] = child
            case .list(var elements):
                guard let index = Int(name), elements.indices.contains(index) else { return }
                remove(path.dropFirst(), from: &elements[index])
                node.content = .list(elements)
            default: return
            }
        }
        remove(place[...], from: &tree)
    }
}
