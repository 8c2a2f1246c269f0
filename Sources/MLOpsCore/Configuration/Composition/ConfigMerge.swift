internal import OrderedCollections

/// Lays one tree over another.
enum ConfigMerge {
    /// Merges `source` into the mapping `target`: mappings member by member, lists and everything else as a whole.
    ///
    /// A name keeps its first place; `???` never covers a value. A mapping over a list, or a list over a mapping, is an error.
    static func merge(_ source: ConfigNode, into target: inout ConfigNode, config: String) throws(ConfigurationError) {
        let root = target
        try merge(source, into: &target, root: root, path: [], config: config)
    }

    private static func merge(
        _ source: ConfigNode, into target: inout ConfigNode, root: ConfigNode, path: [String], config: String
    ) throws(ConfigurationError) {
        if source.isMissing { return }
        // An interpolation that means a mapping is that mapping, once something is merged into it.
        if target.isInterpolation, source.map != nil || source.list != nil,
            let meaning = try? Interpolation(root).meaning(at: path), meaning.map != nil || meaning.list != nil
        {
            target = meaning
        }
        switch (target.content, source.content) {
        case (.map(var members), .map(let additions)):
            target.content = .null
            for (key, value) in additions {
                if var existing = members[key] {
                    try merge(value, into: &existing, root: root, path: path + [key.text], config: config)
                    members[key] = existing
                } else {
                    members[key] = value
                }
            }
            target.content = .map(members)
        case (.map, .list), (.list, .map):
            throw ConfigurationError(
                .composition,
                "In '\(config)': ConfigTypeError raised while composing config: Cannot merge DictConfig with ListConfig: "
                    + "'\(path.joined(separator: "."))' is \(target.kindName) elsewhere "
                    + "(\(target.origin)), and \(source.kindName) here.",
                key: path.joined(separator: "."), at: source.origin)
        default: target = source
        }
    }

    /// Puts `node` below the dotted `package`; an empty one leaves it where it is.
    static func embed(_ node: ConfigNode, package: String) -> ConfigNode {
        guard !package.isEmpty else { return node }
        return package.split(separator: ".", omittingEmptySubsequences: false).reversed().reduce(node) { inner, name in
            ConfigNode(.map([.string(String(name)): inner]), origin: inner.origin)
        }
    }
}
