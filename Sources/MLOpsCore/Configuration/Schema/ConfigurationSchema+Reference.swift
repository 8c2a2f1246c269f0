internal import OrderedCollections

extension ConfigurationSchema {
    /// Returns what there is to say about a key, or about every key of a group, for a terminal.
    ///
    /// - Throws: ``ConfigurationError`` with the nearest name when there is no such key.
    public func explanation(of name: String) throws(ConfigurationError) -> String {
        if let key = key(name) { return Self.explanation(of: key) }
        let members = keys.filter { $0.name.hasPrefix(name + ".") }
        guard !members.isEmpty else { throw ConfigurationError(.unknownKey, unknownKeyMessage(name), key: name) }
        return members.map(Self.explanation).joined(separator: "\n\n")
    }

    /// Returns the same as ``explanation(of:)`` as JSON: an object for a key, a list of such for a group or for all keys.
    ///
    /// - Throws: ``ConfigurationError`` with the nearest name when there is no such key.
    public func description(of name: String?) throws(ConfigurationError) -> JSONValue {
        guard let name else { return .array(keys.map(Self.description)) }
        if let key = key(name) { return Self.description(of: key) }
        let members = keys.filter { $0.name.hasPrefix(name + ".") }
        guard !members.isEmpty else { throw ConfigurationError(.unknownKey, unknownKeyMessage(name), key: name) }
        return .array(members.map(Self.description))
    }

    private static func description(of key: ConfigurationKey) -> JSONValue {
        [
            "key": .string(key.name), "summary": .string(key.summary), "takes": .string(key.takes),
            "unit": key.unit.map { .string($0) } ?? .null, "required": .bool(key.defaultValue == nil),
            "default": key.defaultValue ?? .null,
        ]
    }

    private static func explanation(of key: ConfigurationKey) -> String {
        var lines = [key.name, "  \(key.summary)", "  takes: \(key.takes)"]
        if let unit = key.unit { lines.append("  unit: \(unit)") }
        lines.append("  default: \(defaultText(key))")
        return lines.joined(separator: "\n")
    }

    /// The keys as Markdown tables, one a group: the reference part of the documentation.
    public var reference: String {
        var groups: [String] = []
        for key in keys where !groups.contains(Self.topGroup(key)) { groups.append(Self.topGroup(key)) }
        return groups.map { group in
            let rows = keys.filter { Self.topGroup($0) == group }.map { key in
                let unit = key.unit.map { " (\($0))" } ?? ""
                return "| `\(key.name)` | \(key.takes)\(unit) | `\(Self.defaultText(key))` | \(key.summary) |"
            }
            let title = group.isEmpty ? "" : "Group `\(group)`\n\n"
            return title
                + (["| key | takes | default | what it does |", "|---|---|---|---|"] + rows).joined(separator: "\n")
                + "\n"
        }.joined(separator: "\n")
    }

    private static func topGroup(_ key: ConfigurationKey) -> String {
        key.group.split(separator: ".").first.map(String.init) ?? ""
    }

    private static func defaultText(_ key: ConfigurationKey) -> String {
        guard let value = key.defaultValue else { return "(must be given)" }
        // In YAML's flow style, as somebody would type it.
        func text(_ value: JSONValue) -> String {
            switch value {
            case .string(let text): text
            case .array(let elements): "[" + elements.map(text).joined(separator: ", ") + "]"
            case .object(let members):
                "{" + members.map { "\($0.key): \(text($0.value))" }.joined(separator: ", ") + "}"
            case .number(let number): PythonText.float(number)
            default: value.text()
            }
        }
        return text(value)
    }
}
