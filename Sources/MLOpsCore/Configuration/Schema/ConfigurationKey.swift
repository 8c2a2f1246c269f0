/// What one key of a configuration means: its name, what it takes, and what it does.
public struct ConfigurationKey: Sendable, Hashable {
    /// The dotted name, as in YAML and on the command line.
    public let name: String
    /// What it takes.
    public let type: ConfigurationValueType
    /// Whether `null` is one of its values.
    public let isNullable: Bool
    /// The value without a word from anybody; nil: the key must be given.
    public let defaultValue: JSONValue?
    /// What a number counts, such as "optimizer steps".
    public let unit: String?
    /// What it does, in a sentence or two.
    public let summary: String

    /// The group before the last dot; empty for a flat key.
    public var group: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? "" }

    /// What the key takes, in words: `a whole number, at least 1, or null`.
    public var takes: String { isNullable ? "\(type.description), or null" : type.description }
}
