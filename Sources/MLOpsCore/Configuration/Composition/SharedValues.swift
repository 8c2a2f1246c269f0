internal import OrderedCollections

/// What configurations that a composition names more than once share with the tree.
///
/// Hydra reads each file once. Merged at the root, its mappings and lists become parts of the tree, uncopied, unless there
/// is one already; what is merged into them later is then in the configuration too, wherever it is named again.
struct SharedValues {
    /// A configuration that was merged at the root.
    private struct Config {
        var node: ConfigNode
        /// The mappings and lists of the tree that are its own.
        var paths: [[ConfigNode.Key]]
    }

    private let repeated: Set<String>
    private var configs: [String: Config] = [:]

    init(_ entries: [DefaultsList.Entry]) {
        var seen: Set<String> = []
        var repeated: Set<String> = []
        for entry in entries where !seen.insert(entry.config).inserted { repeated.insert(entry.config) }
        self.repeated = repeated
    }

    /// Returns the configuration `name`, whose file says `node`, as it is by now.
    func values(of name: String, as node: ConfigNode, in tree: ConfigNode) -> ConfigNode {
        guard let config = configs[name] else { return node }
        return config.paths.reduce(config.node) { node, path in
            tree.value(at: path).map { node.putting($0, at: path[...]) } ?? node
        }
    }

    /// Notes what merging `node`, the configuration of `entry`, over `tree` will share, and what it will take away.
    mutating func prepare(
        _ entry: DefaultsList.Entry, node: ConfigNode, tree: ConfigNode, context: Interpolation.Context
    ) {
        guard !repeated.isEmpty else { return }
        for (name, config) in configs {
            var config = config
            config.paths.removeAll { path in
                guard node.replacesValue(at: path[...]) else { return false }
                if let value = tree.value(at: path) { config.node = config.node.putting(value, at: path[...]) }
                return true
            }
            configs[name] = config
        }
        guard entry.package.isEmpty, repeated.contains(entry.config), configs[entry.config] == nil else { return }
        var paths: [[ConfigNode.Key]] = []
        func share(_ node: ConfigNode, over target: ConfigNode, at path: [ConfigNode.Key]) {
            for (key, value) in node.map ?? [:] where value.isContainer {
                var existing = target.map?[key]
                if let node = existing, node.isInterpolation {
                    let interpolation = Interpolation(tree, context: context)
                    existing = interpolation.container(meantBy: node, at: (path + [key]).map(\.text))?.node
                }
                guard let existing, existing.isContainer else {
                    paths.append(path + [key])
                    continue
                }
                share(value, over: existing, at: path + [key])
            }
        }
        share(node, over: tree, at: [])
        configs[entry.config] = Config(node: node, paths: paths)
    }
}

extension ConfigNode {
    /// Whether this is a mapping or a list.
    fileprivate var isContainer: Bool { map != nil || list != nil }

    /// The value at `path`, name by name.
    fileprivate func value(at path: [Key]) -> ConfigNode? {
        path.reduce(Optional(self)) { $0?.map?[$1] }
    }

    /// The same tree with `node` at `path`, whose mappings are there.
    fileprivate func putting(_ node: ConfigNode, at path: ArraySlice<Key>) -> ConfigNode {
        guard let key = path.first else { return node }
        guard case .map(var members) = content, let member = members[key] else { return self }
        members[key] = member.putting(node, at: path.dropFirst())
        return ConfigNode(.map(members), origin: origin)
    }

    /// Whether this tree, merged over another one, puts another value in the place of the mapping or list at `path`, or
    /// of one around it.
    fileprivate func replacesValue(at path: ArraySlice<Key>) -> Bool {
        guard let key = path.first else { return !isContainer && !isMissing }
        guard let members = map else { return !isContainer && !isMissing }
        return members[key]?.replacesValue(at: path.dropFirst()) ?? false
    }
}
