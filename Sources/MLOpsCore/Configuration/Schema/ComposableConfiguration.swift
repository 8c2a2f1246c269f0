public import Foundation
internal import OrderedCollections

/// A typed configuration that is composed from YAML and checked against its schema.
public protocol ComposableConfiguration: Sendable {
    /// The keys, and the properties they stand for.
    static var schema: ConfigurationSchema<Self> { get }
}

extension ComposableConfiguration {
    /// Returns the composition of the configuration `name` and `overrides`, with this schema's defaults where nothing else is said.
    ///
    /// A key of the schema can be changed (`k=v`) whether or not a file names it.
    ///
    /// - Parameter isMultirun: whether overrides may be sweeps and groups may be left open (`-m`).
    /// - Parameter now: the time that `${now:…}` formats.
    /// - Throws: ``ConfigurationError``; its exit status is 64 for an override that does not parse and 78 otherwise.
    public static func compose(
        _ name: String, from sources: [ConfigSource], overrides: [String] = [], isMultirun: Bool = false,
        at now: Date = Date()
    ) throws(ConfigurationError) -> ComposedConfiguration {
        var composer = ConfigComposer(sources)
        composer.isMultirun = isMultirun
        composer.isTypedInShell = true
        composer.context.now = now
        composer.application = OverrideApplication(
            isKnownKey: { schema.knows($0) },
            hint: { schema.knows($0) ? nil : schema.unknownKeyMessage($0) })
        var composed = try composer.compose(name, overrides: overrides)
        for key in schema.keys {
            guard let value = key.defaultValue else { continue }
            composed.fillIn(
                ConfigNode(json: value, origin: ConfigOrigin(.schema, layer: -1)),
                at: key.name.split(separator: ".").map(String.init))
        }
        return composed
    }

    /// Decodes a composition.
    ///
    /// - Throws: ``ConfigurationError`` that names file, line and key.
    public init(_ composed: ComposedConfiguration) throws(ConfigurationError) {
        try composed.refuseIdleSettings()
        try composed.whole.refuseHalfCharacters()
        self = try Self.schema.decode(try composed.resolved())
    }

    /// Checks every value against the range of its key, and that its feature exists.
    ///
    /// - Throws: ``ConfigurationError`` naming the key.
    public func validate() throws(ConfigurationError) { try Self.schema.validate(self) }

    /// Every key with its value, as JSON.
    public var json: JSONValue { Self.schema.encode(self) }

    /// Every key with its value, as YAML that composes to an equal value; the text of `config_used.yaml`.
    public var yaml: String {
        YAMLWriter.text(of: ConfigNode(json: json, origin: ConfigOrigin(.schema)).withEscapedInterpolations)
    }
}

extension ConfigNode {
    /// The same tree with a backslash before every `${`, so that what was text stays text.
    fileprivate var withEscapedInterpolations: ConfigNode {
        var node = self
        switch content {
        case .string(let text) where text.contains("${"): node.content = .string(Self.escaped(text))
        case .list(let elements): node.content = .list(elements.map(\.withEscapedInterpolations))
        case .map(let members): node.content = .map(members.mapValues(\.withEscapedInterpolations))
        default: break
        }
        return node
    }

    /// Backslashes before `${` are doubled, and one more makes it text.
    private static func escaped(_ text: String) -> String {
        var out = ""
        var backslashes = 0
        var rest = text[...]
        while let character = rest.first {
            if rest.hasPrefix("${") { out += String(repeating: "\\", count: backslashes + 1) }
            backslashes = character == "\\" ? backslashes + 1 : 0
            out.append(character)
            rest.removeFirst()
        }
        return out
    }
}
