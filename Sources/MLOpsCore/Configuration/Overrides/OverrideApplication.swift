internal import OrderedCollections

/// Applies overrides about values to a composed tree, whose keys are closed: only `+` adds one.
struct OverrideApplication {
    /// Keys that exist although the tree does not name them: those a schema has defaults for.
    var isKnownKey: @Sendable (String) -> Bool = { _ in false }
    /// Adds to an error about a key what the schema knows, such as the nearest key.
    var hint: @Sendable (String) -> String? = { _ in nil }
    /// What interpolations may look at.
    var context = Interpolation.Context()

    /// Applies `override` to `tree`.
    func apply(_ override: Override, to tree: inout ConfigNode) throws(ConfigurationError) {
        do throws(ConfigurationError) {
            try applyChecked(override, to: &tree)
        } catch  where [.interpolation, .missingValue].contains(error.code) {
            throw failure(override, error.message + (error.hasPlace ? "" : ConfigurationError.place(override.key)))
        }
    }

    private func applyChecked(_ override: Override, to tree: inout ConfigNode) throws(ConfigurationError) {
        if override.package != nil {
            throw ConfigurationError(
                .composition,
                "Override \(override.text) looks like a config group override, but config group '\(override.key)' does not exist.",
                key: override.key)
        }
        let path = try HydraSettings.followed(
            override.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init), in: tree,
            context: context)
        if override.kind != .delete {
            try refuseBelowUnsetParameters(override, at: path, in: tree)
            if let parsed = override.parsed { try refuseUnwritable(parsed, override, at: path, in: tree) }
            guard try mayMergeNames(override, at: path, in: tree) else { return }
        }
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

    func failure(_ override: Override, _ reason: String) -> ConfigurationError {
        ConfigurationError(.composition, "Error merging override \(override.text)\n\(reason)", key: override.key)
    }

    /// What to say to an override of a value that is not there; `missing` is the first name on its path that is new.
    func cannotOverride(
        _ override: Override, missing path: some Collection<String>, in tree: ConfigNode
    ) -> ConfigurationError {
        let key = Interpolation.fullKey(path.map(\.self), in: tree)
        let (name, parent) = (path.map(\.self).last ?? "", path.dropLast().joined(separator: "."))
        let reason =
            HydraSettings.className(of: parent, in: tree).map { "Key '\(name)' not in '\($0)'" }
            ?? "Key '\(name)' is not in struct"
        let place = HydraSettings.place(key, in: tree)
        let hint = override.key.hasPrefix("hydra.") ? nil : hint(override.key)
        let remedy = hint == nil ? "\nTo append to your config use +\(override.text)" : ""
        return ConfigurationError(
            .composition,
            "Could not override '\(override.key)'.\(hint.map { " \($0)" } ?? "")\(remedy)\n\(reason)\(place)",
            key: override.key)
    }

    /// The value at `path`, through interpolations; nil when there is none, or it still has to be given.
    private func existingValue(at path: [String], in tree: ConfigNode) throws(ConfigurationError) -> ConfigNode? {
        let node = try Interpolation(tree, context: context).located(at: path)?.node
        return node?.isMissing ?? true ? nil : node
    }

    // MARK: Setting

    private func set(
        _ override: Override, at path: [String], in tree: inout ConfigNode, adds: Bool
    ) throws(ConfigurationError) {
        let before = tree
        guard let value = override.value else { throw cannotOverride(override, missing: path, in: before) }
        let root = { node in before.replacing(path[...], with: node) }
        func set(_ index: Int, in node: inout ConfigNode) throws(ConfigurationError) {
            func change(_ child: inout ConfigNode) throws(ConfigurationError) {
                if index + 1 == path.count {
                    child = try merged(value, over: child, override, at: path, adds: adds, in: before, root: root)
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
                    let key = Interpolation.fullKey(Array(path[..<index]), in: before)
                    // Hydra looks at null before it looks for a place in a list of text.
                    let isWrongNull = isLast && value.isNull && HydraSettings.isTexts(key, in: before)
                    throw failure(
                        override,
                        (isWrongNull ? HydraSettings.nullForText : "list index out of range. Write the whole list.")
                            + HydraSettings.place(of: key, list: node, calling: "\(key)[\(position)]", in: before))
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
                    guard adds else { throw cannotOverride(override, missing: path[...index], in: before) }
                    let isLast = index + 1 == path.count
                    if isLast { try checkTemplates(in: value, over: nil, at: path, in: before) }
                    child = isLast ? value : ConfigNode(.map([:]), origin: override.origin)
                    if index + 1 < path.count { try set(index + 1, in: &child) }
                }
                members[key] = child
                node.content = .map(members)
            default: throw cannotOverride(override, missing: path[...index], in: before)
            }
        }
        try set(0, in: &tree)
    }

