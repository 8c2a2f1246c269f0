/// A value of a YAML document as it is written. A reference type: an alias is the very node that it names.
final class YAMLNode {
    /// What is written.
    enum Content {
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    let tag: String?
    let mark: YAMLMark
    var content: Content

    init(_ content: Content, tag: String?, mark: YAMLMark) {
        self.content = content
        self.tag = tag
        self.mark = mark
    }

    /// What a message calls it.
    var name: String {
        switch content {
        case .scalar: "scalar"
        case .sequence: "sequence"
        case .mapping: "mapping"
        }
    }
}
