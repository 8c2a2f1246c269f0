internal import OrderedCollections

/// Finding values by their keys.
extension InterpolationEvaluation {
    /// Returns a path from the root: `dots` mappings up from the value at `path`, then along `names`.
    func absolute(_ names: [String], dots: Int, of node: ConfigNode, at path: [String]) throws(ConfigurationError)
        -> [String]
    {
        guard dots > 0 else { return names }
        guard dots <= path.count else {
            throw ConfigurationError(
                .interpolation, "Error resolving key: '\(node.excerpt)' goes above the root.",
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
    /// - Throws: ``ConfigurationError`` when there is none, or it still has to be given.
    func lookUp(_ path: [String], from origin: ConfigOrigin) throws(ConfigurationError) -> Located {
        let key = path.joined(separator: ".")
        guard let located = try select(path, from: origin) else {
            throw ConfigurationError(.interpolation, "Interpolation key '\(key)' not found.", key: key, at: origin)
        }
        guard !located.node.isMissing || located.path == nil else {
            throw ConfigurationError(
                .interpolation,
                "Missing mandatory value: interpolation key '\(key)' still has to be given (it is ???).",
                key: key, at: origin)
        }
        return located
    }

    /// Returns the value at `path`, through interpolations on the way; nil when there is none.
    ///
    /// - Throws: ``ConfigurationError`` when an element of a list is asked for by a name.
    func select(_ path: [String], from origin: ConfigOrigin) throws(ConfigurationError) -> Located? {
        var located = Located(node: root, path: [])
        for name in path {
            let next: ConfigNode?
            switch located.node.content {
            case .map(let members): next = members[.string(name)]
            case .list(let elements):
                guard let index = Self.index(name) else {
                    throw ConfigurationError(
                        .interpolation, "Index '\(name)' of a list is not a whole number.",
                        key: path.joined(separator: "."), at: origin)
                }
                next = elements.indices.contains(index) ? elements[index] : nil
            default: next = nil
            }
            guard let next else { return nil }
            guard let place = located.path else {
                located.node = next
                continue
            }
            located = try dereferenced(next, at: place + [name])
        }
        return located
    }

    /// The whole number that Python's `int` reads.
    private static func index(_ name: String) -> Int? {
        let text = name.filter { $0 != "_" && $0 != " " }
        return Int(text)
    }
}
