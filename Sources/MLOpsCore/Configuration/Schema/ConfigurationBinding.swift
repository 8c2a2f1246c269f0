internal import OrderedCollections

/// A key and the property it stands for.
package struct ConfigurationBinding<Root: Sendable>: Sendable {
    let key: ConfigurationKey
    /// The property's value, as YAML has it.
    let read: @Sendable (Root) -> JSONValue
    /// Sets the property; the value has passed the key's type, so it fits.
    let write: @Sendable (inout Root, JSONValue) -> Void
    /// What to say when a value that is legal asks for something that does not exist yet; nil when it does.
    let objection: @Sendable (JSONValue) -> String?

    init(
        _ name: String, _ type: ConfigurationValueType, isNullable: Bool = false, defaults: Root?, unit: String? = nil,
        _ summary: String, read: @escaping @Sendable (Root) -> JSONValue,
        write: @escaping @Sendable (inout Root, JSONValue) -> Void,
        unless objection: @escaping @Sendable (JSONValue) -> String? = { _ in nil }
    ) {
        key = ConfigurationKey(
            name: name, type: type, isNullable: isNullable, defaultValue: defaults.map(read), unit: unit,
            summary: summary)
        self.read = read
        self.write = write
        self.objection = objection
    }
}

extension ConfigurationBinding {
    private init(
        key: ConfigurationKey, read: @escaping @Sendable (Root) -> JSONValue,
        write: @escaping @Sendable (inout Root, JSONValue) -> Void,
        objection: @escaping @Sendable (JSONValue) -> String?
    ) {
        self.key = key
        self.read = read
        self.write = write
        self.objection = objection
    }

    /// The same key, of a value that holds this one at `path`.
    func lifted<Outer>(
        to path: any WritableKeyPath<Outer, Root> & Sendable
    ) -> ConfigurationBinding<Outer> {
        ConfigurationBinding<Outer>(
            key: key, read: { read($0[keyPath: path]) }, write: { write(&$0[keyPath: path], $1) }, objection: objection)
    }
}

