public import Foundation
internal import OrderedCollections

/// Another tool's configuration, carried over: our YAML, and every key that has no counterpart.
///
/// What is written composes and is valid under the schema of `mlops train`: a value that is not is listed with the
/// schema's own words instead.
public struct ConfigurationMigration: Sendable {
    /// A key of the other tool that is not in the result.
    public struct Remainder: Sendable, Hashable {
        /// The key, dotted.
        public let key: String
        /// Its value, as Python prints it, shortened.
        public let value: String
        /// Why it has no counterpart, and what to do instead.
        public let reason: String
    }

    /// A key that asks for what is so here anyway, or says nothing.
    public struct Given: Sendable, Hashable {
        /// The key, dotted.
        public let key: String
        /// Its value, as Python prints it, shortened.
        public let value: String
    }

    /// A key that was carried over.
    public struct Translation: Sendable, Hashable {
        /// The other tool's key; nil: what it does when nothing is said.
        public let theirs: String?
        /// Our key.
        public let ours: String
    }

    /// The tool that the configuration was for.
    public let tool: ForeignTool
    /// Our configuration, as YAML with what is left over in comments.
    public let yaml: String
    /// What was carried over, in the order of our keys' writing.
    public let translations: [Translation]
    /// What was not.
    public let remainders: [Remainder]
    /// What needs nothing: it is always so here, or null.
    public let givens: [Given]

    /// Carries a configuration over.
    ///
    /// - Parameters:
    ///   - data: YAML, or JSON.
    ///   - name: what errors call the file.
    /// - Throws: ``ConfigurationError`` when the file is not YAML, or no mapping.
    public init(_ data: Data, from tool: ForeignTool, name: String) throws(ConfigurationError) {
        guard !name.hasSuffix(".py") else {
            throw ConfigurationError(
                .wrongType,
                "\(name) is a program, which is not run. Write the arguments of its calls (r, lora_alpha, max_seq_length, "
                    + "learning_rate, …) as YAML, `key: value` on a line each.")
        }
        let node = try YAMLReader.read(data, path: name, layer: 0)
        guard node.map != nil else {
            throw ConfigurationError(
                .wrongType, "a configuration of \(tool.rawValue) is a mapping, not \(node.kindName).", at: node.origin)
        }
        var work = MigrationWork(tool: tool)
        work.read(node)
        work.addSilentValues()
        work.check()
        self.tool = tool
        translations = work.translations
        remainders = work.remainders
        givens = work.givens
        yaml = work.yaml(name: name)
    }

    /// The result for a program: the YAML's values and the two lists.
    public var json: JSONValue {
        .object([
            "tool": .string(tool.rawValue), "yaml": .string(yaml),
            "translated": .array(
                translations.map { .object(["from": $0.theirs.map { .string($0) } ?? .null, "to": .string($0.ours)]) }),
            "remaining": .array(
                remainders.map {
                    .object(["key": .string($0.key), "value": .string($0.value), "reason": .string($0.reason)])
                }),
            "always_so": .array(
                givens.map { .object(["key": .string($0.key), "value": .string($0.value)]) }),
        ])
    }
}
