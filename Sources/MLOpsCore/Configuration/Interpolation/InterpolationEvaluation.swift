internal import OrderedCollections

/// One resolution of a tree: what is known already, what is under way, and how much work is left.
final class InterpolationEvaluation {
    /// A value and its place in the tree; a value that a resolver made has none.
    private typealias Located = (node: ConfigNode, path: [String]?)

    let root: ConfigNode
    let context: Interpolation.Context
    private var known: [[String]: ConfigNode] = [:]
    private var underWay: Set<[String]> = []
    private var stepsLeft = 200_000
    private var charactersLeft = 1 << 22
    private var depth = 0
    private static let maximumDepth = 200

    init(_ root: ConfigNode, context: Interpolation.Context) {
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
            for (key, value) in members { out[key] = try resolve(value, at: path + [key.text]) }
            return ConfigNode(.map(out), origin: node.origin)
        case .list(let elements):
            var out: [ConfigNode] = []
            for (index, element) in elements.enumerated() {
                out.append(try resolve(element, at: path + [String(index)]))
            }
            return ConfigNode(.list(out), origin: node.origin)
        case .string(let text) where text.contains("${"):
            if let value = known[path] { return value }
            var value = try guardingAgainstCycles(node, at: path) { () throws(ConfigurationError) in
                try self.evaluate(text, of: node, at: path)
            }
            value.origin = node.origin
            known[path] = value
            return value
        default: return node
        }
    }

    private func tooMuch(_ origin: ConfigOrigin) -> ConfigurationError {
        ConfigurationError(.tooComplex, "the interpolations expand to more than a configuration can hold.", at: origin)
    }

    private func guardingAgainstCycles<Result>(
        _ node: ConfigNode, at path: [String], _ body: () throws(ConfigurationError) -> Result
    ) throws(ConfigurationError) -> Result {
        depth += 1
        defer { depth -= 1 }
        guard underWay.insert(path).inserted, depth <= Self.maximumDepth else {
            throw ConfigurationError(
                .interpolation,
                "the interpolation '\(node.string ?? "")' of '\(path.joined(separator: "."))' leads back to itself.",
                key: path.joined(separator: "."), at: node.origin)
        }
        defer { underWay.remove(path) }
        return try body()
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
                "'\(text)' is not a valid interpolation: \(error.reason), at character \(error.offset + 1).",
                key: path.joined(separator: "."), at: node.origin)
        }
    }

    private func evaluate(_ text: String, of node: ConfigNode, at path: [String]) throws(ConfigurationError)
        -> ConfigNode
    {
        let parts = try template(text, of: node, at: path)
        return try value(of: parts, of: node, at: path)
    }

    /// A single interpolation keeps the type of what it means; anything else is text.
    private func value(
        of parts: [InterpolationTemplate.Part], of node: ConfigNode, at path: [String]
    ) throws(ConfigurationError) -> ConfigNode {
        if parts.count == 1, case .interpolation(let expression) = parts[0] {
            return try value(of: expression, of: node, at: path)
        }
        return ConfigNode(.string(try text(of: parts, of: node, at: path)), origin: node.origin)
    }

    private func text(
        of parts: [InterpolationTemplate.Part], of node: ConfigNode, at path: [String]
    ) throws(ConfigurationError) -> String {
        var out = ""
        for part in parts {
            switch part {
            case .text(let text): out += text
            case .interpolation(let expression):
                let piece = PythonText.str(try value(of: expression, of: node, at: path))
                charactersLeft -= piece.utf8.count
                guard charactersLeft > 0 else { throw tooMuch(node.origin) }
                out += piece
            }
        }
        return out
    }

    private func value(
        of expression: InterpolationTemplate.Expression, of node: ConfigNode, at path: [String]
    ) throws(ConfigurationError) -> ConfigNode {
        switch expression {
        case .reference(let dots, let key):
            let target = try target(dots: dots, key: key, of: node, at: path)
            return try lookUp(target, from: node.origin)
        case .call(let name, let arguments):
            let name = try text(of: name, of: node, at: path)
            var values: [ConfigNode] = []
            for argument in arguments { values.append(try value(of: argument, of: node, at: path)) }
            return try call(name, values, of: node, at: path)
        }
    }

    /// Returns the value of a resolver's argument.
    func value(
        of argument: InterpolationTemplate.Argument, of node: ConfigNode, at path: [String]
    ) throws(ConfigurationError) -> ConfigNode {
        switch argument {
        case .value(let value): return value.node(origin: node.origin) ?? ConfigNode(.null, origin: node.origin)
        case .parts(let parts): return try value(of: parts, of: node, at: path)
        case .list(let elements):
            var out: [ConfigNode] = []
            for element in elements { out.append(try value(of: element, of: node, at: path)) }
            return ConfigNode(.list(out), origin: node.origin)
        case .map(let pairs):
            var members: OrderedDictionary<ConfigNode.Key, ConfigNode> = [:]
            for (key, argument) in pairs {
                let name = key.node(origin: node.origin).map(PythonText.str) ?? ""
                members[.string(name)] = try value(of: argument, of: node, at: path)
            }
            return ConfigNode(.map(members), origin: node.origin)
        }
    }

    // MARK: Places

    private func target(
        dots: Int, key: [InterpolationTemplate.Part], of node: ConfigNode, at path: [String]
    ) throws(ConfigurationError) -> [String] {
        try absolute(Self.names(try text(of: key, of: node, at: path)), dots: dots, of: node, at: path)
    }

    /// Returns a path from the root: `dots` mappings up from the value at `path`, then along `names`.
    func absolute(_ names: [String], dots: Int, of node: ConfigNode, at path: [String]) throws(ConfigurationError)
        -> [String]
    {
        guard dots > 0 else { return names }
        guard dots <= path.count else {
            throw ConfigurationError(
                .interpolation, "the relative interpolation '\(node.string ?? "")' goes above the root.",
                key: path.joined(separator: "."), at: node.origin)
        }
        return path.dropLast(dots) + names
    }

    /// Splits `a.b[c].d` into its names.
    static func names(_ key: String) -> [String] {
        key.replacing("]", with: "").split { $0 == "." || $0 == "[" }.map(String.init)
    }

    /// Returns the resolved value at `path`.
    ///
    /// - Throws: ``ConfigurationError`` when there is none, or it still has to be given.
    func lookUp(_ path: [String], from origin: ConfigOrigin) throws(ConfigurationError) -> ConfigNode {
        let key = path.joined(separator: ".")
        guard let (node, place) = try locate(path) else {
            throw ConfigurationError(.interpolation, "Interpolation key '\(key)' not found.", key: key, at: origin)
        }
        guard !node.isMissing else {
            throw ConfigurationError(
                .interpolation, "Interpolation key '\(key)' still has to be given a value (it is ???).", key: key,
                at: origin)
        }
        return try place.map { place throws(ConfigurationError) in try self.resolve(node, at: place) } ?? node
    }

    /// Returns the resolved value at `path`; nil when there is none, or it still has to be given.
    func select(_ path: [String]) throws(ConfigurationError) -> ConfigNode? {
        guard let (node, place) = try locate(path), !node.isMissing else { return nil }
        return try place.map { place throws(ConfigurationError) in try self.resolve(node, at: place) } ?? node
    }

    /// Walks along `path`, through interpolations that stand in the way, to a value and its own place.
    private func locate(_ path: [String]) throws(ConfigurationError) -> Located? {
        var located: Located = (root, [])
        for name in path {
            located = try followed(located)
            let next: ConfigNode?
            switch located.node.content {
            case .map(let members):
                next = members[.string(name)] ?? members.first { $0.key.text == name && located.path == nil }?.value
            case .list(let elements): next = Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            default: next = nil
            }
            guard let next else { return nil }
            located = (next, located.path.map { $0 + [name] })
        }
        return located
    }

    /// If `located` is an interpolation, what it means: for a plain reference the place it refers to.
    private func followed(_ located: Located) throws(ConfigurationError) -> Located {
        guard let path = located.path, located.node.isInterpolation, let text = located.node.string else {
            return located
        }
        return try guardingAgainstCycles(located.node, at: path) { () throws(ConfigurationError) -> Located in
            let parts = try self.template(text, of: located.node, at: path)
            guard parts.count == 1, case .interpolation(.reference(let dots, let key)) = parts[0] else {
                return (try self.value(of: parts, of: located.node, at: path), nil)
            }
            let target = try self.target(dots: dots, key: key, of: located.node, at: path)
            guard let next = try self.locate(target) else {
                return (ConfigNode(.null, origin: located.node.origin), nil)
            }
            return try self.followed(next)
        }
    }
}
