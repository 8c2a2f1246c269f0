internal import Foundation
internal import OrderedCollections

/// The resolvers: OmegaConf's `oc.*`, and Hydra's `hydra` and `now`.
extension InterpolationEvaluation {
    /// Returns the value of the resolver `name`.
    func call(
        _ name: String, _ arguments: [Located], of node: ConfigNode, at path: [String]
    ) throws(ConfigurationError) -> Located {
        func failure(_ reason: String) -> ConfigurationError {
            ConfigurationError(
                .interpolation, "'\(node.excerpt)': \(reason)", key: path.joined(separator: "."), at: node.origin)
        }
        func made(_ node: ConfigNode) -> Located { Located(node: node, path: nil) }
        func text(_ content: String) -> ConfigNode { ConfigNode(.string(content), origin: node.origin) }
        func check(_ counts: ClosedRange<Int>) throws(ConfigurationError) {
            guard counts.contains(arguments.count) else {
                throw failure("\(name) does not take \(arguments.count) arguments.")
            }
        }
        func key() throws(ConfigurationError) -> String {
            guard let key = arguments[0].node.string else {
                throw failure("\(name) takes a key, not \(arguments[0].node.kindName).")
            }
            return key
        }

        switch name {
        case "oc.env":
            try check(1...2)
            return made(try environmentValue(arguments.map(\.node), failure))
        case "oc.decode":
            try check(1...1)
            if arguments[0].node.isNull { return arguments[0] }
            guard let source = arguments[0].node.string else {
                throw failure("oc.decode takes text, not \(arguments[0].node.kindName).")
            }
            do {
                return try value(of: try InterpolationParser.element(source), of: node, at: path)
            } catch let error as InterpolationParser.Failure {
                throw failure("'\(source)' does not decode: \(error.reason).")
            } catch let error as ConfigurationError {
                throw error
            } catch {
                throw failure("'\(source)' does not decode.")
            }
        case "oc.create":
            try check(1...1)
            return Located(node: try created(arguments[0].node, failure), path: path)
        case "oc.select":
            try check(1...2)
            if let found = try select(try target(try key(), of: node, at: path), from: node.origin),
                !found.node.isMissing
            {
                return found
            }
            return arguments.count == 2 ? arguments[1] : made(ConfigNode(.null, origin: node.origin))
        case "oc.deprecated":
            try check(1...2)
            guard arguments.count < 2 || arguments[1].node.string != nil else {
                throw failure("the message of oc.deprecated is text.")
            }
            let old = try key()
            guard let found = try select(try target(old, of: node, at: path), from: node.origin) else {
                throw failure("Key not found: '\(old)'.")
            }
            return found
        case "oc.dict.keys", "oc.dict.values":
            try check(1...1)
            let key = try key()
            let value = try lookUp(try target(key, of: node, at: path), from: node.origin).node
            guard let members = value.map else {
                throw failure("\(name) takes a mapping, and '\(key)' is \(value.kindName).")
            }
            guard name == "oc.dict.values" else {
                let keys = members.keys.map { ConfigNode(key: $0, origin: node.origin) }
                return made(ConfigNode(.list(keys), origin: node.origin))
            }
            // References, one point more when they are relative: they stand one level deeper.
            let prefix = key.hasPrefix(".") ? ".\(key)" : key
            let references = members.keys.map { name in
                let name = PythonText.str(ConfigNode(key: name, origin: node.origin))
                return text("${\(prefix).\(name)}")
            }
            return Located(node: ConfigNode(.list(references), origin: node.origin), path: path)
        case "hydra":
            try check(1...1)
            return made(try hydraValue(try key(), origin: node.origin, failure))
        case "now":
            try check(1...1)
            return made(text(Self.formatted(context.now, PythonText.str(arguments[0].node))))
        default:
            throw failure(
                "Unsupported interpolation type '\(name)'. There are oc.create, oc.decode, oc.deprecated, oc.dict.keys, "
                    + "oc.dict.values, oc.env, oc.select, hydra, now.")
        }
    }

    private typealias Failure = (String) -> ConfigurationError

    private func environmentValue(
        _ arguments: [ConfigNode], _ failure: Failure
    ) throws(ConfigurationError) -> ConfigNode {
        let key = PythonText.str(arguments[0])
        guard !Self.secrets.contains(key) else {
            throw failure(
                "'\(key)' is a secret and never becomes part of a configuration. Leave it in the environment.")
        }
        if let value = context.environment[key] { return ConfigNode(.string(value), origin: arguments[0].origin) }
        guard let fallback = arguments.dropFirst().first else {
            throw failure("Environment variable '\(key)' not found. Set it, or give a default.")
        }
        return fallback.isNull ? fallback : ConfigNode(.string(PythonText.str(fallback)), origin: fallback.origin)
    }

    /// A mapping or list as it is, or text read as YAML, where a name alone is a mapping of it to null.
    private func created(_ argument: ConfigNode, _ failure: Failure) throws(ConfigurationError) -> ConfigNode {
        switch argument.content {
        case .null, .map, .list: return argument
        case .string(let source):
            let node = try YAMLReader.read(Data(source.utf8), path: "oc.create", layer: argument.origin.layer)
            if let name = node.string {
                return ConfigNode(.map([.string(name): ConfigNode(.null, origin: node.origin)]), origin: node.origin)
            }
            guard node.map != nil || node.list != nil else {
                throw failure("oc.create makes a mapping or a list, not \(node.kindName).")
            }
            return node
        default: throw failure("oc.create takes a mapping, a list or text, not \(argument.kindName).")
        }
    }

    private func hydraValue(
        _ key: String, origin: ConfigOrigin, _ failure: Failure
    ) throws(ConfigurationError) -> ConfigNode {
        guard let hydra = context.hydra, hydra[Self.names(key)] != nil else {
            throw failure("Hydra has no setting '\(key)'.")
        }
        let whole = ConfigNode(.map([.string("hydra"): hydra]), origin: hydra.origin)
        return try Interpolation(whole, context: context).value(at: ["hydra"] + Self.names(key))
    }

    /// Variables whose values must not reach a snapshot, a log or a run directory.
    private static let secrets: Set<String> = [
        "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD",
    ]

    private func target(_ key: String, of node: ConfigNode, at path: [String]) throws(ConfigurationError) -> [String] {
        let dots = key.prefix { $0 == "." }.count
        return try absolute(Self.names(String(key.dropFirst(dots))), dots: dots, of: node, at: path)
    }

    /// Formats a time as C's `strftime` does, in the local time zone.
    private static func formatted(_ date: Date, _ format: String) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = unsafe tm()
        var buffer = [CChar](repeating: 0, count: 512)
        guard unsafe localtime_r(&seconds, &parts) != nil else { return format }
        let count = unsafe strftime(&buffer, buffer.count, format, &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
