internal import OrderedCollections

extension InterpolationParser {
    /// Refuses text that is no template, wherever it stands in `node`: OmegaConf reads templates when it reads a file.
    static func check(_ node: ConfigNode, key: String = "") throws(ConfigurationError) {
        switch node.content {
        case .string(let text) where text.contains("${"):
            do {
                _ = try parts(text)
            } catch {
                throw ConfigurationError(
                    .interpolation,
                    "'\(text.prefix(200))' is not a valid interpolation: \(error.reason), at character \(error.offset + 1).",
                    key: key.isEmpty ? nil : key, at: node.origin)
            }
        case .list(let elements):
            for (index, element) in elements.enumerated() { try check(element, key: "\(key)[\(index)]") }
        case .map(let members):
            for (name, member) in members {
                try check(member, key: key.isEmpty ? name.text : "\(key).\(name.text)")
            }
        default: break
        }
    }
}
