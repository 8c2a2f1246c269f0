internal import OrderedCollections

/// One resolution of a tree: what is known already, what is under way, and how much work is left.
///
/// A reference gives the value it names as it is written, with its place; what is inside is resolved there, and only
/// when it becomes part of the result. Inside text it is not: OmegaConf prints a mapping as it is written.
final class InterpolationEvaluation {
    /// A value as it is written, and its place. What a resolver made has none, and nothing in it is left to resolve.
    struct Located {
        /// What a mapping or a list is in OmegaConf.
        enum Form {
            /// A part of a configuration.
            case config
            /// A plain mapping or list of Python: an argument as it is written.
            case literal
            /// A mapping or list that a resolver made.
            case created
        }

        var node: ConfigNode
        var path: [String]?
        var form = Form.config
        /// The other tree that the value is a part of, and its place there: that of Hydra's settings.
        var home: (tree: Interpolation, path: [String])?

        /// The name of the value's type in Python.
        var typeName: String { form == .literal ? PythonText.typeName(node) : PythonText.configTypeName(node) }
    }

    let root: ConfigNode
    let context: Interpolation.Context
    /// Whether this is `OmegaConf.resolve`, value after value, and not `OmegaConf.to_container`: a reference to a value
    /// that still has to be given is such a value, and text shows mappings before it resolved.
    let isInPlace: Bool
    /// What resolvers made: nothing in it is part of the tree.
    var made: [[String]: Located] = [:]
    /// Of two names that are written alike, such as `1` and `'1'`, the text tells which is meant.
    private var known: [[String]: (text: String, value: Located)] = [:]
    private var underWay: [Visit] = []
    /// The search that is under way, by its number: OmegaConf remembers what one search was led to, and no longer.
    private var search = 0
    private var searchCount = 0
    private var opened: Set<[String]> = []
    private var stepsLeft = 200_000
    private var charactersLeft = 1 << 22
    private var depth = 0
    private static let maximumDepth = 200

    init(_ root: ConfigNode, context: Interpolation.Context, isInPlace: Bool = false) {
        self.isInPlace = isInPlace
        self.root = root
        self.context = context
    }

    /// Returns `node`, which stands at `path`, with every interpolation in it resolved.
    func resolve(_ node: ConfigNode, at path: [String]) throws(ConfigurationError) -> ConfigNode {
        stepsLeft -= 1
        guard stepsLeft > 0 else { throw tooMuch(node.origin) }
        switch node.content {
        case .map(let members):
            var out: OrderedDictionary<ConfigNode.Key, ConfigNode> = [:]
            out.reserveCapacity(members.count)
            for (key, value) in members {
                let name = PythonText.str(ConfigNode(key: key, origin: value.origin))
                out[key] = try resolve(value, at: path + [name])
            }
            return ConfigNode(.map(out), origin: node.origin)
        case .list(let elements):
            var out: [ConfigNode] = []
            for (index, element) in elements.enumerated() {
                out.append(try resolve(element, at: path + [String(index)]))
            }
            return ConfigNode(.list(out), origin: node.origin)
        case .string(let text) where text.contains("${"):
            do throws(ConfigurationError) {
                var value = try finished(try dereferenced(node, at: path))
                value.origin = node.origin
                return value
            } catch  where isInPlace && error.code == .missingValue {
                return ConfigNode(.string(ConfigNode.missing), origin: node.origin)
            } catch  where !error.hasPlace {
                throw error.adding(place(path))
            }
        default: return node
        }
    }

    /// Returns `located` with everything in it resolved.
    func finished(_ located: Located) throws(ConfigurationError) -> ConfigNode {
        if let home = located.home { return try home.tree.value(at: home.path) }
        guard let path = located.path, located.node.map != nil || located.node.list != nil else { return located.node }
        guard opened.insert(path).inserted else { throw cycle(located.node, at: path) }
        defer { opened.remove(path) }
        if located.form != .config { made[path] = located }
        return try resolve(located.node, at: path)
    }

    /// A value whose meaning is being looked up.
    private struct Visit {
        let path: [String]
        /// Whether an interpolation names the value itself, not one below it.
        let isGoal: Bool
        let search: Int
    }

    /// Returns the value at `path`, as a search of its own finds it: one by which a resolver, not an interpolation, looks
    /// for a key.
    func selectAnew(_ path: [String], from origin: ConfigOrigin) throws(ConfigurationError) -> Located? {
        let outer = search
        searchCount += 1
        search = searchCount
        defer { search = outer }
        return try select(path, from: origin)
    }

