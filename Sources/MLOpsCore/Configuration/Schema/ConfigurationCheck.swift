internal import OrderedCollections

/// Compares a value with what its key takes.
struct ConfigurationCheck {
    let key: ConfigurationKey

    /// Returns the value of `node` if it is one of `type`.
    ///
    /// - Throws: ``ConfigurationError`` that says what the key takes and what was written.
    func value(of node: ConfigNode, as type: ConfigurationValueType) throws(ConfigurationError) -> JSONValue {
        switch (type, node.content) {
        case (.boolean, .bool(let value)): return .bool(value)
        case (.integer(let range), .integer(let value)):
            guard let whole = Int(exactly: value), range.contains(whole) else { throw outOfRange(node) }
            return .integer(value)
        case (.integer(let range), .number(let value)):
            guard let whole = Int64(exactly: value), let count = Int(exactly: whole) else { throw wrongType(node) }
            guard range.contains(count) else { throw outOfRange(node) }
            return .integer(whole)
        case (.number(let range), .integer(let value)):
            guard range.contains(Double(value)) else { throw outOfRange(node) }
            return .number(Double(value))
        case (.number(let range), .number(let value)):
            guard range.contains(value) else { throw outOfRange(node) }
            return .number(value)
        case (.text, .string(let text)):
            guard !text.isEmpty, !text.unicodeScalars.contains("\0") else { throw outOfRange(node) }
            return .string(text)
        case (.choice(let words), .string(let word)):
            guard words.contains(word) else { throw outOfRange(node, nearest: NearestName.find(word, among: words)) }
            return .string(word)
        case (.choice(let words), .bool(let value)):
            guard words.contains(value ? "true" : "false") else { throw wrongType(node) }
            return .bool(value)
        case (.numberedChoice(let words, let stem), .string(let word)):
            let count = word.hasPrefix(stem) ? Int(word.dropFirst(stem.count)) : nil
            guard words.contains(word) || (0...1000).contains(count ?? -1) else {
                throw outOfRange(node, nearest: NearestName.find(word, among: words))
            }
            return .string(word)
        case (.numberedChoice(let words, _), .bool(let value)):
            guard words.contains(value ? "true" : "false") else { throw wrongType(node) }
            return .bool(value)
        case (.namesOrPattern, .list): return try value(of: node, as: .list(of: .text))
        case (.namesOrPattern, .string): return try value(of: node, as: .text)
        case (.tokenIndices, .list): return try value(of: node, as: .tokenIDs)
        case (.tokenIndices, .map): return try value(of: node, as: .table(of: .tokenIDs))
        case (.table(let inner), .map(let members)):
            var values: JSONObject = [:]
            for (name, member) in members { values[name.text] = try value(of: member, as: inner) }
            return .object(values)
        case (.list(let inner), .list(let nodes)):
            guard !nodes.isEmpty else { throw outOfRange(node) }
            var values: [JSONValue] = []
            for element in nodes { values.append(try value(of: element, as: inner)) }
            return .array(values)
        case (.object(let keys), .map(let members)):
            return try object(members, keys, at: node)
        default: throw wrongType(node)
        }
    }

    private func object(
        _ members: OrderedDictionary<ConfigNode.Key, ConfigNode>, _ keys: [ConfigurationKey], at node: ConfigNode
    ) throws(ConfigurationError) -> JSONValue {
        var values: JSONObject = [:]
        for (name, member) in members {
            guard let inner = keys.first(where: { $0.name == name.text }) else {
                let nearest =
                    NearestName.find(name.text, among: keys.map(\.name)).map { " Did you mean '\($0)'?" } ?? ""
                throw ConfigurationError(
                    .unknownKey, "There is no key '\(name.text)' in '\(key.name)'.\(nearest)",
                    key: "\(key.name).\(name.text)",
                    at: member.origin)
            }
            values[inner.name] =
                inner.isNullable && member.isNull
                ? .null : try ConfigurationCheck(key: inner.within(key.name)).value(of: member, as: inner.type)
        }
        for inner in keys where inner.defaultValue == nil && values[inner.name] == nil {
            throw ConfigurationError(
                .missingValue, "An entry of '\(key.name)' needs '\(inner.name)': \(inner.summary)", key: key.name,
                at: node.origin)
        }
        return .object(values)
    }

    private func wrongType(_ node: ConfigNode) -> ConfigurationError {
        ConfigurationError(
            .wrongType, "'\(key.name)' takes \(key.takes), not \(written(node)).", key: key.name, at: node.origin)
    }

    private func outOfRange(_ node: ConfigNode, nearest: String? = nil) -> ConfigurationError {
        let hint = nearest.map { " Did you mean '\($0)'?" } ?? ""
        return ConfigurationError(
            .outOfRange, "'\(key.name)' takes \(key.takes), not \(written(node)).\(hint)", key: key.name,
            at: node.origin)
    }

    private func written(_ node: ConfigNode) -> String {
        switch node.content {
        case .null: "null"
        case .string(""): "empty text"
        case .string(let text): "the text '\(text.prefix(60))'"
        case .list(let elements) where elements.isEmpty: "an empty list"
        case .list, .map: node.kindName
        case .bool(let value): value ? "true" : "false"
        default: PythonText.str(node)
        }
    }
}

extension ConfigurationValueType {
    /// A list of ids of tokens.
    static var tokenIDs: ConfigurationValueType { .list(of: .integer(0...Int(Int32.max))) }
}

extension ConfigurationKey {
    /// The same key, as an entry of the list `outer` has it.
    fileprivate func within(_ outer: String) -> ConfigurationKey {
        ConfigurationKey(
            name: "\(outer).\(name)", type: type, isNullable: isNullable, defaultValue: defaultValue, unit: unit,
            summary: summary)
    }
}
