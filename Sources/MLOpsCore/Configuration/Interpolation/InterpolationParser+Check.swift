internal import OrderedCollections

extension InterpolationParser {
    /// What is wrong with `text`: in OmegaConf's words, if it has any.
    static func message(for text: String, _ failure: Failure, isElement: Bool = false) -> String {
        if let message = InterpolationGrammar.message(for: text, isElement: isElement) {
            return "\(message), in '\(text.prefix(200))'."
        }
        return "'\(text.prefix(200))' is not a valid interpolation: \(failure.reason), at character "
            + "\(failure.offset + 1)."
    }

    /// Refuses text that is no template, wherever it stands in `node`: OmegaConf reads templates when it reads a file.
    ///
    /// - Parameters:
    ///   - reference: the type that what holds `node` has to have; nil when it may be anything.
    ///   - place: OmegaConf's lines about `node` itself, where they are known.
    static func check(
        _ node: ConfigNode, key: String = "", reference: String? = nil, place known: String? = nil
    ) throws(ConfigurationError) {
        switch node.content {
        case .string(let text) where text.contains("${"):
            do {
                _ = try parts(text)
            } catch {
                let place =
                    known
                    ?? ConfigurationError.place(key, in: key.hasSuffix("]") ? "list" : "dict", reference: reference)
                throw ConfigurationError(
                    .interpolation, InterpolationParser.message(for: text, error) + place,
                    key: key.isEmpty ? nil : key, at: node.origin)
            }
        case .list(let elements):
            for (index, element) in elements.enumerated() { try check(element, key: "\(key)[\(index)]") }
        case .map(let members):
            for (name, member) in members {
                let name = PythonText.str(ConfigNode(key: name, origin: member.origin))
                try check(member, key: key.isEmpty ? name : "\(key).\(name)")
            }
        default: break
        }
    }
}