    /// Returns what `node`, which stands at `path`, means if it is an interpolation, else `node`.
    func dereferenced(
        _ node: ConfigNode, at path: [String], isGoal: Bool = false
    ) throws(ConfigurationError) -> Located {
        guard node.isInterpolation, let text = node.string else { return Located(node: node, path: path) }
        if let entry = known[path], entry.text == text { return entry.value }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw ConfigurationError(
                .tooComplex, "\(Self.tooDeep): more than \(Self.maximumDepth) interpolations lead to one another.",
                key: path.joined(separator: "."), at: node.origin)
        }
        let visit = Visit(path: path, isGoal: isGoal, search: search)
        if let first = underWay.firstIndex(where: { $0.path == path }) {
            let round = underWay[(first + 1)...] + [visit]
            throw cycle(node, at: path, isNoticed: underWay[first].search == search && round.contains(where: \.isGoal))
        }
        underWay.append(visit)
        defer { underWay.removeLast() }
        let value = try value(of: try template(text, of: node, at: path), of: node, at: path)
        known[path] = (text, value)
        return value
    }

    private func tooMuch(_ origin: ConfigOrigin) -> ConfigurationError {
        ConfigurationError(.tooComplex, "the interpolations expand to more than a configuration can hold.", at: origin)
    }

    /// What Python says of a recursion that OmegaConf does not notice.
    private static let tooDeep =
        "RecursionError raised while resolving interpolation: maximum recursion depth exceeded in comparison"

    /// What to say to a value that leads back to itself.
    ///
    /// - Parameter isNoticed: whether OmegaConf notices: when one search is led to the same value twice.
    private func cycle(_ node: ConfigNode, at path: [String], isNoticed: Bool = false) -> ConfigurationError {
        let key = path.joined(separator: ".")
        let reason = isNoticed ? "Recursive interpolation detected" : Self.tooDeep
        let what = node.string == nil ? "'\(key)'" : "'\(node.excerpt)' of '\(key)'"
        return ConfigurationError(
            .interpolation, "\(reason): \(what) leads back to itself.", key: key, at: node.origin)
    }

    // MARK: Text

    private func template(_ text: String, of node: ConfigNode, at path: [String]) throws(ConfigurationError)
        -> [InterpolationTemplate.Part]
    {
        do {
            return try InterpolationParser.parts(text)
        } catch {
            throw ConfigurationError(
                .interpolation,
                InterpolationParser.message(for: text, error),
                key: path.joined(separator: "."), at: node.origin)
        }
    }

    /// A single interpolation keeps the type of what it means; anything else is text.
    private func value(
        of parts: [InterpolationTemplate.Part], of node: ConfigNode, at path: [String]
    ) throws(ConfigurationError) -> Located {
        if parts.count == 1, case .interpolation(let expression, _) = parts[0] {
            return try value(of: expression, of: node, at: path)
        }
        return Located(
            node: ConfigNode(.string(try text(of: parts, of: node, at: path)), origin: node.origin), path: nil)
    }

    /// What a text with interpolations in it stands for.
    private enum Role { case text, key, resolver }

    private func text(
        of parts: [InterpolationTemplate.Part], of node: ConfigNode, at path: [String], as role: Role = .text
    ) throws(ConfigurationError) -> String {
        var out = ""
        for part in parts {
            switch part {
            case .text(let text): out += text
            case .interpolation(let expression, let written):
                let located = try self.value(of: expression, of: node, at: path)
                let value = located.node
                guard role == .text || value.string != nil else {
                    let type = "<class '\(PythonText.className(value))'>"
                    let shown = PythonText.str(value)
                    throw ConfigurationError(
                        .interpolation,
                        role == .resolver
                            ? "The name of a resolver must be a string, but the interpolation \(written) resolved to "
                                + "`\(shown)` which is of type \(type)"
                            : "The following interpolation is used to denote a config key and thus should return a "
                                + "string, but instead returned `\(shown)` of type `\(type)`: \(written)",
                        key: path.joined(separator: "."), at: node.origin)
                }
                let piece = PythonText.str(try shown(located, in: path))
                charactersLeft -= piece.utf8.count
                guard charactersLeft > 0 else { throw tooMuch(node.origin) }
                out += piece
            }
        }
        return out
    }

    /// What text at `path` shows of a value: a mapping or list as it is written or, in place, as it is when its turn
    /// came before.
    private func shown(_ located: Located, in path: [String]) throws(ConfigurationError) -> ConfigNode {
        guard isInPlace, let place = located.path, located.node.map != nil || located.node.list != nil,
            precedes(place, path)
        else { return located.node }
        return try finished(located)
    }

    private func value(
        of expression: InterpolationTemplate.Expression, of node: ConfigNode, at path: [String]
    ) throws(ConfigurationError) -> Located {
        stepsLeft -= 1
        guard stepsLeft > 0 else { throw tooMuch(node.origin) }
        switch expression {
        case .reference(let dots, let key):
            let written = try text(of: key, of: node, at: path, as: .key)
            let place = try absolute(Self.names(written), dots: dots, of: node, at: path)
            let value = try lookUp(place, written: written, from: node.origin)
            if let place = value.path, path.dropLast().starts(with: place) {
                throw ConfigurationError(
                    .interpolation,
                    "Interpolation to parent node detected: '\(node.excerpt)' is inside what it means.",
                    key: path.joined(separator: "."), at: node.origin)
            }
            return value
        case .call(let name, let arguments):
            let name = try text(of: name, of: node, at: path, as: .resolver)
            var values: [Located] = []
            for argument in arguments { values.append(try value(of: argument, of: node, at: path)) }
            return try call(name, values, of: node, at: path)
        }
    }

    /// Returns the value of a resolver's argument.
    func value(
        of argument: InterpolationTemplate.Argument, of node: ConfigNode, at path: [String]
    ) throws(ConfigurationError) -> Located {
        func made(_ content: ConfigNode.Content) -> Located {
            Located(node: ConfigNode(content, origin: node.origin), path: nil, form: .literal)
        }
        switch argument {
        case .value(let value):
            return value.node(origin: node.origin).map { Located(node: $0, path: nil, form: .literal) } ?? made(.null)
        case .parts(let parts): return try value(of: parts, of: node, at: path)
        case .list(let elements):
            var out: [ConfigNode] = []
            for element in elements { out.append(try value(of: element, of: node, at: path).node) }
            return made(.list(out))
        case .map(let pairs):
            var members: OrderedDictionary<ConfigNode.Key, ConfigNode> = [:]
            for (key, argument) in pairs { members[key.mapKey] = try value(of: argument, of: node, at: path).node }
            return made(.map(members))
        }
    }
}