    /// A mapping is merged into a mapping, a list replaces a list, and the two do not mix; everything else is replaced.
    private func merged(
        _ value: ConfigNode, over existing: ConfigNode, _ override: Override, at path: [String], adds: Bool,
        in tree: ConfigNode, root: @escaping (ConfigNode) -> ConfigNode
    ) throws(ConfigurationError) -> ConfigNode {
        try checkTemplates(in: value, over: existing, at: path, in: tree)
        guard existing.map != nil || existing.list != nil, value.map != nil || value.list != nil else {
            guard existing.declaredType == .list else { return value }
            guard value.list != nil || value.isNull || value.isMissing || value.isInterpolation else {
                throw failure(
                    override,
                    "Invalid value assigned: \(PythonText.typeName(value)) is not a ListConfig, list or tuple."
                        + HydraSettings.place(Interpolation.fullKey(path, in: tree), in: tree))
            }
            return ConfigNode(value.content, like: existing, origin: value.origin)
        }
        let structure = HydraSettings.className(of: override.key, in: tree)
        do {
            let merged = try ConfigMerge.merged(
                value, over: existing, at: path, addsNames: adds && structure == nil, context: context, root: root)
            return ConfigNode(merged.content, like: merged, origin: override.origin)
        } catch {
            switch error.kind {
            case .newName:
                guard adds, let structure else { throw cannotOverride(override, missing: error.path, in: tree) }
                let key = error.path.joined(separator: ".")
                throw failure(
                    override,
                    "Key '\(error.path.last ?? "")' not in '\(structure)'." + HydraSettings.place(key, in: tree))
            case .typed:
                throw failure(
                    override,
                    "Invalid value assigned: AnyNode is not a ListConfig, list or tuple."
                        + ConfigurationError.place(error.path.joined(separator: ".")))
            case .mapAndList:
                let key = error.path.joined(separator: ".")
                throw failure(
                    override,
                    "Cannot merge DictConfig with ListConfig\n'\(key)': \(error.source.kindName) cannot replace "
                        + "\(error.target.kindName)."
                        + HydraSettings.place(of: key, list: error.target.list.map { _ in error.target }, in: tree))
            }
        }
    }

    // MARK: Deleting

    private func delete(_ override: Override, at path: [String], from tree: inout ConfigNode) throws(ConfigurationError)
    {
        let missing = ConfigurationError(
            .composition, "Could not delete from config. '\(override.key)' does not exist.", key: override.key)
        let whole = Interpolation(tree, context: context)
        guard let last = path.last, let existing = try whole.located(at: path), !existing.node.isMissing,
            !existing.node.isNull, let parent = try whole.located(at: path.dropLast()), let place = parent.path
        else { throw missing }
        func differs(_ shown: String) -> ConfigurationError {
            ConfigurationError(
                .composition,
                "Could not delete from config. The value of '\(override.key)' is \(PythonText.str(existing.node)) and "
                    + "not \(shown).", key: override.key)
        }
        if let parsed = override.parsed, parsed.hasInnerSweep { throw differs(parsed.representation) }
        if let value = override.value, let parsed = override.parsed, !value.isNull {
            if (value.map != nil && existing.node.map != nil) || (value.list != nil && existing.node.list != nil) {
                try InterpolationParser.check(value)
                if let found = parsed.firstUnwritable(below: "") { throw failure(override, Self.reason(found)) }
            }
            guard ConfigEquality(tree, value, context: context).isSame(existing, value) else {
                throw differs(parsed.isContainer ? parsed.printed : PythonText.str(value))
            }
        }
        if let structure = HydraSettings.structure(of: override.key, in: tree) {
            throw failure(
                override,
                "\(structure) (DictConfig) does not support deletion. Change the value instead."
                    + HydraSettings.place(override.key, in: tree))
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
