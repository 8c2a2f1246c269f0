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
