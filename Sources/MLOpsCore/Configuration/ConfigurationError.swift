/// A configuration that cannot be used: what is wrong, where it is written, and what would be right.
public struct ConfigurationError: ReportableError, Hashable {
    /// Kinds of failure, by what the caller can do about them.
    @nonexhaustive public enum Code: Sendable, Hashable {
        /// An override on the command line does not parse.
        case overrideSyntax
        /// A file is not the YAML it should be.
        case yamlSyntax
        /// A file is deeper, larger or more aliased than a configuration needs to be.
        case tooComplex
        /// A configuration that is named does not exist.
        case missingConfig
        /// Defaults lists, groups or overrides contradict each other.
        case composition
        /// An interpolation names something that does not exist, or itself.
        case interpolation
        /// No such key.
        case unknownKey
        /// A value of the wrong type.
        case wrongType
        /// A value outside its range or choices.
        case outOfRange
        /// Two keys that exclude each other.
        case conflict
        /// A key without which there is no run.
        case missingValue
        /// A value whose feature does not exist yet.
        case unsupported
    }

    /// The kind of failure.
    public let code: Code
    /// Where the value was written, if it was written anywhere.
    public let origin: ConfigOrigin?
    /// The key concerned, dotted (`eval.max_samples`), if one is.
    public let key: String?
    /// What happened, where, and what to do next.
    public let message: String

    /// Creates an error; the origin goes before the message.
    package init(_ code: Code, _ message: String, key: String? = nil, at origin: ConfigOrigin? = nil) {
        self.code = code
        self.key = key
        self.origin = origin
        let message = HalfCharacters.shown(message)
        self.message = origin.map { "\($0): \(message)" } ?? message
    }

    /// Creates the same error with another message.
    init(_ error: ConfigurationError, message: String) {
        (code, key, origin) = (error.code, error.key, error.origin)
        self.message = message
    }

    /// 64 for an override that does not parse, 78 for everything else.
    public var exitStatus: ExitStatus { code == .overrideSyntax ? .usage : .configuration }
}
