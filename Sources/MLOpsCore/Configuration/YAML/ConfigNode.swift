public import OrderedCollections

/// A value of a configuration tree, and where it was written.
///
/// Text may hold interpolations (`${model.name}`) until ``Interpolation`` resolves them; `???` is a value that somebody
/// still has to give.
public struct ConfigNode: Sendable {
    /// A name in a mapping. YAML allows names that are not text, and keeps `1` and `"1"` apart; but `1`, `1.0` and `true`
    /// are one name, as they are in Python.
    public enum Key: Sendable, Hashable {
        /// Text.
        case string(String)
        /// A whole number.
        case integer(Int64)
        /// A whole number that 64 bits do not hold, in decimal digits.
        case bigInteger(String)
        /// Any other number.
        case number(Double)
        /// A truth value.
        case bool(Bool)
        /// Bytes.
        case bytes([UInt8])

        /// The number that a name which is not text counts as.
        private var number: Double? {
            switch self {
            case .string, .bigInteger, .bytes: nil
            case .integer(let value): Double(value)
            case .number(let value): value
            case .bool(let value): value ? 1 : 0
            }
        }

        /// Whether two names are the same.
        public static func == (left: Self, right: Self) -> Bool {
            switch (left, right) {
            case (.string(let left), .string(let right)): left == right
            case (.integer(let left), .integer(let right)): left == right
            case (.bigInteger(let left), .bigInteger(let right)): left == right
            case (.bytes(let left), .bytes(let right)): left == right
            case (.string, _), (_, .string), (.bigInteger, _), (_, .bigInteger), (.bytes, _), (_, .bytes): false
            // PyYAML has one `.nan`, which Python then takes for the same name.
            default: left.number == right.number || left.number?.isNaN == true && right.number?.isNaN == true
            }
        }

        /// Feeds the name to `hasher`.
        public func hash(into hasher: inout Hasher) {
            switch self {
            case .string(let text), .bigInteger(let text): hasher.combine(text)
            case .bytes(let bytes): hasher.combine(bytes)
            default: hasher.combine(number)
            }
        }

        /// The name as text.
        public var text: String {
            switch self {
            case .string(let value), .bigInteger(let value): value
            case .integer(let value): String(value)
            case .number(let value): PythonText.float(value)
            case .bool(let value): value ? "true" : "false"
            case .bytes(let bytes): PythonText.bytes(bytes)
            }
        }
    }

    /// The kinds of values.
    public enum Content: Sendable {
        /// `null`
        case null
        /// `true` or `false`
        case bool(Bool)
        /// A whole number.
        case integer(Int64)
        /// A whole number that 64 bits do not hold, in decimal digits.
        case bigInteger(String)
        /// Any other number, also `.inf` and `.nan`.
        case number(Double)
        /// Text.
        case string(String)
        /// Bytes, which YAML writes with the tag `!!binary`.
        case bytes([UInt8])
        /// A list.
        case list([ConfigNode])
        /// Names and values, in the order written.
        case map(OrderedDictionary<Key, ConfigNode>)
    }

    /// The value.
    public var content: Content
    /// Where it was written.
    public var origin: ConfigOrigin
    /// The type that OmegaConf has declared for the value, which it keeps while others are merged into it.
    var declaredType: DeclaredType?

    /// Creates a value.
    public init(_ content: Content, origin: ConfigOrigin) {
        self.content = content
        self.origin = origin
    }

    /// Creates a value of the type that is declared for `other`, if one is.
    init(_ content: Content, like other: ConfigNode, origin: ConfigOrigin) {
        self.init(content, origin: origin)
        declaredType = other.declaredType
    }

    /// The types that OmegaConf declares for single values, wherever they stand.
    enum DeclaredType: Sendable, Hashable {
        /// A list: what `oc.dict.values` gives.
        case list
        /// Hydra's own sweeper or launcher.
        case plugin
    }

    /// Text that stands for a value somebody still has to give.
    static let missing = "???"
}

extension ConfigNode {
    /// A name of a mapping as a value.
    init(key: Key, origin: ConfigOrigin) {
        let content: Content =
            switch key {
            case .string(let text): .string(text)
            case .integer(let value): .integer(value)
            case .bigInteger(let digits): .bigInteger(digits)
            case .number(let value): .number(value)
            case .bool(let value): .bool(value)
            case .bytes(let bytes): .bytes(bytes)
            }
        self.init(content, origin: origin)
    }

    /// The members, if this is a mapping.
    public var map: OrderedDictionary<Key, ConfigNode>? {
        guard case .map(let members) = content else { return nil }
        return members
    }

