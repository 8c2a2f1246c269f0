internal import OrderedCollections

/// Every key of one kind of configuration, and the value they decode into.
///
/// The list of bindings is the only place a key is written down: decoding, the snapshot, `mlops config explain`, the
/// JSON schema and the reference documentation all come from it.
public struct ConfigurationSchema<Root: Sendable>: Sendable {
    /// What the schema is of: "run" or "evaluation".
    package let title: String
    private let bindings: [ConfigurationBinding<Root>]
    private let start: Root
    /// Names that other tools use, and what to say to them.
    private let foreignNames: [String: String]
    /// Settles keys that speak of the same thing, before they are decoded.
    private let settle: @Sendable (inout [String: ConfigNode]) throws(ConfigurationError) -> Void

    package init(
        title: String, start: Root, bindings: [ConfigurationBinding<Root>], foreignNames: [String: String] = [:],
        settle: @escaping @Sendable (inout [String: ConfigNode]) throws(ConfigurationError) -> Void = {
            _ throws(ConfigurationError) in
        }
    ) {
        self.title = title
        self.start = start
        self.bindings = bindings
        self.foreignNames = foreignNames
        self.settle = settle
    }

    /// The keys, in the order of the documentation.
    public var keys: [ConfigurationKey] { bindings.map(\.key) }

    /// The key called `name`.
    public func key(_ name: String) -> ConfigurationKey? { bindings.first { $0.key.name == name }?.key }

    /// Whether `name` is a key, or a group of keys.
    func knows(_ name: String) -> Bool {
        bindings.contains { $0.key.name == name || $0.key.name.hasPrefix(name + ".") }
    }

    // MARK: Decoding

    /// Returns the value that a resolved tree describes.
    ///
    /// - Throws: ``ConfigurationError`` for an unknown key, a wrong type, a value out of range, keys that exclude each
    ///   other, a missing value, or a value whose feature does not exist yet; it names file, line and key.
    func decode(_ tree: ConfigNode) throws(ConfigurationError) -> Root {
        var found: [String: ConfigNode] = [:]
        try collect(tree, prefix: "", into: &found)
        try settle(&found)
        var root = start
        for binding in bindings {
            guard let node = found[binding.key.name] else {
                guard binding.key.defaultValue != nil else { throw missing(binding.key, at: nil) }
                continue
            }
            binding.write(&root, try checked(node, binding))
        }
        return root
    }

    private func collect(
        _ tree: ConfigNode, prefix: String, into found: inout [String: ConfigNode]
    ) throws(ConfigurationError) {
        for (key, node) in tree.map ?? [:] {
            let name = prefix + key.text
            if bindings.contains(where: { $0.key.name == name }) {
                found[name] = node
            } else if knows(name) {
                guard node.map != nil || node.isNull else {
                    throw ConfigurationError(
                        .wrongType, "'\(name)' is a group of keys and takes a mapping, not \(node.kindName).",
                        key: name,
                        at: node.origin)
                }
                try collect(node, prefix: name + ".", into: &found)
            } else {
                throw ConfigurationError(.unknownKey, unknownKeyMessage(name), key: name, at: node.origin)
            }
        }
    }

    /// What to say about a name that is no key: ours for another tool's, or the nearest one.
    func unknownKeyMessage(_ name: String) -> String {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        if let hint = foreignNames[name] ?? foreignNames[last] { return "'\(name)' is not a key here. \(hint)" }
        let names = bindings.map(\.key.name)
        let groups = Set(bindings.map(\.key.group)).filter { !$0.isEmpty }
        if let nearest = NearestName.find(name, among: names + groups.sorted()) {
            let what = key(nearest).map { "'\(nearest)', which takes \($0.takes)" } ?? "the group '\(nearest)'"
            return "There is no key '\(name)'. Did you mean \(what)?"
        }
        return "There is no key '\(name)'. `mlops config explain` lists all keys."
    }

    private func missing(_ key: ConfigurationKey, at origin: ConfigOrigin?) -> ConfigurationError {
        ConfigurationError(
            .missingValue, "'\(key.name)' must be given, e.g. \(key.name)=VALUE. It takes \(key.takes). \(key.summary)",
            key: key.name, at: origin)
    }

    private func checked(_ node: ConfigNode, _ binding: ConfigurationBinding<Root>) throws(ConfigurationError)
        -> JSONValue
    {
        let key = binding.key
        if node.isMissing { throw missing(key, at: node.origin) }
        if key.isNullable, node.isNull { return .null }
        let value = try ConfigurationCheck(key: key).value(of: node, as: key.type)
        if let objection = binding.objection(value) {
            throw ConfigurationError(.unsupported, "'\(key.name)': \(objection)", key: key.name, at: node.origin)
        }
        return value
    }

    // MARK: Encoding

    /// Returns every key with the value it has in `root`.
    func encode(_ root: Root, omitsNull: Bool = false) -> JSONValue {
        var tree = JSONValue.object([:])
        for binding in bindings {
            let value = binding.read(root)
            if omitsNull, value.isNull { continue }
            tree = Self.put(value, at: binding.key.name.split(separator: ".")[...], in: tree)
        }
        return tree
    }

    private static func put(_ value: JSONValue, at path: ArraySlice<Substring>, in tree: JSONValue) -> JSONValue {
        guard let name = path.first.map(String.init) else { return value }
        var members = tree.object ?? [:]
        members[name] = put(value, at: path.dropFirst(), in: members[name] ?? .object([:]))
        return .object(members)
    }

    /// Sets the properties that an already checked mapping names.
    func filled(from value: JSONValue) -> Root {
        var root = start
        for binding in bindings {
            if let member = value[binding.key.name] { binding.write(&root, member) }
        }
        return root
    }

    /// Checks every value of `root` as if it had been read.
    ///
    /// - Throws: ``ConfigurationError`` naming the key.
    func validate(_ root: Root) throws(ConfigurationError) {
        let tree = ConfigNode(json: encode(root), origin: ConfigOrigin(.schema))
        do {
            _ = try decode(tree)
        } catch {
            // Nothing was written anywhere, so the place says nothing.
            let prefix = "\(ConfigOrigin(.schema)): "
            let message =
                error.message.hasPrefix(prefix) ? String(error.message.dropFirst(prefix.count)) : error.message
            throw ConfigurationError(error.code, message, key: error.key)
        }
    }
}
