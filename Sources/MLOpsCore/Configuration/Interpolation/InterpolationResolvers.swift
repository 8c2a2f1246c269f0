internal import Foundation
internal import OrderedCollections

/// The resolvers: OmegaConf's `oc.*`, and Hydra's `hydra` and `now`.
extension InterpolationEvaluation {
    /// Returns the value of the resolver `name`.
    func call(
        _ name: String, _ arguments: [ConfigNode], of node: ConfigNode, at path: [String]
    ) throws(ConfigurationError) -> ConfigNode {
        func failure(_ reason: String) -> ConfigurationError {
            ConfigurationError(
                .interpolation, "'\(node.string ?? "")': \(reason)", key: path.joined(separator: "."), at: node.origin)
        }
        func text(_ content: String) -> ConfigNode { ConfigNode(.string(content), origin: node.origin) }
        func check(_ counts: ClosedRange<Int>) throws(ConfigurationError) {
            guard counts.contains(arguments.count) else {
                throw failure("\(name) does not take \(arguments.count) arguments.")
            }
        }

        switch name {
        case "oc.env":
            try check(1...2)
            let key = PythonText.str(arguments[0])
            guard !Self.secrets.contains(key) else {
                throw failure(
                    "'\(key)' is a secret and never becomes part of a configuration. Leave it in the environment.")
            }
            if let value = context.environment[key] { return text(value) }
            guard arguments.count == 2 else {
                throw failure("Environment variable '\(key)' not found. Set it, or give a default.")
            }
            return arguments[1].isNull ? arguments[1] : text(PythonText.str(arguments[1]))
        case "oc.decode":
            try check(1...1)
            if arguments[0].isNull { return arguments[0] }
            guard let source = arguments[0].string else {
                throw failure("oc.decode takes text, not \(arguments[0].kindName).")
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
            return arguments[0]
        case "oc.select":
            try check(1...2)
            let null = ConfigNode(.null, origin: node.origin)
            return try select(try target(PythonText.str(arguments[0]), of: node, at: path)) ?? arguments.dropFirst()
                .first ?? null
        case "oc.deprecated":
            try check(1...2)
            return try lookUp(try target(PythonText.str(arguments[0]), of: node, at: path), from: node.origin)
        case "oc.dict.keys", "oc.dict.values":
            try check(1...1)
            let key = PythonText.str(arguments[0])
            let value = try lookUp(try target(key, of: node, at: path), from: node.origin)
            guard let members = value.map else {
                throw failure("\(name) takes a mapping, and '\(key)' is \(value.kindName).")
            }
            let elements = name == "oc.dict.values" ? Array(members.values) : members.keys.map { text($0.text) }
            return ConfigNode(.list(elements), origin: node.origin)
        case "hydra":
            try check(1...1)
            let key = PythonText.str(arguments[0])
            guard let hydra = context.hydra, let value = hydra[Self.names(key)] else {
                throw failure("Hydra has no setting '\(key)'.")
            }
            guard value.isInterpolation else { return value }
            return try Interpolation(
                ConfigNode(.map([.string("hydra"): hydra]), origin: hydra.origin), context: context
            ).value(at: ["hydra"] + Self.names(key))
        case "now":
            try check(1...1)
            return text(Self.formatted(context.now, PythonText.str(arguments[0])))
        default:
            throw failure(
                "Unsupported interpolation type '\(name)'. There are oc.create, oc.decode, oc.deprecated, oc.dict.keys, "
                    + "oc.dict.values, oc.env, oc.select, hydra, now.")
        }
    }

    /// Variables whose values must not reach a snapshot, a log or a run directory.
    private static let secrets: Set<String> = [
        "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD",
    ]

    private func target(_ key: String, of node: ConfigNode, at path: [String]) throws(ConfigurationError) -> [String] {
        let dots = key.prefix { $0 == "." }.count
        return try absolute(Self.names(key), dots: dots, of: node, at: path)
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