    /// The elements, if this is a list.
    public var list: [ConfigNode]? {
        guard case .list(let elements) = content else { return nil }
        return elements
    }

    /// The text, if this is text.
    public var string: String? {
        guard case .string(let text) = content else { return nil }
        return text
    }

    /// The beginning of the text, for a message; empty when this is no text.
    var excerpt: Substring { string?.prefix(200) ?? "" }

    /// Whether this is `null`.
    public var isNull: Bool {
        if case .null = content { true } else { false }
    }

    /// Whether this is `???`.
    public var isMissing: Bool { string == Self.missing }

    /// Whether this is text with an interpolation in it.
    public var isInterpolation: Bool { string?.contains("${") ?? false }

    /// The member called `name` of a mapping.
    public subscript(name: String) -> ConfigNode? {
        get { map?[.string(name)] }
        set {
            guard case .map(var members) = content else { return }
            // Taken out first, so that the dictionary is changed in place and not copied.
            content = .null
            members[.string(name)] = newValue
            content = .map(members)
        }
    }

    /// The value at `path`, name by name; a list takes an index.
    public subscript(path: [String]) -> ConfigNode? {
        var node = self
        for name in path {
            switch node.content {
            case .map(let members):
                guard let next = members[.string(name)] else { return nil }
                node = next
            case .list(let elements):
                guard let index = Int(name), elements.indices.contains(index) else { return nil }
                node = elements[index]
            default: return nil
            }
        }
        return node
    }

    /// The same tree with `node` at `path`, which is there.
    func replacing(_ path: ArraySlice<String>, with node: ConfigNode) -> ConfigNode {
        guard let name = path.first else { return node }
        var tree = self
        switch content {
        case .map(var members):
            guard let member = members[.string(name)] else { return self }
            members[.string(name)] = member.replacing(path.dropFirst(), with: node)
            tree.content = .map(members)
        case .list(var elements):
            guard let index = Int(name), elements.indices.contains(index) else { return self }
            elements[index] = elements[index].replacing(path.dropFirst(), with: node)
            tree.content = .list(elements)
        default: break
        }
        return tree
    }

    /// The same tree as JSON; numbers that JSON does not have stay numbers here and become text when written.
    public var json: JSONValue {
        switch content {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .bigInteger(let digits): .bigInteger(digits)
        case .number(let value): .number(value)
        case .string(let value): .string(value)
        case .bytes(let bytes): .string(PythonText.bytes(bytes))
        case .list(let elements): .array(elements.map(\.json))
        case .map(let members):
            .object(OrderedDictionary(members.map { ($0.key.text, $0.value.json) }) { _, last in last })
        }
    }

    /// Creates a tree from JSON, all of it written at `origin`.
    public init(json value: JSONValue, origin: ConfigOrigin) {
        let content: Content =
            switch value {
            case .null: .null
            case .bool(let value): .bool(value)
            case .integer(let value): .integer(value)
            case .bigInteger(let digits): .bigInteger(digits)
            case .number(let value): .number(value)
            case .string(let value): .string(value)
            case .array(let elements): .list(elements.map { ConfigNode(json: $0, origin: origin) })
            case .object(let members):
                .map(
                    OrderedDictionary(
                        uniqueKeysWithValues: members.map {
                            (.string($0.key), ConfigNode(json: $0.value, origin: origin))
                        }))
            }
        self.init(content, origin: origin)
    }

    /// What kind of value this is, in the words of an error message.
    var kindName: String {
        switch content {
        case .null: "null"
        case .bool: "a truth value"
        case .integer, .bigInteger: "a whole number"
        case .number: "a number"
        case .string: "text"
        case .bytes: "bytes"
        case .list: "a list"
        case .map: "a mapping"
        }
    }

    /// The number this is or counts as.
    private var number: Double? {
        switch content {
        case .bool(let value): value ? 1 : 0
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// Whether two trees hold the same values, wherever they were written.
    func hasSameValues(as other: ConfigNode) -> Bool {
        switch (content, other.content) {
        case (.map(let left), .map(let right)):
            left.count == right.count
                && left.allSatisfy { key, value in right[key].map { value.hasSameValues(as: $0) } ?? false }
        case (.list(let left), .list(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.hasSameValues(as: $1) }
        case (.bool, .integer), (.integer, .bool), (.bool, .number), (.number, .bool), (.integer, .number),
            (.number, .integer):
            // As in Python, true is 1 and 1 is 1.0.
            number == other.number
        case (.bigInteger(let left), .bigInteger(let right)): left == right
        case (.bytes(let left), .bytes(let right)): left == right
        case (.bigInteger, _), (_, .bigInteger), (.bytes, _), (_, .bytes): false
        default: json == other.json
        }
    }
}
