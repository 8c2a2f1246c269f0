internal import OrderedCollections

/// Lays one tree over another.
///
/// Mappings are merged member by member, lists and everything else replaced as a whole. A name keeps its first place; `???`
/// never covers a value. A mapping over a list, or a list over a mapping, is a conflict. An interpolation that means a mapping
/// or a list becomes a copy of it once something is laid over it, even `???`; what it means depends on the tree as it is
/// then, so members that were merged before it count.
enum ConfigMerge {
    /// Why two trees do not go together.
    struct Conflict: Error {
        enum Kind {
            /// A mapping and a list.
            case mapAndList
            /// A value over one with a declared type, which takes no such value.
            case typed
            /// A name that is new where none may be added.
            case newName
        }

        let kind: Kind
        let path: [String]
        let target: ConfigNode
        let source: ConfigNode
    }

    /// A mapping into which is merged, as far as it is, and the mappings around it.
    private final class Place {
        var members: OrderedDictionary<ConfigNode.Key, ConfigNode>
        let path: [String]
        let origin: ConfigOrigin
        private let parent: (place: Place, key: ConfigNode.Key)?
        private let root: (ConfigNode) -> ConfigNode

        init(
            _ members: OrderedDictionary<ConfigNode.Key, ConfigNode>, origin: ConfigOrigin, path: [String],
            root: @escaping (ConfigNode) -> ConfigNode
        ) {
            self.members = members
            self.origin = origin
            self.path = path
            self.root = root
            parent = nil
        }

        init(
            _ members: OrderedDictionary<ConfigNode.Key, ConfigNode>, origin: ConfigOrigin, key: ConfigNode.Key,
            in place: Place
        ) {
            self.members = members
            self.origin = origin
            path = place.path + [key.text]
            root = place.root
            parent = (place, key)
        }

        /// The whole tree as it is now.
        var whole: ConfigNode { whole(with: ConfigNode(.map(members), origin: origin)) }

        private func whole(with own: ConfigNode) -> ConfigNode {
            guard let parent else { return root(own) }
            var around = parent.place.members
            around[parent.key] = own
            return parent.place.whole(with: ConfigNode(.map(around), origin: parent.place.origin))
        }
    }

    /// Returns `target`, which stands at `path`, with `source` laid over it.
    ///
    /// - Parameter addsNames: whether names may be new.
    /// - Parameter root: the whole tree with another value at `path`.
    static func merged(
        _ source: ConfigNode, over target: ConfigNode, at path: [String] = [], addsNames: Bool = true,
        context: Interpolation.Context, root: @escaping (ConfigNode) -> ConfigNode = { $0 }
    ) throws(Conflict) -> ConfigNode {
        switch (target.content, source.content) {
        case (.map(let members), .map(let additions)):
            let place = Place(members, origin: target.origin, path: path, root: root)
            try merge(additions, into: place, addsNames: addsNames, context: context)
            return ConfigNode(.map(place.members), like: target, origin: target.origin)
        case (.map, .list), (.list, .map):
            throw Conflict(kind: .mapAndList, path: path, target: target, source: source)
        case (.list, .list): return ConfigNode(source.content, like: target, origin: source.origin)
        default: return source.isMissing ? target : source
        }
    }

    private static func merge(
        _ additions: OrderedDictionary<ConfigNode.Key, ConfigNode>, into place: Place, addsNames: Bool,
        context: Interpolation.Context
    ) throws(Conflict) {
        for (key, source) in additions {
            guard var target = place.members[key] else {
                guard addsNames else {
                    let target = ConfigNode(.null, origin: source.origin)
                    throw Conflict(kind: .newName, path: place.path + [key.text], target: target, source: source)
                }
                place.members[key] = source
                continue
            }
            func conflict(_ kind: Conflict.Kind) -> Conflict {
                Conflict(kind: kind, path: place.path + [key.text], target: target, source: source)
            }
            if target.isInterpolation,
                let meaning = Interpolation(place.whole, context: context).container(
                    meantBy: target, at: place.path + [key.text])
            {
                let type = target.declaredType ?? meaning.node.declaredType
                target = meaning.node
                target.declaredType = type
                guard type != .list || target.list != nil else { throw conflict(.typed) }
                place.members[key] = target
            }
            if source.isMissing { continue }
            switch (target.content, source.content) {
            case (.map(let members), .map(let more)):
                // Taken out meanwhile, so that the members are changed in place and not copied.
                place.members[key]?.content = .null
                let inner = Place(members, origin: target.origin, key: key, in: place)
                try merge(more, into: inner, addsNames: addsNames, context: context)
                place.members[key] = ConfigNode(.map(inner.members), like: target, origin: target.origin)
            case (.map, .list), (.list, .map): throw conflict(.mapAndList)
            case (_, .map) where target.declaredType == .list: throw conflict(.mapAndList)
            default:
                place.members[key] = source
                guard let type = target.declaredType, type == .list || !source.isNull else { continue }
                guard type == .list, source.list != nil || source.isNull || source.isInterpolation else {
                    throw conflict(.typed)
                }
                place.members[key]?.declaredType = type
            }
        }
    }

    /// Merges the configuration `config` into the mapping `target`.
    static func merge(
        _ source: ConfigNode, into target: inout ConfigNode, config: String, context: Interpolation.Context
    ) throws(ConfigurationError) {
        let before = target
        target.content = .null
        do {
            target = try merged(source, over: before, context: context)
        } catch {
            let key = error.path.joined(separator: ".")
            let (type, told): (String, String) =
                if error.kind == .typed, error.target.declaredType == .list {
                    (
                        "ValidationError",
                        "Invalid value assigned: \(error.target.map == nil ? "AnyNode" : "DictConfig") is not a ListConfig, "
                            + "list or tuple.\n'\(key)' is a list elsewhere." + ConfigurationError.place(key)
                    )
                } else if let name = HydraSettings.className(of: key, in: before) {
                    (
                        "ValidationError",
                        "Merge error: \(PythonText.typeName(error.source)) is not a subclass of \(name). "
                            + "value: \(PythonText.str(error.source))" + ConfigurationError.place("")
                    )
                } else {
                    (
                        "ConfigTypeError",
                        "Cannot merge DictConfig with ListConfig: '\(key)' is \(error.target.kindName) elsewhere "
                            + "(\(error.target.origin)), and \(error.source.kindName) here."
                            + ConfigurationError.place("")
                    )
                }
            let reason = "In '\(config)': \(type) raised while composing config:"
            throw ConfigurationError(.composition, "\(reason)\n\(told)", key: key, at: error.source.origin)
        }
    }

    /// Puts `node` below the dotted `package`; an empty one leaves it where it is.
    static func embed(_ node: ConfigNode, package: String) -> ConfigNode {
        guard !package.isEmpty else { return node }
        return InterpolationEvaluation.names(package).reversed().reduce(node) { inner, name in
            ConfigNode(.map([.string(name): inner]), origin: inner.origin)
        }
    }
}
