/// A value of a template: Python's types as far as templates meet them.
///
/// Lists and dictionaries never change once made (Jinja's immutable sandbox), so nothing but namespaces can be part of
/// itself.
enum JinjaValue {
    case undefined(JinjaUndefined)
    case none
    case bool(Bool)
    case integer(Int)
    /// A whole number beyond 64 bits.
    case big(BigInteger)
    case float(Double)
    case text(JinjaText)
    case list(JinjaList)
    case tuple(JinjaList)
    case dictionary(JinjaDictionary)
    case range(JinjaRange)
    case object(JinjaObject)

    /// Text that is the template's own.
    static func string(_ text: String) -> JinjaValue { .text(JinjaText(text)) }

    /// The name of its Python type.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .integer, .big: "int"
        case .float: "float"
        case .text(let text): text.isSafe ? "Markup" : "str"
        case .list: "list"
        case .tuple: "tuple"
        case .dictionary: "dict"
        case .range: "range"
        case .object(let object): object.typeName
        }
    }

    /// The type's name as Jinja's own messages write it, with the module it is from.
    var qualifiedTypeName: String {
        if case .object(let object) = self { object.module + object.typeName } else { typeName }
    }

    /// How deep it holds others.
    var nesting: Int {
        switch self {
        case .list(let list), .tuple(let list): list.nesting
        case .dictionary(let dictionary): dictionary.nesting
        case .object(let object): object.nesting
        default: 0
        }
    }

    var isUndefined: Bool {
        if case .undefined = self { true } else { false }
    }

    var isNone: Bool {
        if case .none = self { true } else { false }
    }

    /// The text, if this is one.
    var text: JinjaText? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The whole number, if this is one; truth values count as 0 and 1, as in Python.
    var index: Int? {
        switch self {
        case .integer(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    /// The number, if this is one.
    var number: Double? {
        switch self {
        case .float(let value): value
        case .big(let value): value.double
        default: index.map(Double.init)
        }
    }

    /// The whole number of any size, if this is one.
    var whole: BigInteger? {
        if case .big(let value) = self { value } else { index.map { BigInteger(Int64($0)) } }
    }

    /// A whole number of any size.
    static func whole(_ value: BigInteger) -> JinjaValue { value.exact.map { .integer(Int($0)) } ?? .big(value) }

    /// Whether it is a text, list or tuple.
    var isSequence: Bool { text != nil || elements != nil }

    /// The elements of a list or tuple.
    var elements: [JinjaValue]? {
        switch self {
        case .list(let list), .tuple(let list): list.elements
        default: nil
        }
    }

    /// Whether Python takes it for true.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .big: true
        case .float(let value): value != 0
        case .text(let text): !text.isEmpty
        case .list(let list), .tuple(let list): !list.elements.isEmpty
        case .dictionary(let dictionary): !dictionary.entries.isEmpty
        case .range(let range): range.count > 0
        case .object(let object): object.isTrue
        }
    }
}

/// Why there is no value; told when it is used in a way that needs one.
enum JinjaUndefined {
    /// A variable nobody set.
    case name(String)
    /// An attribute, or an item named by a text, that a value of this type does not have.
    case missing(type: String, key: String)
    /// An item named by anything else, as Python prints it.
    case noElement(type: String, key: String)
    /// Anything else.
    case reason(String)

    var message: String {
        switch self {
        case .name(let name): "'\(name)' is undefined"
        case .missing(let type, let key): "'\(Self.described(type))' has no attribute \(PythonText.quoted(key))"
        case .noElement(let type, let key): "\(Self.described(type)) has no element \(key)"
        case .reason(let reason): reason
        }
    }

    private static func described(_ type: String) -> String { type == "NoneType" ? "None" : "\(type) object" }
}

/// The elements of a list or tuple.
final class JinjaList {
    let elements: [JinjaValue]
    let nesting: Int
    /// `group.grouper` and `group.list` of what `groupby` makes.
    let isGroup: Bool

    init(_ elements: [JinjaValue], isGroup: Bool = false) {
        self.elements = elements
        self.isGroup = isGroup
        nesting = 1 + elements.reduce(0) { max($0, $1.nesting) }
    }
}

