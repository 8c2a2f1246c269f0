internal import OrderedCollections
internal import Yams

/// What the tags of lists and mappings mean.
extension YAMLReader {
    /// The kind of list or mapping that a tag asks for.
    func collectionTag(_ tag: Tag, isMapping: Bool, at origin: ConfigOrigin) throws(ConfigurationError)
        -> String
    {
        let written = tag.description
        let standard = "tag:yaml.org,2002:"
        let name = written.hasPrefix(standard) ? String(written.dropFirst(standard.count)) : written
        switch (name, isMapping) {
        case ("", _), ("seq", false), ("map", true), ("!", _): return isMapping ? "map" : "seq"
        case ("omap", false), ("pairs", false): return "pairs"
        case ("set", true):
            throw ConfigurationError(.yamlSyntax, "Value 'set' is not a supported primitive type.", at: origin)
        case ("str", _), ("int", _), ("float", _), ("bool", _), ("null", _), ("binary", _), ("timestamp", _):
            throw ConfigurationError(
                .yamlSyntax, "expected a scalar node, but found \(isMapping ? "mapping" : "sequence").", at: origin)
        case ("seq", true):
            throw ConfigurationError(.yamlSyntax, "expected a sequence node, but found mapping.", at: origin)
        case ("map", false), ("set", false):
            throw ConfigurationError(.yamlSyntax, "expected a mapping node, but found sequence.", at: origin)
        default: throw Self.unknownTag(written, at: origin)
        }
    }

    static func unknownTag(_ tag: String, at origin: ConfigOrigin) -> ConfigurationError {
        ConfigurationError(
            .yamlSyntax, "could not determine a constructor for the tag '\(tag)'. Remove the tag.", at: origin)
    }

    /// An element of `!!omap` and `!!pairs`: a mapping with one key, which is a list of the key and its value.
    func pair(_ element: ConfigNode) throws(ConfigurationError) -> ConfigNode {
        guard let members = element.map, members.count == 1, let first = members.elements.first else {
            throw ConfigurationError(
                .yamlSyntax, "expected a mapping of length 1, but found \(element.kindName).", at: element.origin)
        }
        return ConfigNode(
            .list([ConfigNode(key: first.key, origin: element.origin), first.value]), origin: element.origin)
    }
}
