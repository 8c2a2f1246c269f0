/// One change to a composition, as typed on a command line: `lr=1e-3`, `+new=1`, `++any=1`, `~gone`, `group@place=option`.
public struct Override: Sendable {
    /// What an override does.
    public enum Kind: Sendable, Hashable {
        /// `k=v`: changes what is there.
        case change
        /// `+k=v`: adds what is not there.
        case add
        /// `++k=v`: changes or adds.
        case forceAdd
        /// `~k` or `~k=v`: removes.
        case delete
    }

    /// What an override does.
    public let kind: Kind
    /// A dotted key, or a group.
    public let key: String
    /// The package after `@`, if there is one.
    public let package: String?
    /// What follows the equals sign; nil when there is none.
    let parsed: OverrideValue?
    /// The override as typed.
    public let text: String

    /// Reads an override.
    ///
    /// - Throws: ``ConfigurationError`` with the code `overrideSyntax` (exit status 64) when it does not parse.
    public init(_ text: String) throws(ConfigurationError) {
        var parser = OverrideParser(text)
        let result = try parser.parse()
        self.text = text
        kind = result.kind
        key = result.key
        package = result.package
        parsed = result.value
    }

    /// The value for a tree; nil when there is none, or when it is a sweep.
    var value: ConfigNode? { parsed?.node(origin: origin) }

    /// Whether the value stands for several runs.
    public var isSweep: Bool { parsed?.isSweep ?? false }

    /// Whether the override is about Hydra's own settings.
    public var isHydra: Bool { key.hasPrefix("hydra.") || key.hasPrefix("hydra/") }

    /// The override as an origin: it has its say after every file.
    var origin: ConfigOrigin { ConfigOrigin(.override(text), layer: .max) }

    /// The key with its sign and package, as it is typed before the equals sign.
    var writtenKey: String {
        let sign =
            switch kind {
            case .change: ""
            case .add: "+"
            case .forceAdd: "++"
            case .delete: "~"
            }
        return sign + key + (package.map { "@\($0)" } ?? "")
    }

    /// The override as Python prints Hydra's object for it, which is part of one of its messages.
    var representation: String {
        let (name, number) =
            switch kind {
            case .change: ("CHANGE", 1)
            case .add: ("ADD", 2)
            case .forceAdd: ("FORCE_ADD", 3)
            case .delete: ("DEL", 4)
            }
        let value = value.map { $0.string.map(PythonText.quoted) ?? PythonText.str($0) } ?? "None"
        let package = package.map(PythonText.quoted) ?? "None"
        return "Override(type=<OverrideType.\(name): \(number)>, key_or_group=\(PythonText.quoted(key)), "
            + "value_type=<ValueType.ELEMENT: 1>, _value=\(value), package=\(package), "
            + "input_line=\(PythonText.quoted(text)), config_loader=None)"
    }
}
