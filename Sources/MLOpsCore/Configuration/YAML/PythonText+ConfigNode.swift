extension PythonText {
    /// Returns `str` of a value: text as it is, `True`, `None`, `[1, 'a']`, `{'k': 'v'}`.
    static func str(_ node: ConfigNode) -> String {
        switch node.content {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        case .integer(let value): String(value)
        case .number(let value): float(value)
        case .string(let value), .bigInteger(let value): value
        case .bytes(let bytes): self.bytes(bytes)
        case .list(let elements): "[" + elements.map(repr).joined(separator: ", ") + "]"
        case .map(let members):
            "{" + members.map { "\(repr($0.key)): \(repr($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    /// Returns the name of a value's type in Python.
    static func typeName(_ node: ConfigNode) -> String {
        switch node.content {
        case .null: "NoneType"
        case .bool: "bool"
        case .integer, .bigInteger: "int"
        case .number: "float"
        case .string: "str"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "dict"
        }
    }

    /// Returns the name of the type that OmegaConf has for a value.
    static func configTypeName(_ node: ConfigNode) -> String {
        node.map != nil ? "DictConfig" : node.list != nil ? "ListConfig" : typeName(node)
    }

    /// Returns what Python prints of the class of a value in a configuration.
    static func className(_ node: ConfigNode) -> String {
        node.map != nil
            ? "omegaconf.dictconfig.DictConfig"
            : node.list != nil ? "omegaconf.listconfig.ListConfig" : typeName(node)
    }

    /// Returns `repr` of Python's bytes: `b'ab\\x00'`.
    static func bytes(_ bytes: [UInt8]) -> String {
        let quote = bytes.contains(0x27) && !bytes.contains(0x22) ? "\"" : "'"
        return bytes.reduce(into: "b" + quote) { out, byte in
            switch byte {
            case 0x09: out += "\\t"
            case 0x0A: out += "\\n"
            case 0x0D: out += "\\r"
            case 0x5C: out += "\\\\"
            case 0x27 where quote == "'": out += "\\'"
            case 0x20...0x7E: out.unicodeScalars.append(Unicode.Scalar(byte))
            default: out += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        } + quote
    }

    private static func repr(_ node: ConfigNode) -> String {
        node.string.map(quoted) ?? str(node)
    }

    private static func repr(_ key: ConfigNode.Key) -> String {
        switch key {
        case .string(let text): quoted(text)
        case .bool(let value): value ? "True" : "False"
        default: key.text
        }
    }
}