/// A dictionary in the order its keys were added.
final class JinjaDictionary {
    let entries: [(key: JinjaValue, value: JinjaValue)]
    let nesting: Int
    /// Where a key stands; made for larger dictionaries only.
    private let positions: [JinjaKey: Int]
    private static let scanned = 12

    /// - Parameter entries: with keys that differ.
    init(distinct entries: [(key: JinjaValue, value: JinjaValue)], positions known: [JinjaKey: Int]? = nil) {
        self.entries = entries
        nesting = 1 + entries.reduce(0) { max($0, $1.value.nesting, $1.key.nesting) }
        var positions = known ?? [:]
        if known == nil, entries.count > Self.scanned {
            positions.reserveCapacity(entries.count)
            for (index, entry) in entries.enumerated() {
                if let key = JinjaKey(entry.key) { positions[key] = index }
            }
        }
        self.positions = positions
    }

    /// Takes entries whose keys may repeat: the last value wins, at the place of the first.
    ///
    /// - Returns: nil when a key cannot be one (a list, a dictionary).
    convenience init?(_ entries: [(key: JinjaValue, value: JinjaValue)]) {
        var found: [JinjaKey: Int] = [:]
        var distinct: [(key: JinjaValue, value: JinjaValue)] = []
        for entry in entries {
            guard let key = JinjaKey(entry.key) else { return nil }
            if let index = found[key] {
                distinct[index].value = entry.value
            } else {
                found[key] = distinct.count
                distinct.append(entry)
            }
        }
        self.init(distinct: distinct, positions: found)
    }

    /// The value for the text `key`.
    subscript(key: JinjaText) -> JinjaValue? {
        if entries.count > Self.scanned { return positions[.text(key)].map { entries[$0].value } }
        for entry in entries {
            if case .text(let text) = entry.key, text.bytes == key.bytes { return entry.value }
        }
        return nil
    }

    /// The value for `key`; nil when there is none, or when `key` cannot be a key.
    subscript(key: JinjaValue) -> JinjaValue? {
        if case .text(let text) = key { return self[text] }
        guard let key = JinjaKey(key) else { return nil }
        if entries.count > Self.scanned { return positions[key].map { entries[$0].value } }
        return entries.first { JinjaKey($0.key) == key }?.value
    }
}

/// A value as a key: what is equal in Python is equal here (1, 1.0 and True).
enum JinjaKey: Hashable {
    case none, undefined
    case integer(Int)
    case big(BigInteger)
    case float(Double)
    case text(JinjaText)
    case tuple([JinjaKey])
    case range(JinjaRange)
    case object(ObjectIdentifier)

    /// - Returns: nil when Python calls the value unhashable, or when it is a tuple with more than 128 elements in it: a
    ///   tuple of tuples of one tuple has more than can be counted.
    init?(_ value: JinjaValue) {
        var room = 128
        self.init(value, room: &room)
    }

    private init?(_ value: JinjaValue, room: inout Int) {
        room -= 1
        guard room >= 0 else { return nil }
        switch value {
        case .undefined: self = .undefined
        case .none: self = .none
        case .bool(let value): self = .integer(value ? 1 : 0)
        case .integer(let value): self = .integer(value)
        case .big(let value): self = .big(value)
        case .float(let value): self = Int(exactly: value).map { .integer($0) } ?? .float(value)
        case .text(let text): self = .text(text)
        case .range(let range): self = .range(range)
        case .object(let object):
            // Views of keys and of items are no keys themselves.
            if let view = object as? JinjaView, view.kind != .values { return nil }
            self = .object(ObjectIdentifier(object))
        case .tuple(let list):
            var keys: [JinjaKey] = []
            for element in list.elements {
                guard let key = JinjaKey(element, room: &room) else { return nil }
                keys.append(key)
            }
            self = .tuple(keys)
        case .list, .dictionary: return nil
        }
    }
}

/// The whole numbers from `start` on, by `step`.
struct JinjaRange: Hashable {
    let start: Int
    let step: Int
    let count: Int
    let stop: Int

    subscript(index: Int) -> Int { start &+ index &* step }
}
