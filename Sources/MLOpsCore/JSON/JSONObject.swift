public import OrderedCollections

/// The members of a JSON object: names and values, in the file's order.
///
/// Names are told apart by their bytes, as JSON does: `é` composed and decomposed are two, though they are one `String`.
public struct JSONObject: Sendable {
    /// A name that is equal to another if its bytes are.
    private struct Name: Sendable, Hashable {
        let text: String

        static func == (left: Name, right: Name) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

        func hash(into hasher: inout Hasher) {
            // Equal bytes make equal strings, so the string's own hash will do.
            hasher.combine(text)
        }
    }

    private var members: OrderedDictionary<Name, JSONValue>

    /// Creates an object without members.
    public init() { members = [:] }

    private init(_ members: OrderedDictionary<Name, JSONValue>) { self.members = members }

    /// Creates an object of `members`; of equal names, the first keeps its place and gets the value that `combine` makes.
    public init(
        _ members: some Sequence<(String, JSONValue)>, uniquingKeysWith combine: (JSONValue, JSONValue) -> JSONValue
    ) {
        self.members = OrderedDictionary(members.lazy.map { (Name(text: $0.0), $0.1) }, uniquingKeysWith: combine)
    }

    /// Creates an object of `members`.
    ///
    /// - Precondition: no name stands twice.
    public init(uniqueKeysWithValues members: some Sequence<(String, JSONValue)>) {
        self.members = OrderedDictionary(uniqueKeysWithValues: members.lazy.map { (Name(text: $0.0), $0.1) })
    }

    /// Creates an object of `members`.
    public init(_ members: OrderedDictionary<String, JSONValue>) {
        self.init(uniqueKeysWithValues: members.elements.lazy.map { ($0.key, $0.value) })
    }

    /// The value called `key`; nil when there is none. Setting nil removes the member.
    public subscript(key: String) -> JSONValue? {
        get { members[Name(text: key)] }
        set { members[Name(text: key)] = newValue }
    }

    /// The value called `key`, or `defaultValue` when there is none.
    public subscript(key: String, default defaultValue: @autoclosure () -> JSONValue) -> JSONValue {
        get { members[Name(text: key), default: defaultValue()] }
        set { members[Name(text: key)] = newValue }
    }

    /// The names, in order.
    public var keys: [String] { members.keys.map(\.text) }

    /// The values, in order.
    public var values: [JSONValue] { Array(members.values) }

    /// Sets the value called `key`, and returns the one it had.
    @discardableResult public mutating func updateValue(_ value: JSONValue, forKey key: String) -> JSONValue? {
        members.updateValue(value, forKey: Name(text: key))
    }

    /// Sets the value called `key`, and returns the one it had; a new member goes to the place `index`.
    @discardableResult public mutating func updateValue(
        _ value: JSONValue, forKey key: String, insertingAt index: Int
    ) -> JSONValue? {
        members.updateValue(value, forKey: Name(text: key), insertingAt: index).originalMember
    }

    /// Removes the member called `key`, and returns its value.
    @discardableResult public mutating func removeValue(forKey key: String) -> JSONValue? {
        members.removeValue(forKey: Name(text: key))
    }

    /// Takes over `others`; of equal names, the value becomes what `combine` makes of the two.
    public mutating func merge(
        _ others: some Sequence<(key: String, value: JSONValue)>,
        uniquingKeysWith combine: (JSONValue, JSONValue) -> JSONValue
    ) {
        members.merge(others.lazy.map { (Name(text: $0.key), $0.value) }, uniquingKeysWith: combine)
    }

    /// Returns this object with `others`; of equal names, the value is what `combine` makes of the two.
    public func merging(
        _ others: some Sequence<(key: String, value: JSONValue)>,
        uniquingKeysWith combine: (JSONValue, JSONValue) -> JSONValue
    ) -> JSONObject {
        var merged = self
        merged.merge(others, uniquingKeysWith: combine)
        return merged
    }

    /// Puts the members in the order of `areInIncreasingOrder`.
    public mutating func sort(by areInIncreasingOrder: (Element, Element) throws -> Bool) rethrows {
        try members.sort { left, right in
            try areInIncreasingOrder((left.key.text, left.value), (right.key.text, right.value))
        }
    }

    /// Returns the members for which `isIncluded` holds.
    public func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> JSONObject {
        JSONObject(try members.filter { try isIncluded((key: $0.key.text, value: $0.value)) })
    }

    /// Returns an object with the same names, and what `transform` makes of the values.
    public func mapValues(_ transform: (JSONValue) throws -> JSONValue) rethrows -> JSONObject {
        JSONObject(try members.mapValues(transform))
    }

    /// Returns what `transform` makes of the values, by name, without those of which it makes nothing.
    public func compactMapValues<Value>(
        _ transform: (JSONValue) throws -> Value?
    ) rethrows -> OrderedDictionary<String, Value> {
        var values: OrderedDictionary<String, Value> = [:]
        for (name, member) in self { if let value = try transform(member) { values[name] = value } }
        return values
    }

    /// Makes room for `count` members.
    public mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }
}

extension JSONObject: Hashable {}

extension JSONObject: RandomAccessCollection {
    /// A name and its value.
    public typealias Element = (key: String, value: JSONValue)

    /// 0
    public var startIndex: Int { 0 }
    /// How many members there are.
    public var endIndex: Int { members.count }

    /// The member at a place.
    public subscript(position: Int) -> Element {
        let element = members.elements[position]
        return (element.key.text, element.value)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// An object, keeping the order written; of equal names, the last value counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements) { _, last in last }
    }
}
