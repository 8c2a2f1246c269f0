internal import Foundation
internal import OrderedCollections
internal import Yams

/// Reads YAML text into a tree whose values know their file, line and column.
///
/// The text is not trusted: its size, depth and the number of values after aliases are expanded are bounded, so a
/// file written to exhaust memory ends in an error instead.
struct YAMLReader {
    /// Bounds no configuration comes near.
    struct Limits: Sendable {
        var bytes = 1 << 20
        var depth = 64
        var values = 100_000
    }

    private let path: String
    private let layer: Int
    private let limits: Limits
    private var valueCount = 0

    private init(path: String, layer: Int, limits: Limits) {
        self.path = path
        self.layer = layer
        self.limits = limits
    }

    /// Returns the tree of the single document in `data`; an empty document is an empty mapping.
    ///
    /// - Parameter path: what errors and origins call the file.
    static func read(_ data: Data, path: String, layer: Int, limits: Limits = Limits()) throws(ConfigurationError)
        -> ConfigNode
    {
        var reader = YAMLReader(path: path, layer: layer, limits: limits)
        guard data.count <= limits.bytes else {
            throw ConfigurationError(
                .tooComplex, "\(path) has \(data.count) bytes; a configuration may have \(limits.bytes).")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationError(.yamlSyntax, "\(path) is not UTF-8 text. Save it as UTF-8.")
        }
        guard !YAMLAliasBound.mayExplode(text) else { throw reader.tooManyValues() }
        let document = try reader.document(text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text)
        guard let document else {
            return ConfigNode(.map([:]), origin: reader.origin(nil))
        }
        let node = try reader.node(document, depth: 0)
        return node.isNull ? ConfigNode(.map([:]), origin: node.origin) : node
    }

    /// Returns the composed document.
    ///
    /// In flow style PyYAML ends a word at a colon before a bracket, a brace or a comma (`{a:[1]}`), where libyaml
    /// gives up; a space after such a colon makes them agree.
    private func document(_ text: String) throws(ConfigurationError) -> Node? {
        var text = text
        var bytesLeft = 1 << 23
        while true {
            do {
                return try compose(yaml: text, .basic, .default, .utf8)
            } catch let error as YamlError {
                guard case .scanner(_, let problem, let mark, _) = error, problem.hasPrefix("found unexpected ':'"),
                    let colon = Self.index(of: mark, in: text), text[colon] == ":", bytesLeft > text.utf8.count
                else { throw syntaxError(error) }
                bytesLeft -= text.utf8.count
                text.insert(" ", at: text.index(after: colon))
            } catch {
                throw syntaxError(error)
            }
        }
    }

    /// The place of `mark`, which counts lines and Unicode scalars from one.
    private static func index(of mark: Mark, in text: String) -> String.Index? {
        let scalars = text.unicodeScalars
        var index = scalars.startIndex
        for _ in 1..<max(mark.line, 1) {
            guard let end = scalars[index...].firstIndex(of: "\n") else { return nil }
            index = scalars.index(after: end)
        }
        return scalars.index(index, offsetBy: mark.column - 1, limitedBy: scalars.endIndex).flatMap {
            $0 < scalars.endIndex ? $0 : nil
        }
    }

    private func origin(_ mark: Mark?) -> ConfigOrigin {
        ConfigOrigin(.file(path, line: mark?.line ?? 1, column: mark?.column ?? 1), layer: layer)
    }

    private func tooManyValues() -> ConfigurationError {
        ConfigurationError(
            .tooComplex,
            "\(path) has more than \(limits.values) values once its aliases are expanded; that is no configuration.")
    }

    private mutating func node(_ source: Node, depth: Int) throws(ConfigurationError) -> ConfigNode {
        valueCount += 1
        guard valueCount <= limits.values else { throw tooManyValues() }
        let origin = origin(source.mark)
        guard depth <= limits.depth else {
            throw ConfigurationError(.tooComplex, "nested more than \(limits.depth) levels deep.", at: origin)
        }
        switch source {
        case .scalar(let scalar): return ConfigNode(try content(of: scalar, at: origin), origin: origin)
        case .sequence(let sequence):
            let tag = try collectionTag(sequence.tag, isMapping: false, at: origin)
            var elements: [ConfigNode] = []
            for element in sequence {
                let element = try node(element, depth: depth + 1)
                elements.append(tag == "seq" ? element : try pair(element))
            }
            return ConfigNode(.list(elements), origin: origin)
        case .mapping(let mapping):
            _ = try collectionTag(mapping.tag, isMapping: true, at: origin)
            return ConfigNode(.map(try members(of: mapping, depth: depth)), origin: origin)
        case .alias: throw ConfigurationError(.yamlSyntax, "an alias without its anchor.", at: origin)
        }
    }

    private mutating func members(
        of mapping: Node.Mapping, depth: Int
    ) throws(ConfigurationError) -> OrderedDictionary<ConfigNode.Key, ConfigNode> {
        var merged: OrderedDictionary<ConfigNode.Key, ConfigNode> = [:]
        var own: [(ConfigNode.Key, ConfigNode)] = []
        for (keyNode, valueNode) in mapping {
            let origin = origin(keyNode.mark)
            guard case .scalar(let scalar) = keyNode else {
                throw ConfigurationError(
                    .yamlSyntax,
                    "while constructing a mapping found unhashable key: a list or a mapping cannot be a key.",
                    at: origin)
            }
            if scalar.style == .plain, scalar.string == "<<" {
                // Merged members come first, and the earliest of several sources goes before the others.
                for (key, value) in try mergeSources(valueNode, depth: depth) where merged[key] == nil {
                    merged[key] = value
                }
                continue
            }
            let key: ConfigNode.Key =
                switch try content(of: scalar, isKey: true, at: origin) {
                case .string(let text): .string(text)
                case .integer(let value): .integer(value)
                case .bigInteger(let digits): .bigInteger(digits)
                case .number(let value): .number(value)
                case .bool(let value): .bool(value)
                default:
                    throw ConfigurationError(
                        .yamlSyntax, "Incompatible key type 'NoneType': null cannot be a key.", at: origin)
                }
            var value = try node(valueNode, depth: depth + 1)
            value.origin = origin  // a person looks for the key, and a block starts a line below it
            own.append((key, value))
        }
        for (key, value) in own { merged[key] = value }
        return merged
    }

