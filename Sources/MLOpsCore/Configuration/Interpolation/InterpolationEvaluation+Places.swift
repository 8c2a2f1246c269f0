internal import OrderedCollections

/// Finding values by their keys.
extension InterpolationEvaluation {
    /// Returns a path from the root: `dots` mappings up from the value at `path`, then along `names`.
    ///
    /// - Parameter reason: how the error begins that is thrown when that is above the root.
    func absolute(
        _ names: [String], dots: Int, of node: ConfigNode, at path: [String],
        reason: String = "ConfigKeyError while resolving interpolation:"
    ) throws(ConfigurationError) -> [String] {
        guard dots > 0 else { return names }
        guard dots <= path.count else {
            let written = String(repeating: ".", count: dots) + names.joined(separator: ".")
            throw ConfigurationError(
                .interpolation, "\(reason) Error resolving key '\(written)': it goes above the root.",
                key: path.joined(separator: "."), at: node.origin)
        }
        return path.dropLast(dots) + names
    }

    /// Splits `a.b[c].d` into its names; nothing between two points is an empty name.
    static func names(_ key: String) -> [String] {
        guard !key.isEmpty else { return [] }
        var names: [String] = []
        var rest = key[...]
        let head = rest.prefix { $0 != "." && $0 != "[" }
        rest = rest.dropFirst(head.count)
        if !(head.isEmpty && rest.first == "[") { names.append(String(head)) }
        while let first = rest.first {
            rest.removeFirst()
            if first == "." {
                let name = rest.prefix { $0 != "." && $0 != "[" }
                names.append(String(name))
                rest = rest.dropFirst(name.count)
            } else if first == "[", let end = rest.firstIndex(of: "]") {
                names.append(String(rest[..<end]))
                rest = rest[rest.index(after: end)...]
            }
        }
        return names
    }

    /// Returns the value at `path`.
    ///
    /// - Parameter written: what an error calls it; nil: its names with points between them.
    /// - Throws: ``ConfigurationError`` when there is none, or it still has to be given.
    func lookUp(_ path: [String], written: String? = nil, from origin: ConfigOrigin) throws(ConfigurationError)
        -> Located
    {
        let key = path.joined(separator: ".")
        guard let located = try select(path, from: origin, written: written, refuses: .missingAndPlain) else {
            throw ConfigurationError(
                .interpolation, "Interpolation key '\(written ?? key)' not found.", key: key, at: origin)
        }
        return located
    }

    /// What a search refuses on its way, besides a name where an index is expected.
    enum Refusal {
        /// Nothing: what cannot be reached is not there.
        case none
        /// A value that still has to be given.
        case missing
        /// Such a value, and a key below a value that is neither a mapping nor a list.
        case missingAndPlain
    }

    /// Returns the value at `path`, through interpolations on the way; nil when there is none.
    ///
    /// - Throws: ``ConfigurationError`` when an element of a list is asked for by a name, and for what `refusal` says.
    func select(
        _ path: [String], from origin: ConfigOrigin, written: String? = nil, refuses refusal: Refusal = .none
    ) throws(ConfigurationError) -> Located? {
        func failure(_ message: String) -> ConfigurationError {
            ConfigurationError(.interpolation, message, key: path.joined(separator: "."), at: origin)
        }
        var located = Located(node: root, path: [])
        for (index, name) in path.enumerated() {
            let next: ConfigNode?
            switch located.node.content {
            case .map(let members): next = members[.string(name)]
            case .list(let elements):
                guard let index = Self.index(name) else {
                    throw failure(
                        "TypeError raised while resolving interpolation: Index '\(name)' (str) is not an int.")
                }
                next = elements.indices.contains(index) ? elements[index] : nil
            default:
                if located.node.isMissing { return nil }
                guard refusal == .missingAndPlain else { return nil }
                let parent = path[..<index].joined(separator: ".")
                throw failure(
                    "ConfigTypeError raised while resolving interpolation: Error trying to access "
                        + "\(written ?? path.joined(separator: ".")): node `\(parent)` is not a container and thus "
                        + "cannot contain `\(name)`.")
            }
            guard let next else { return nil }
            if next.isMissing, located.path != nil, refusal != .none {
                let key = fullKey(Array(path[...index]))
                throw ConfigurationError(
                    .missingValue,
                    "MissingMandatoryValue while resolving interpolation: Missing mandatory value: \(key). "
                        + "Give it a value.",
                    key: key, at: origin)
            }
            if let home = located.home {
                guard let found = try settings(home.path + [name], in: home.tree) else { return nil }
                located = found
                continue
            }
            guard let place = located.path else {
                located.node = next
                continue
            }
            located = try dereferenced(next, at: place + [name], isGoal: index + 1 == path.count)
        }
        return located
    }

    /// Returns the value at `path` of the tree of Hydra's settings; nil when there is none.
    func settings(_ path: [String], in tree: Interpolation) throws(ConfigurationError) -> Located? {
        guard let found = try tree.located(at: path) else { return nil }
        return Located(node: found.node, path: nil, home: found.path.map { (tree, $0) })
    }

    /// Whether the value at `place` comes before the one at `path`, and does not hold it.
    func precedes(_ place: [String], _ path: [String]) -> Bool {
        var node: ConfigNode? = root
        for (name, other) in zip(place, path) {
            guard name == other else {
                switch node?.content {
                case .map(let members):
                    guard let index = members.index(forKey: .string(name)) else { return false }
                    return members.index(forKey: .string(other)).map { index < $0 } ?? false
                case .list: return (Int(name) ?? 0) < (Int(other) ?? 0)
                default: return false
                }
            }
            node = node?[[name]]
        }
        return false
    }

    /// A path as OmegaConf writes it: `a.b[0].c`. What a resolver made has no name of its own: `a..c`, without the second point.
    func fullKey(_ path: [String]) -> String {
        var out = ""
        var node: ConfigNode? = root
        var joint = ""
        for (index, name) in path.enumerated() {
            let isElement = node?.list != nil
            if let located = made[Array(path[...index])] {
                node = located.node
                joint = isElement || out.isEmpty ? "" : "."
                continue
            }
            out += isElement ? "\(joint)[\(name)]" : joint + name
            joint = ""
            node = node?[[name]]
            if node?.list == nil { joint = "." }
        }
        return out
    }

    /// OmegaConf's lines about the value at `path`.
    func place(_ path: [String]) -> String {
        let parent = Array(path.dropLast())
        let holder = made[parent]?.node ?? root[parent]
        return ConfigurationError.place(
            fullKey(path), in: holder?.list != nil ? "list" : "dict",
            reference: holder?.declaredType == .list ? "Optional[List[Any]]" : nil)
    }

    /// The whole number that Python's `int` reads.
    private static func index(_ name: String) -> Int? {
        let text = name.filter { $0 != "_" && $0 != " " }
        return Int(text)
    }
}
