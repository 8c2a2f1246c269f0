internal import Foundation
internal import OrderedCollections

/// One configuration as its file says it: the values, the defaults list, and where it wants to be put.
struct LoadedConfig: Sendable {
    /// The values, without the defaults list.
    let node: ConfigNode
    /// The items of the defaults list; empty when there is none.
    let defaults: [DefaultsItem]
    /// The package of the header `# @package …`, if there is one.
    let packageHeader: String?
}

/// Finds configurations along a search path, and reads each of them once.
final class ConfigLoader {
    private(set) var sources: [ConfigSource]
    private var cache: [String: LoadedConfig?] = [:]
    private var layers: [String: Int] = [:]

    /// Creates a loader that asks `sources` in their order.
    init(_ sources: [ConfigSource]) {
        self.sources = sources
    }

    /// Adds places to look in, after the others.
    func append(_ more: [ConfigSource]) { sources += more }

    /// Who names the sources, and where they are, with the last one that Hydra always has.
    var places: [(provider: String, location: String)] {
        sources.map { ($0.provider, $0.location) } + [("schema", "structured://")]
    }

    /// Whether any source has the configuration `name`.
    func hasConfig(_ name: String) -> Bool { sources.contains { $0.hasConfig(name) } }

    /// Whether any source has the group `name`.
    func hasGroup(_ name: String) -> Bool { sources.contains { $0.hasGroup(name) } }

    /// The configurations of the group `name` in all sources, sorted.
    func options(of name: String) -> [String] { Set(sources.flatMap { $0.options(of: name) }).sorted() }

    /// Returns the configuration `name`; nil when no source has it.
    ///
    /// - Throws: ``ConfigurationError`` when the file is not valid.
    func load(_ name: String) throws(ConfigurationError) -> LoadedConfig? {
        if let known = cache[name] { return known }
        for source in sources {
            guard let (data, path) = try source.data(of: name) else { continue }
            let loaded = try Self.parse(data, path: path, name: name)
            cache[name] = loaded
            return loaded
        }
        cache[name] = .some(nil)
        return nil
    }

    private static func parse(_ data: Data, path: String, name: String) throws(ConfigurationError) -> LoadedConfig {
        let header = try packageHeader(data, path: path)
        var node = try YAMLReader.read(data, path: path, layer: 0)
        try InterpolationParser.check(node)
        var list: ConfigNode?
        switch node.content {
        case .map(var members):
            list = members.removeValue(forKey: .string("defaults"))
            node.content = .map(members)
        // A list has no defaults, and can be put below a package.
        case .list: break
        // OmegaConf reads a document of one text once more, and takes a word alone for a key without a value.
        case .string(let text):
            node.content = try YAMLReader.read(text: text, layer: 0).content
            switch node.content {
            case .string(let word): node.content = .map([.string(word): ConfigNode(.null, origin: node.origin)])
            case .null: node.content = .map([:])
            case .map, .list: break
            default: throw refusal(of: node)
            }
        default: throw refusal(of: node)
        }
        var items: [DefaultsItem] = []
        if let list {
            guard let elements = list.list else {
                throw ConfigurationError(
                    .composition,
                    "Invalid defaults list in '\(name)', defaults must be a list (got \(list.map == nil ? PythonText.typeName(list) : "mapping")).",
                    at: list.origin)
            }
            for element in elements { items.append(try DefaultsItem(element, in: name)) }
        }
        if HydraSettings.plugins.contains(name), path.hasPrefix("built-in:hydra/") { node.declaredType = .plugin }
        return LoadedConfig(node: node, defaults: items, packageHeader: header)
    }

    private static func refusal(of node: ConfigNode) -> ConfigurationError {
        ConfigurationError(
            .composition,
            "Invalid loaded object type: \(PythonText.typeName(node)). A configuration is a mapping.", at: node.origin)
    }

    /// Reads the lines `# @package name` that stand before everything but empty lines. Hydra looks at 512 characters.
    private static func packageHeader(_ data: Data, path: String) throws(ConfigurationError) -> String? {
        var package: String?
        let start = String(decoding: data.prefix(4 * 512), as: UTF8.self).unicodeScalars.prefix(512)
        for (index, line) in String(start).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty { continue }
            guard line.first == "#", line.dropFirst().first(where: { !$0.isWhitespace }) == "@" else { break }
            let text = line.dropFirst().drop(while: \.isWhitespace)
            let words = text.split(separator: " ")
            let origin = ConfigOrigin(.file(path, line: index + 1, column: 1))
            guard words.count == 2 else {
                let problem = words.count < 2 ? "Expected header format: KEY VALUE, got" : "Too many components in"
                throw ConfigurationError(
                    .composition, "\(problem) '\(text)'. Write '# @package NAME'.", at: origin)
            }
            if words[0] == "@package" { package = words[1].trimmingCharacters(in: .whitespaces) }
        }
        return package
    }
}
