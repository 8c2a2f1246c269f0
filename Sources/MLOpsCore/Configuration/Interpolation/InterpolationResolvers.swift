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
        func raised(_ type: String, _ reason: String) -> ConfigurationError {
            failure("\(type) raised while resolving interpolation: \(reason)")
        }
        /// Refuses a number of arguments that the resolver's function in Python does not take.
        func check(_ function: String, _ names: String..., takes maximum: Int, injects: Int = 0)
            throws(ConfigurationError)
        {
            guard !arguments.isEmpty else {
                throw raised("TypeError", "\(function)() missing 1 required positional argument: '\(names[0])'.")
            }
            guard arguments.count > maximum else { return }
            if names.count > 1 {
                // A further argument lands on one that OmegaConf passes by its name.
                let taken = function == "values" && arguments.count == 2 ? "_root_" : "_parent_"
                throw raised("TypeError", "\(function)() got multiple values for argument '\(taken)'.")
            }
            let takes = maximum == 1 ? "1 positional argument" : "from 1 to \(maximum) positional arguments"
            let given =
                injects == 0
                ? "\(arguments.count) were given"
                : "\(arguments.count) positional arguments (and \(injects) keyword-only "
                    + "\(injects == 1 ? "argument" : "arguments")) were given"
            throw raised("TypeError", "\(function)() takes \(takes) but \(given).")
        }

        switch name {
        case "oc.env":
            try check("env", "key", takes: 2)
            return made(try environmentValue(arguments, raised, failure))
        case "oc.decode":
            try check("decode", "expr", "_parent_", takes: 1)
            if arguments[0].node.isNull { return arguments[0] }
            guard let source = arguments[0].node.string else {
                throw raised(
                    "TypeError",
                    "`oc.decode` can only take strings or None as input, but `\(PythonText.str(arguments[0].node))` is of "
                        + "type \(arguments[0].typeName).")
            }
            if !source.isEmpty, source.allSatisfy({ $0 == " " || $0 == "\t" }) {
                throw raised("AssertionError", "WS should never be reached: the text is only white space.")
            }
            do {
                return try value(of: try InterpolationParser.element(source), of: node, at: path)
            } catch let error as InterpolationParser.Failure {
                throw raised("GrammarParseError", InterpolationParser.message(for: source, error, isElement: true))
            } catch let error as ConfigurationError {
                throw error
            } catch {
                throw raised("GrammarParseError", "'\(source)' does not decode.")
            }
        case "oc.create":
            try check("create", "obj", "_parent_", takes: 1)
            return Located(node: try created(arguments[0].node, at: path, raised), path: path, form: .created)
        case "oc.select":
            try check("select", "key", takes: 2, injects: 1)
            guard let key = arguments[0].node.string else {
                let type = arguments[0].typeName
                throw raised("AttributeError", "'\(type)' object has no attribute 'startswith'.")
            }
            if let found = try selectAnew(try target(key, of: node, at: path), from: node.origin), !found.node.isMissing
            {
                return found
            }
            return arguments.count == 2 ? arguments[1] : made(ConfigNode(.null, origin: node.origin))
        case "oc.deprecated":
            try check("deprecated", "key", takes: 2, injects: 2)
            for (argument, what) in zip(arguments, ["key", "message"]) where argument.node.string == nil {
                throw raised(
                    "TypeError",
                    "oc.deprecated: interpolation \(what) type is not a string (\(argument.typeName))."
                )
            }
            let old = arguments[0].node.string ?? ""
            guard let found = try selectAnew(try target(old, of: node, at: path), from: node.origin) else {
                throw raised(
                    "ConfigKeyError", "In oc.deprecated resolver at '\(fullKey(path))': Key not found: '\(old)'.")
            }
            return found
        case "oc.dict.keys":
            try check("keys", "key", "_parent_", takes: 1)
            let keys = try members(name, arguments[0], of: node, at: path, raised).members.keys
            let list = ConfigNode(.list(keys.map { ConfigNode(key: $0, origin: node.origin) }), origin: node.origin)
            // A name that is an interpolation is one in the list, too.
            let isFinal = list.list?.allSatisfy { !$0.isInterpolation } ?? true
            return isFinal ? made(list) : Located(node: list, path: path, form: .created)
        case "oc.dict.values":
            try check("values", "key", "_parent_", takes: 1)
            let (key, members) = try members(name, arguments[0], of: node, at: path, raised)
            // References, one point more when they are relative: they stand one level deeper.
            let prefix = key.hasPrefix(".") ? ".\(key)" : key
            let references = members.keys.map { name in
                "${\(prefix).\(PythonText.str(ConfigNode(key: name, origin: node.origin)))}"
            }
            for reference in references {
                do {
                    _ = try InterpolationParser.parts(reference)
                } catch {
                    throw raised("GrammarParseError", InterpolationParser.message(for: reference, error))
                }
            }
            var values = ConfigNode(.list(references.map(text)), origin: node.origin)
            values.declaredType = .list
            return Located(node: values, path: path, form: .created)
        case "hydra":
            try check("setup_globals.<locals>.<lambda>", "path", takes: 1)
            guard let key = arguments[0].node.string else {
                let type = arguments[0].typeName
                throw raised(
                    "AttributeError",
                    "'\(type)' object has no attribute 'startswith'." + ConfigurationError.place("", in: "HydraConf")
                        + place(path))
            }
            return try hydraValue(key, origin: node.origin, raised)
        case "now":
            try check("setup_globals.<locals>.<lambda>", "pattern", takes: 1)
            guard let pattern = arguments[0].node.string else {
                let type = arguments[0].node.isNull ? "None" : arguments[0].typeName
                throw raised("TypeError", "strftime() argument 1 must be str, not \(type).")
            }
            return made(text(Self.formatted(context.now, pattern)))
        case "python_version":
            // Hydra 1.3 runs on Python 3 alone, which is all that can be told without one; a level it does not know is null.
            guard arguments.count <= 1 else {
                throw raised(
                    "TypeError",
                    "setup_globals.<locals>.<lambda>() takes from 0 to 1 positional arguments but \(arguments.count) were given."
                )
            }
            let level = arguments.isEmpty ? "minor" : arguments[0].node.string
            if level == "major" { return made(text("3")) }
            guard level == "minor" || level == "micro" else { return made(ConfigNode(.null, origin: node.origin)) }
            throw failure(
                "Unsupported interpolation type python_version. No Python runs here; write the version as a text, "
                    + "such as '3.11'.")
        default:
            throw failure(
                "Unsupported interpolation type \(name). There are oc.create, oc.decode, oc.deprecated, oc.dict.keys, "
                    + "oc.dict.values, oc.env, oc.select, hydra, now.")
        }
    }

    private typealias Failure = (String) -> ConfigurationError
    private typealias Raised = (String, String) -> ConfigurationError

    /// The mapping that an argument of `oc.dict.keys` and `oc.dict.values` names, and the key as written.
    private func members(
        _ name: String, _ argument: Located, of node: ConfigNode, at path: [String], _ raised: Raised
    ) throws(ConfigurationError) -> (key: String, members: OrderedDictionary<ConfigNode.Key, ConfigNode>) {
        guard let key = argument.node.string else {
            throw raised(
                "TypeError",
                "`\(name)` requires a string as input, but obtained `\(PythonText.str(argument.node))` of type: "
                    + "\(argument.typeName).")
        }
        let place = try target(key, of: node, at: path)
        guard let found = try selectAnew(place, from: node.origin) else {
            throw raised("ConfigKeyError", "Key not found: '\(key)'.")
        }
        guard !found.node.isMissing else {
            throw raised("MissingMandatoryValue", "Missing mandatory value: \(fullKey(place)).")
        }
        guard let members = found.node.map else {
            throw raised("TypeError", "`\(name)` cannot be applied to objects of type: \(found.typeName).")
        }
        return (key, members)
    }

    private func environmentValue(
        _ arguments: [Located], _ raised: Raised, _ failure: Failure
    ) throws(ConfigurationError) -> ConfigNode {
        guard let key = arguments[0].node.string else {
            throw raised("TypeError", "str expected, not \(arguments[0].typeName).")
        }
        guard !Self.secrets.contains(key) else {
            throw failure(
                "'\(key)' is a secret and never becomes part of a configuration. Leave it in the environment.")
        }
        if let value = context.environment[key] { return ConfigNode(.string(value), origin: arguments[0].node.origin) }
        guard let fallback = arguments.dropFirst().first?.node else {
            throw raised(
                "KeyError",
                PythonText.quoted("Environment variable '\(key)' not found") + ". Set it, or give a default.")
        }
        return fallback.isNull ? fallback : ConfigNode(.string(PythonText.str(fallback)), origin: fallback.origin)
    }

    /// A mapping or list as it is, or text read as YAML, where a name alone is a mapping of it to null.
    private func created(
        _ argument: ConfigNode, at path: [String], _ raised: Raised
    ) throws(ConfigurationError) -> ConfigNode {
        switch argument.content {
        case .null, .map, .list: return argument
        case .string(let source):
            let node: ConfigNode
            do throws(ConfigurationError) {
                node = try YAMLReader.read(text: source, layer: argument.origin.layer)
            } catch  where error.code == .yamlSyntax {
                let words = error.origin.map { String(error.message.dropFirst("\($0): ".count)) } ?? error.message
                throw raised(YAMLSyntaxError.className(of: words), words)
            }
            if let name = node.string {
                return ConfigNode(.map([.string(name): ConfigNode(.null, origin: node.origin)]), origin: node.origin)
            }
            guard node.map != nil || node.list != nil else {
                throw raised("AssertionError", "")
            }
            return node
        default:
            throw raised(
                "ValidationError",
                "Object of unsupported type: '\(PythonText.typeName(argument))'."
                    + ConfigurationError.place("", in: "None") + place(path))
        }
    }

    /// One of Hydra's settings, whose own interpolations may name the user's values; as there, null when there is none, or it still has to be given.
    private func hydraValue(
        _ key: String, origin: ConfigOrigin, _ raised: Raised
    ) throws(ConfigurationError) -> Located {
        guard let whole = context.whole else { throw raised("ValueError", "HydraConfig was not set.") }
        guard context.settingsDepth < 32 else {
            throw raised(
                "RecursionError", "maximum recursion depth exceeded in comparison: settings lead to one another.")
        }
        var inner = context
        inner.settingsDepth += 1
        let tree = Interpolation(whole, context: inner)
        guard let located = try settings(["hydra"] + Self.names(key), in: tree), !located.node.isMissing else {
            return Located(node: ConfigNode(.null, origin: origin), path: nil)
        }
        return located
    }

    /// Variables whose values must not reach a snapshot, a log or a run directory.
    static let secrets: Set<String> = [
        "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD",
    ]

    private func target(_ key: String, of node: ConfigNode, at path: [String]) throws(ConfigurationError) -> [String] {
        let dots = key.prefix { $0 == "." }.count
        return try absolute(
            Self.names(String(key.dropFirst(dots))), dots: dots, of: node, at: path,
            reason: "ConfigKeyError raised while resolving interpolation:")
    }

    /// Formats a time as Python's `strftime` does, in the local time zone but without its name, which Python does not know.
    private static func formatted(_ date: Date, _ pattern: String) -> String {
        var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
        let fraction = date.timeIntervalSince1970 - Double(seconds)
        let microseconds = String(min(999_999, Int(fraction * 1e6)))
        var format = ""
        var rest = pattern[...]
        while let first = rest.popFirst() {
            guard first == "%", let kind = rest.popFirst() else {
                format.append(first)
                continue
            }
            switch kind {
            case "f": format += String(repeating: "0", count: 6 - microseconds.count) + microseconds
            case "z", "Z": break
            case ":" where rest.first == "z": rest.removeFirst()
            default: format += [first, kind]
            }
        }
        var parts = unsafe tm()
        var buffer = [CChar](repeating: 0, count: 256 + 32 * format.utf8.count)
        guard unsafe localtime_r(&seconds, &parts) != nil else { return format }
        let count = unsafe strftime(&buffer, buffer.count, format, &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