/// Makes bindings for the types that properties have; `defaults` is a value whose properties are the defaults.
package struct ConfigurationBindings<Root: Sendable>: Sendable {
    let defaults: Root
    /// Why a value has no effect yet.
    package typealias Objection = @Sendable (JSONValue) -> String?
    package typealias Path<Value> = any WritableKeyPath<Root, Value> & Sendable

    func flag(
        _ name: String, _ path: Path<Bool>, _ summary: String, unless objection: @escaping Objection = { _ in nil }
    ) -> ConfigurationBinding<Root> {
        .init(
            name, .boolean, defaults: defaults, summary, read: { .bool($0[keyPath: path]) },
            write: { if let value = $1.bool { $0[keyPath: path] = value } }, unless: objection)
    }

    func integer(
        _ name: String, _ path: Path<Int>, _ range: PartialRangeFrom<Int>, unit: String? = nil, _ summary: String
    ) -> ConfigurationBinding<Root> {
        .init(
            name, .integer(range.lowerBound...Int.max), defaults: defaults, unit: unit, summary,
            read: { .integer(Int64($0[keyPath: path])) }, write: { if let value = $1.int { $0[keyPath: path] = value } }
        )
    }

    func integer(
        _ name: String, _ path: Path<Int?>, _ range: PartialRangeFrom<Int>, unit: String? = nil, _ summary: String,
        unless objection: @escaping Objection = { _ in nil }
    ) -> ConfigurationBinding<Root> {
        .init(
            name, .integer(range.lowerBound...Int.max), isNullable: true, defaults: defaults, unit: unit, summary,
            read: { $0[keyPath: path].map { .integer(Int64($0)) } ?? .null }, write: { $0[keyPath: path] = $1.int },
            unless: objection)
    }

    func seed(_ name: String, _ path: Path<UInt64>, _ summary: String) -> ConfigurationBinding<Root> {
        .init(
            name, .integer(0...Int.max), defaults: defaults, summary,
            read: { .integer(Int64(clamping: $0[keyPath: path])) },
            write: { if let value = $1.int { $0[keyPath: path] = UInt64(value) } })
    }

    func number(
        _ name: String, _ path: Path<Double>, _ range: ConfigurationRange, unit: String? = nil, _ summary: String
    ) -> ConfigurationBinding<Root> {
        .init(
            name, .number(range), defaults: defaults, unit: unit, summary, read: { .number($0[keyPath: path]) },
            write: { if let value = $1.double { $0[keyPath: path] = value } })
    }

    func number(
        _ name: String, _ path: Path<Double?>, _ range: ConfigurationRange, unit: String? = nil, _ summary: String,
        unless objection: @escaping Objection = { _ in nil }
    ) -> ConfigurationBinding<Root> {
        .init(
            name, .number(range), isNullable: true, defaults: defaults, unit: unit, summary,
            read: { $0[keyPath: path].map { .number($0) } ?? .null }, write: { $0[keyPath: path] = $1.double },
            unless: objection)
    }

    /// Text; without a default the key must be given.
    func text(
        _ name: String, _ path: Path<String>, isRequired: Bool = false, _ summary: String,
        unless objection: @escaping Objection = { _ in nil }
    ) -> ConfigurationBinding<Root> {
        .init(
            name, .text, defaults: isRequired ? nil : defaults, summary, read: { .string($0[keyPath: path]) },
            write: { if let value = $1.string { $0[keyPath: path] = value } }, unless: objection)
    }

    func text(_ name: String, _ path: Path<String?>, _ summary: String) -> ConfigurationBinding<Root> {
        .init(
            name, .text, isNullable: true, defaults: defaults, summary,
            read: { $0[keyPath: path].map { .string($0) } ?? .null }, write: { $0[keyPath: path] = $1.string })
    }

    /// A list, nullable.
    func list<Element: Sendable>(
        _ name: String, _ path: Path<[Element]?>, of type: ConfigurationValueType, _ summary: String,
        json: @escaping @Sendable (Element) -> JSONValue, value: @escaping @Sendable (JSONValue) -> Element?
    ) -> ConfigurationBinding<Root> {
        .init(
            name, .list(of: type), isNullable: true, defaults: defaults, summary,
            read: { $0[keyPath: path].map { .array($0.map(json)) } ?? .null },
            write: { $0[keyPath: path] = $1.array?.compactMap(value) })
    }

    /// A mapping from any names.
    func table<Element: Sendable>(
        _ name: String, _ path: Path<OrderedDictionary<String, Element>>, of type: ConfigurationValueType,
        unit: String? = nil, _ summary: String, json: @escaping @Sendable (Element) -> JSONValue,
        value: @escaping @Sendable (JSONValue) -> Element?
    ) -> ConfigurationBinding<Root> {
        .init(
            name, .table(of: type), defaults: defaults, unit: unit, summary,
            read: { .object($0[keyPath: path].mapValues(json)) },
            write: { $0[keyPath: path] = ($1.object ?? [:]).compactMapValues(value) })
    }

    /// A list of names.
    func names(_ name: String, _ path: Path<[String]>, _ summary: String) -> ConfigurationBinding<Root> {
        .init(
            name, .list(of: .text), defaults: defaults, summary,
            read: { .array($0[keyPath: path].map { .string($0) }) },
            write: { if let value = $1.array { $0[keyPath: path] = value.compactMap(\.string) } })
    }

    /// A list of names or a pattern of them, each with a property of its own; of the two that was said last counts.
    func namesOrPattern(
        _ name: String, isNullable: Bool = false, _ path: Path<[String]?>, _ pattern: Path<String?>, _ summary: String
    ) -> ConfigurationBinding<Root> {
        .init(
            name, .namesOrPattern, isNullable: isNullable, defaults: defaults, summary,
            read: { root in
                root[keyPath: pattern].map { .string($0) }
                    ?? root[keyPath: path].map { .array($0.map { .string($0) }) } ?? .null
            },
            write: { root, value in
                root[keyPath: pattern] = value.string
                root[keyPath: path] = value.array?.compactMap(\.string)
            })
    }

    /// Ids of tokens, or a mapping from modules to some, nullable.
    func tokens(_ name: String, _ path: Path<TrainableTokens?>, _ summary: String) -> ConfigurationBinding<Root> {
        .init(
            name, .tokenIndices, isNullable: true, defaults: defaults, summary,
            read: { $0[keyPath: path]?.json ?? .null }, write: { $0[keyPath: path] = TrainableTokens($1) })
    }

    /// A word of an enumeration. `true` and `false` may be among the words.
    func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: Path<Choice>, _ summary: String, unless objection: @escaping Objection = { _ in nil }
    ) -> ConfigurationBinding<Root> {
        .init(
            name, .choice(Choice.allCases.map(\.rawValue)), defaults: defaults, summary,
            read: { root in
                let word = root[keyPath: path].rawValue
                return word == "true" ? .bool(true) : word == "false" ? .bool(false) : .string(word)
            },
            write: { root, value in
                let word = value.bool.map { $0 ? "true" : "false" } ?? value.string
                if let choice = word.flatMap(Choice.init(rawValue:)) { root[keyPath: path] = choice }
            }, unless: objection)
    }

    /// A list of mappings.
    func objects<Element>(
        _ name: String, _ path: Path<[Element]>, _ schema: ConfigurationSchema<Element>, _ summary: String
    ) -> ConfigurationBinding<Root> {
        .init(
            name, .list(of: .object(schema.keys)), defaults: defaults, summary,
            read: { .array($0[keyPath: path].map { schema.encode($0, omitsNull: true) }) },
            write: { root, value in
                root[keyPath: path] = (value.array ?? []).map { schema.filled(from: $0) }
            })
    }
}
