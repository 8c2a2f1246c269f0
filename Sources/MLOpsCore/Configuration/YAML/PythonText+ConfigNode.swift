extension PythonText {
    /// Returns `str` of a value: text as it is, `True`, `None`, `[1, 'a']`, `{'k': 'v'}`.
    static func str(_ node: ConfigNode) -> String {
        switch node.content {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        case .integer(let value): String(value)
        case .number(let value): float(value)
        case .string(let value): value
        case .list(let elements): "[" + elements.map(repr).joined(separator: ", ") + "]"
        case .map(let members):
            "{" + members.map { "\(repr($0.key)): \(repr($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    private static func repr(_ node: ConfigNode) -> String {
        node.string.map(quoted) ?? str(node)
    }

    private static func repr(_ key: ConfigNode.Key) -> String {
        switch key {
        case .string(let text): quoted(text)
        case .bool(let value): value ? "True" : "False"
        default: key.text
        }
    }
}