    private mutating func mergeSources(
        _ source: Node, depth: Int
    ) throws(ConfigurationError) -> [(ConfigNode.Key, ConfigNode)] {
        let value = try node(source, depth: depth + 1)
        switch value.content {
        case .map(let members): return members.map { ($0.key, $0.value) }
        case .list(let elements):
            var all: [(ConfigNode.Key, ConfigNode)] = []
            for element in elements {
                guard let members = element.map else {
                    throw ConfigurationError(
                        .yamlSyntax,
                        "while constructing a mapping expected a mapping for merging, but found \(element.kindName) after '<<'.",
                        at: element.origin)
                }
                all += members.map { ($0.key, $0.value) }
            }
            return all
        default:
            throw ConfigurationError(
                .yamlSyntax,
                "while constructing a mapping expected a mapping or list of mappings for merging, but found "
                    + "\(value.kindName) after '<<'.", at: value.origin)
        }
    }

    private func content(of scalar: Node.Scalar, isKey: Bool = false, at origin: ConfigOrigin)
        throws(ConfigurationError)
        -> ConfigNode.Content
    {
        // The composer hashes keys, which leaves the tag of text on a plain one.
        let written = scalar.tag.description
        let tag = isKey && written == "tag:yaml.org,2002:str" ? "" : written
        let isPlain = scalar.style == .plain || scalar.style == .any
        guard !isPlain || !scalar.string.contains("\t") else {
            throw ConfigurationError(.yamlSyntax, "a tab cannot stand in text without quotes.", at: origin)
        }
        // PyYAML reads text with the tag `!` as if it had neither tag nor quotes.
        if isPlain && tag.isEmpty || tag == "!" {
            guard !YAMLScalar.isReserved(scalar.string) else {
                let name = scalar.string == "=" ? "value" : "merge"
                throw ConfigurationError(
                    .yamlSyntax,
                    "could not determine a constructor for the tag 'tag:yaml.org,2002:\(name)': '\(scalar.string)' without "
                        + "quotes is reserved in YAML. Quote it.", at: origin)
            }
            guard let content = YAMLScalar.content(of: scalar.string) else {
                throw ConfigurationError(
                    .outOfRange,
                    "'\(scalar.string.prefix(40))…' has more than \(YAMLScalar.maximumDigits) digits. Quote it if it is text.",
                    at: origin)
            }
            return content
        }
        switch tag {
        case "", "tag:yaml.org,2002:str": return .string(scalar.string)
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            if tag.hasSuffix(":null") { return .null }
            let content = YAMLScalar.content(of: scalar.string)
            switch (tag.split(separator: ":").last, content) {
            case ("int", .integer), ("int", .bigInteger), ("bool", .bool), ("null", .null), ("float", .number):
                return content ?? .null
            case ("float", .integer(let value)): return .number(Double(value))
            case ("float", .bigInteger(let digits)): return .number(Double(digits) ?? .infinity)
            default:
                let kind = tag.split(separator: ":").last ?? ""
                let reason =
                    kind == "int"
                    ? "invalid literal for int() with base 10"
                    : kind == "float" ? "could not convert string to float" : "this is no truth value"
                throw ConfigurationError(
                    .yamlSyntax, "\(reason): '\(scalar.string)'. The tag is '\(tag)'.", at: origin)
            }
        case "tag:yaml.org,2002:timestamp":
            let type = scalar.string.contains(":") ? "datetime" : "date"
            throw ConfigurationError(
                .yamlSyntax, "Value '\(type)' is not a supported primitive type. Quote it to have text.", at: origin)
        case "tag:yaml.org,2002:binary":
            throw ConfigurationError(
                .unsupported, "Bytes (the tag '\(tag)') are not supported. Write text.", at: origin)
        default: throw Self.unknownTag(tag, at: origin)
        }
    }

    /// What PyYAML says where libyaml says `problem`.
    private static func pythonic(_ problem: String) -> String {
        switch problem {
        case "block sequence entries are not allowed in this context": "sequence entries are not allowed here"
        case "mapping values are not allowed in this context": "mapping values are not allowed here"
        case "mapping keys are not allowed in this context": "mapping keys are not allowed here"
        default: problem
        }
    }

    private func syntaxError(_ error: any Error) -> ConfigurationError {
        func failure(_ problem: String, _ mark: Mark?, _ context: String?) -> ConfigurationError {
            let text = [context, problem].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
            return ConfigurationError(.yamlSyntax, "not valid YAML: \(text).", at: origin(mark))
        }
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            return failure(Self.pythonic(problem), mark, context?.text.split(separator: "\n").first.map(String.init))
        case .duplicatedKeysInMapping(let duplicates, let context):
            return failure(
                "found duplicate key \(duplicates.joined(separator: ", "))", context.mark,
                "while constructing a mapping")
        case .reader(let problem, _, _, _): return failure(problem, nil, nil)
        default: return failure("it cannot be read", nil, nil)
        }
    }
}
