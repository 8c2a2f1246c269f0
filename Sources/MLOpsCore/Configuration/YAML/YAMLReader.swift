internal import Foundation
internal import OrderedCollections

/// Reads YAML text into a tree whose values know their file, line and column, as PyYAML and OmegaConf do.
///
/// The text is not trusted: its size, depth and the number of values after aliases are expanded are bounded, so a
/// file written to exhaust memory ends in an error instead.
struct YAMLReader {
    /// Bounds no configuration comes near.
    struct Limits: Sendable {
        var bytes = 1 << 20
        var depth = 80
        var values = 100_000
    }

    /// An error of a value, and when PyYAML meets it: it makes values level by level.
    private struct Mistake: Error {
        let level: Int
        let error: ConfigurationError
    }

    let path: String
    private let layer: Int
    private let limits: Limits
    private var valueCount = 0
    private var mistake: Mistake?
    /// What OmegaConf refuses first, after everything that PyYAML does.
    private var refusal: ConfigurationError?
    /// The names and indices that lead to what is read.
    private var trail: [String] = []
    /// The nodes that lead to the one being read; one that contains itself has no end.
    private var open: Set<ObjectIdentifier> = []

    /// What is read, if it is no file.
    private var text: [Unicode.Scalar]?

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
        return try reader.tree(Self.scalars(of: text))
    }

    /// Returns the tree of the single document that `text` is.
    static func read(text: String, layer: Int) throws(ConfigurationError) -> ConfigNode {
        var reader = YAMLReader(path: "<unicode string>", layer: layer, limits: Limits())
        let scalars = Array(text.unicodeScalars)
        reader.text = scalars
        return try reader.tree(scalars)
    }

    private mutating func tree(_ text: [Unicode.Scalar]) throws(ConfigurationError) -> ConfigNode {
        guard let document = try document(text) else { return ConfigNode(.map([:]), origin: origin(YAMLMark())) }
        let node = try node(document, level: 0)
        if let error = mistake?.error ?? refusal { throw error }
        return node.isNull ? ConfigNode(.map([:]), origin: node.origin) : node
    }

    private func document(_ text: [Unicode.Scalar]) throws(ConfigurationError) -> YAMLNode? {
        if let place = text.firstIndex(where: { !Self.isAllowed($0) }) {
            let code = String(text[place].value, radix: 16)
            let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
            throw ConfigurationError(
                .yamlSyntax,
                "unacceptable character #x\(padded): special characters are not allowed\n  in \"\(name)\", position \(place)",
                at: origin(YAMLMark()))
        }
        do throws(YAMLComposer.Failure) {
            return try YAMLComposer.document(text, maximumDepth: limits.depth + 1)
        } catch {
            switch error {
            case .syntax(let error): throw failure(error)
            case .tooDeep(let mark): throw tooDeep(mark)
            }
        }
    }

    // MARK: Errors

    /// The path that PyYAML names, which is absolute.
    private var name: String {
        text != nil || path.hasPrefix("/") || path.contains(":")
            ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    func origin(_ mark: YAMLMark) -> ConfigOrigin {
        ConfigOrigin(.file(path, line: mark.line + 1, column: mark.column + 1), layer: layer)
    }

    func failure(_ error: YAMLSyntaxError) -> ConfigurationError {
        ConfigurationError(
            .yamlSyntax, error.text(of: name, showing: text),
            at: origin(error.problemMark ?? error.contextMark ?? YAMLMark()))
    }

    func failure(
        _ problem: String, _ node: YAMLNode, _ context: String? = nil, _ start: YAMLMark? = nil
    ) -> ConfigurationError {
        failure(YAMLSyntaxError(problem, at: node.mark, context: context, from: start))
    }

    private func tooDeep(_ mark: YAMLMark) -> ConfigurationError {
        ConfigurationError(
            .tooComplex,
            "maximum recursion depth exceeded in comparison: nested more than \(limits.depth) levels deep.",
            at: origin(mark))
    }

    /// Keeps the error that PyYAML would meet first.
    private mutating func note(_ error: ConfigurationError, level: Int) {
        guard mistake.map({ level < $0.level }) ?? true else { return }
        mistake = Mistake(level: level, error: error)
    }

    // MARK: Values

    /// OmegaConf's lines about the value that is read, or about a key of it: an index that comes last then has no brackets.
    private func place(ofKey isOfKey: Bool = false) -> String {
        var trail = trail
        let isElement = trail.last?.hasPrefix("[") ?? false
        if isOfKey, isElement { trail.append(String(trail.removeLast().dropFirst().dropLast())) }
        let key = trail.joined()
        return ConfigurationError.place(
            String(key.hasPrefix(".") ? key.dropFirst() : key[...]), in: isElement && !isOfKey ? "list" : "dict")
    }

    /// The value of `source`; an error in it is noted, and the rest goes on as far as an earlier one may hide there.
    private mutating func node(_ source: YAMLNode, level: Int) throws(ConfigurationError) -> ConfigNode {
        valueCount += 1
        guard valueCount <= limits.values else {
            throw ConfigurationError(
                .tooComplex,
                "\(path) has more than \(limits.values) values once its aliases are expanded; that is no configuration."
            )
        }
        let origin = origin(source.mark)
        guard level <= limits.depth else { throw tooDeep(source.mark) }
        do throws(ConfigurationError) {
            if case .scalar(let text, let isPlain) = source.content {
                return ConfigNode(try content(of: text, isPlain: isPlain, source), origin: origin)
            }
            guard open.insert(ObjectIdentifier(source)).inserted else {
                throw ConfigurationError(
                    .tooComplex, "maximum recursion depth exceeded: this value contains itself.", at: origin)
            }
            defer { open.remove(ObjectIdentifier(source)) }
            let kind = try collectionTag(source)
            switch source.content {
            case .sequence(let nodes):
                var elements: [ConfigNode] = []
                for (index, node) in nodes.enumerated() {
                    if kind == .pairs { try checkPair(node, in: source) }
                    trail.append("[\(index)]")
                    defer { trail.removeLast() }
                    let element = try self.node(node, level: level + 1)
                    guard kind == .pairs, let first = element.map?.elements.first else {
                        elements.append(element)
                        continue
                    }
                    let key = ConfigNode(key: first.key, origin: element.origin)
                    elements.append(ConfigNode(.list([key, first.value]), origin: element.origin))
                }
                return ConfigNode(.list(elements), origin: origin)
            default: return ConfigNode(.map(try members(of: source, level: level)), origin: origin)
            }
        } catch {
            guard error.code != .tooComplex else { throw error }
            guard error.code != .wrongType else {
                refusal = refusal ?? (error.hasPlace ? error : error.adding(place()))
                return ConfigNode(.null, origin: origin)
            }
            // A scalar is made with the list or mapping that it stands in.
            var met = level
            if case .scalar = source.content { met = max(level - 1, 0) }
            note(error, level: met)
            return ConfigNode(.null, origin: origin)
        }
    }

    private mutating func members(
        of mapping: YAMLNode, level: Int
    ) throws(ConfigurationError) -> OrderedDictionary<ConfigNode.Key, ConfigNode> {
        guard case .mapping(let written) = mapping.content else { return [:] }
        var seen: Set<String> = []
        for (key, _) in written {
            guard case .scalar(let text, let isPlain) = key.content,
                isText(text, isPlain: isPlain, key.tag), !seen.insert(text).inserted
            else { continue }
            throw failure("found duplicate key \(text)", key, "while constructing a mapping", mapping.mark)
        }
        var members: OrderedDictionary<ConfigNode.Key, ConfigNode> = [:]
        // OmegaConf sees what is left of names that are the same to Python (`1`, `true`), in the dictionary's order.
        let earlier = refusal
        var refusals: OrderedDictionary<ConfigNode.Key?, ConfigurationError?> = [:]
        defer { refusal = earlier ?? refusals.values.lazy.compactMap(\.self).first }
        for (keyNode, valueNode) in try merged(mapping, inside: []) {
            guard case .scalar(let text, let isPlain) = keyNode.content else {
                _ = try collectionTag(keyNode)
                throw failure("found unhashable key", keyNode, "while constructing a mapping", mapping.mark)
            }
            let kinds = ["seq", "map", "set", "omap", "pairs"]
            guard !kinds.contains(where: { keyNode.tag == "tag:yaml.org,2002:\($0)" }) else {
                throw failure("found unhashable key", keyNode, "while constructing a mapping", mapping.mark)
            }
            let key = try self.key(of: text, isPlain: isPlain, keyNode)
            let place = origin(keyNode.mark)
            refusal =
                key == nil
                ? ConfigurationError(
                    .wrongType, "Incompatible key type 'NoneType': null cannot be a key." + self.place(ofKey: true),
                    at: place) : nil
            trail.append("." + (key.map { PythonText.str(ConfigNode(key: $0, origin: place)) } ?? "None"))
            defer { trail.removeLast() }
            var value = try node(valueNode, level: level + 1)
            value.origin = place  // a person looks for the key, and a block starts a line below it
            refusals[key] = .some(refusal)
            if let key { members[key] = value }
        }
        return members
    }

    private func key(of text: String, isPlain: Bool, _ node: YAMLNode) throws(ConfigurationError) -> ConfigNode.Key? {
        if text == "=" && isPlain || node.tag == "tag:yaml.org,2002:value" { return .string(text) }
        switch try content(of: text, isPlain: isPlain, node) {
        case .string(let text): return .string(text)
        case .integer(let value): return .integer(value)
        case .bigInteger(let digits): return .bigInteger(digits)
        case .number(let value): return .number(value)
        case .bool(let value): return .bool(value)
        case .bytes(let bytes): return .bytes(bytes)
        case .null, .list, .map: return nil
        }
    }

    /// The members of a mapping, those that `<<` brings before its own.
    private func merged(
        _ mapping: YAMLNode, inside outer: Set<ObjectIdentifier>
    ) throws(ConfigurationError) -> [(key: YAMLNode, value: YAMLNode)] {
        guard case .mapping(let pairs) = mapping.content else { return [] }
        func isMerge(_ key: YAMLNode) -> Bool {
            guard case .scalar("<<", true) = key.content else { return key.tag == "tag:yaml.org,2002:merge" }
            return true
        }
        guard pairs.contains(where: { isMerge($0.key) }) else { return pairs }
        let own = pairs.filter { !isMerge($0.key) }
        // A mapping that brings itself brings what it says itself.
        guard !outer.contains(ObjectIdentifier(mapping)) else { return own }
        guard outer.count < limits.depth else { throw tooDeep(mapping.mark) }
        let inner = outer.union([ObjectIdentifier(mapping)])
        var all: [(key: YAMLNode, value: YAMLNode)] = []
        // PyYAML 6.0.4 takes what it met already, which it tells by the text's address: the same key of the same
        // mapping, or any of one character of Latin-1. Of other names the last one counts.
        var nodes: Set<ObjectIdentifier> = []
        var letters: Set<String> = []
        func bring(_ pairs: [(key: YAMLNode, value: YAMLNode)]) {
            for pair in pairs {
                if case .scalar(let text, _) = pair.key.content, text.unicodeScalars.count < 2,
                    text.unicodeScalars.allSatisfy({ $0.value < 256 })
                {
                    if letters.insert(text).inserted { all.append(pair) }
                } else if nodes.insert(ObjectIdentifier(pair.key)).inserted {
                    all.append(pair)
                }
            }
        }
        for (key, value) in pairs where isMerge(key) {
            func refuse(_ expected: String, _ node: YAMLNode) -> ConfigurationError {
                failure(
                    "expected a \(expected) for merging, but found \(node.name)", node, "while constructing a mapping",
                    mapping.mark)
            }
            switch value.content {
            case .mapping: bring(try merged(value, inside: inner))
            case .sequence(let nodes):
                for node in nodes {
                    guard case .mapping = node.content else { throw refuse("mapping", node) }
                    bring(try merged(node, inside: inner))
                }
            case .scalar: throw refuse("mapping or list of mappings", value)
            }
        }
        return all + own
    }
}
