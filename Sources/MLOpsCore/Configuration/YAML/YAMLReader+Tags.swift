internal import Foundation

/// What tags mean, and scalars without one.
extension YAMLReader {
    private static let standard = "tag:yaml.org,2002:"

    private func unknownTag(_ tag: String, _ node: YAMLNode) -> ConfigurationError {
        failure("could not determine a constructor for the tag \(PythonText.quoted(tag))", node)
    }

    /// OmegaConf has no such values.
    private func unsupported(_ type: String, _ node: YAMLNode) -> ConfigurationError {
        ConfigurationError(
            .wrongType, "Value '\(type)' is not a supported primitive type. Quote it to have text.",
            at: origin(node.mark))
    }

    // MARK: Lists and mappings

    /// What a tag makes of a list or mapping.
    enum CollectionKind { case plain, pairs }

    /// Returns what the tag of a list or mapping makes of it.
    func collectionTag(_ node: YAMLNode) throws(ConfigurationError) -> CollectionKind {
        let isMapping = if case .mapping = node.content { true } else { false }
        guard let tag = node.tag, tag != "!" else { return .plain }
        guard tag.hasPrefix(Self.standard) else { throw unknownTag(tag, node) }
        switch (tag.dropFirst(Self.standard.count), isMapping) {
        case ("seq", false), ("map", true): return .plain
        case ("omap", false), ("pairs", false): return .pairs
        case ("omap", true), ("pairs", true):
            let what = tag.hasSuffix("omap") ? "an ordered map" : "pairs"
            throw failure("expected a sequence, but found mapping", node, "while constructing \(what)", node.mark)
        case ("set", true): throw unsupported("set", node)
        case ("str", _), ("int", _), ("float", _), ("bool", _), ("null", _), ("binary", _), ("timestamp", _):
            throw failure("expected a scalar node, but found \(node.name)", node)
        case ("seq", true): throw failure("expected a sequence node, but found mapping", node)
        case ("map", false), ("set", false): throw failure("expected a mapping node, but found sequence", node)
        default: throw unknownTag(tag, node)
        }
    }

    /// Checks an element of `!!omap` and `!!pairs`: a mapping with one key.
    func checkPair(_ element: YAMLNode, in node: YAMLNode) throws(ConfigurationError) {
        let context = "while constructing \(node.tag?.hasSuffix("omap") == true ? "an ordered map" : "pairs")"
        guard case .mapping(let pairs) = element.content else {
            throw failure("expected a mapping of length 1, but found \(element.name)", element, context, node.mark)
        }
        guard pairs.count == 1 else {
            throw failure(
                "expected a single mapping item, but found \(pairs.count) items", element, context, node.mark)
        }
    }

    // MARK: Scalars

    /// Whether a scalar is text to PyYAML, which looks only among such keys for one that is written twice.
    func isText(_ text: String, isPlain: Bool, _ tag: String?) -> Bool {
        if let tag, tag != "!" { return tag == Self.standard + "str" }
        guard isPlain || tag == "!" else { return true }
        guard !YAMLScalar.isReserved(text), case .string? = YAMLScalar.content(of: text) else { return false }
        return true
    }

    /// Returns the value of a scalar.
    func content(of text: String, isPlain: Bool, _ node: YAMLNode) throws(ConfigurationError) -> ConfigNode.Content {
        let tag = node.tag
        // PyYAML reads text with the tag `!` as if it had neither tag nor quotes.
        if isPlain && tag == nil || tag == "!" {
            guard !YAMLScalar.isReserved(text) else {
                throw unknownTag(Self.standard + (text == "=" ? "value" : "merge"), node)
            }
            guard let content = YAMLScalar.content(of: text) else {
                throw ConfigurationError(
                    .outOfRange,
                    "Exceeds the limit (\(YAMLScalar.maximumDigits) digits) for integer string conversion: "
                        + "'\(text.prefix(40))…'. Quote it if it is text.", at: origin(node.mark))
            }
            return content
        }
        guard let tag else { return .string(text) }
        guard tag.hasPrefix(Self.standard) else { throw unknownTag(tag, node) }
        func refuse(_ reason: String) -> ConfigurationError {
            ConfigurationError(.yamlSyntax, "\(reason). The tag is '\(tag)'.", at: origin(node.mark))
        }
        let kind = tag.dropFirst(Self.standard.count)
        switch kind {
        case "str": return .string(text)
        case "null": return .null
        case "bool":
            guard let value = YAMLScalar.truth(text.lowercased()) else {
                throw refuse(PythonText.quoted(text.lowercased()))
            }
            return .bool(value)
        case "int", "float":
            guard !text.isEmpty else { throw refuse("string index out of range") }
            if kind == "int" {
                if let value = YAMLScalar.whole(text) { return value }
                // Of a number to the base of 60 the parts are read one by one.
                let plain = text.filter { $0 != "_" }
                let digits = plain.hasPrefix("+") || plain.hasPrefix("-") ? plain.dropFirst() : plain[...]
                let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
                let wrong = parts.first { Int(String($0).trimmingCharacters(in: .whitespaces)) == nil } ?? digits
                throw refuse("invalid literal for int() with base 10: \(PythonText.quoted(String(wrong)))")
            }
            if let value = YAMLScalar.fraction(text) { return .number(value) }
            throw refuse(
                "could not convert string to float: \(PythonText.quoted(text.lowercased().filter { $0 != "_" }))")
        case "binary":
            if let place = HalfCharacters.place(in: text, of: { $0 > 0x7F }) {
                throw failure(
                    "failed to convert base64 data into ascii: 'ascii' codec can't encode \(place): ordinal not in range(128)",
                    node)
            }
            guard let bytes = YAMLBinary.bytes(of: text) else {
                let count = YAMLBinary.letterCount(of: text)
                let problem =
                    count % 4 == 1
                    ? "Invalid base64-encoded string: number of data characters (\(count)) cannot be 1 more than a "
                        + "multiple of 4" : "Incorrect padding"
                throw failure("failed to decode base64 data: \(problem)", node)
            }
            return .bytes(bytes)
        case "timestamp":
            guard YAMLTextShape.isTimestamp(text) else {
                throw refuse("'NoneType' object has no attribute 'groupdict': this is no date")
            }
            throw unsupported(text.contains(":") ? "datetime" : "date", node)
        case "seq", "omap", "pairs":
            if kind == "seq" { throw failure("expected a sequence node, but found scalar", node) }
            throw failure(
                "expected a sequence, but found scalar", node,
                "while constructing \(kind == "omap" ? "an ordered map" : "pairs")", node.mark)
        case "map", "set":
            guard text.isEmpty else { throw refuse("not enough values to unpack (expected 2, got 1)") }
            throw failure("expected a mapping node, but found scalar", node)
        default: throw unknownTag(tag, node)
        }
    }
}
