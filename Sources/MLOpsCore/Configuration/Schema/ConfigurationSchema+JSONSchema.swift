internal import OrderedCollections

extension ConfigurationSchema {
    /// The keys as a JSON schema (draft 2020-12), for editors and for other programs.
    public var jsonSchema: JSONValue {
        var schema = Self.object(of: keys, prefix: "")
        var members: JSONObject = [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": .string("mlops \(title) configuration"),
        ]
        for (name, value) in schema.object ?? [:] { members[name] = value }
        schema = .object(members)
        return schema
    }

    /// An object whose properties are the keys that start with `prefix`; groups become objects of their own.
    private static func object(of keys: [ConfigurationKey], prefix: String) -> JSONValue {
        var properties: JSONObject = [:]
        var required: [JSONValue] = []
        for key in keys where key.name.hasPrefix(prefix) {
            let rest = key.name.dropFirst(prefix.count)
            let name = String(rest.prefix { $0 != "." })
            if rest.contains(".") {
                if properties[name] == nil { properties[name] = object(of: keys, prefix: prefix + name + ".") }
            } else {
                properties[name] = property(key)
                if key.defaultValue == nil { required.append(.string(name)) }
            }
        }
        var schema: JSONObject = [
            "type": "object", "additionalProperties": false, "properties": .object(properties),
        ]
        if !required.isEmpty { schema["required"] = .array(required) }
        return .object(schema)
    }

    private static func property(_ key: ConfigurationKey) -> JSONValue {
        var schema: JSONObject = [:]
        let unit = key.unit.map { " Unit: \($0)." } ?? ""
        schema["description"] = .string(key.summary + unit)
        for (name, value) in type(key.type).object ?? [:] { schema[name] = value }
        if key.isNullable {
            if let type = schema["type"] { schema["type"] = .array([type, "null"]) }
            if let words = schema["enum"]?.array { schema["enum"] = .array(words + [.null]) }
            if let kinds = schema["anyOf"]?.array { schema["anyOf"] = .array(kinds + [["type": "null"]]) }
        }
        if let value = key.defaultValue { schema["default"] = value }
        return .object(schema)
    }

    private static func type(_ type: ConfigurationValueType) -> JSONValue {
        switch type {
        case .boolean: return ["type": "boolean"]
        case .integer(let range):
            var schema: JSONObject = ["type": "integer"]
            if range.lowerBound != .min { schema["minimum"] = .integer(Int64(range.lowerBound)) }
            if range.upperBound != .max { schema["maximum"] = .integer(Int64(range.upperBound)) }
            return .object(schema)
        case .number(let range):
            var schema: JSONObject = ["type": "number"]
            if let lower = range.lower {
                schema[lower.isIncluded ? "minimum" : "exclusiveMinimum"] = .number(lower.value)
            }
            if let upper = range.upper {
                schema[upper.isIncluded ? "maximum" : "exclusiveMaximum"] = .number(upper.value)
            }
            return .object(schema)
        case .text: return ["type": "string", "minLength": 1]
        case .choice(let words):
            return ["enum": .array(words.map { $0 == "true" ? true : $0 == "false" ? false : .string($0) })]
        case .numberedChoice(let words, let stem):
            let word = self.type(.choice(words))
            return ["anyOf": [word, ["type": "string", "pattern": .string("^\(stem)[0-9]+$")]]]
        case .namesOrPattern: return ["anyOf": [self.type(.list(of: .text)), self.type(.text)]]
        case .tokenIndices: return ["anyOf": [self.type(.tokenIDs), self.type(.table(of: .tokenIDs))]]
        case .table(let inner): return ["type": "object", "additionalProperties": self.type(inner)]
        case .list(let inner): return ["type": "array", "minItems": 1, "items": self.type(inner)]
        case .object(let keys): return object(of: keys, prefix: "")
        }
    }
}
