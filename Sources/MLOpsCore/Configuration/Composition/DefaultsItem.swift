internal import OrderedCollections

/// One item of a defaults list, as it is written.
struct DefaultsItem: Sendable {
    /// What an item names.
    enum Target: Sendable {
        /// The values of the configuration that holds the list.
        case selfValues
        /// A configuration by its path: `base`, `/optim/adamw`.
        case config(String)
        /// One option of a group: `optim: adamw`; nil: none.
        case option(group: String, String?)
        /// Several options of a group: `optim: [adamw, sgd]`; `wrong` is the type of one that is no name.
        case options(group: String, [String], wrong: String? = nil)
    }

    let target: Target
    /// The package after `@`, if there is one.
    let package: String?
    let isOptional: Bool
    let isOverride: Bool
    let origin: ConfigOrigin

    init(_ target: Target, package: String?, isOptional: Bool = false, isOverride: Bool = false, origin: ConfigOrigin) {
        self.target = target
        self.package = package
        self.isOptional = isOptional
        self.isOverride = isOverride
        self.origin = origin
    }

    /// Reads an item of the defaults list of the configuration `config`.
    init(_ node: ConfigNode, in config: String) throws(ConfigurationError) {
        func failure(_ message: String) -> ConfigurationError {
            ConfigurationError(.composition, "In '\(config)': \(message)", at: node.origin)
        }
        switch node.content {
        case .string("_self_"):
            self.init(.selfValues, package: nil, origin: node.origin)
        case .string(let text):
            let (path, package) = Self.split(text)
            guard path != "_self_" else { throw failure("_self_@PACKAGE is not supported.") }
            self.init(.config(path), package: package, origin: node.origin)
        case .map(let members):
            guard members.count == 1, let (key, value) = members.elements.first.map({ ($0.key, $0.value) }) else {
                let problem = members.isEmpty ? "Missing group name in" : "Too many keys in default item"
                throw ConfigurationError(
                    .composition,
                    "In \(config): \(problem) \(PythonText.str(node)). Write one 'group: option' an item.",
                    at: node.origin)
            }
            guard case .string(let name) = key else { throw failure("a group's name is text, not \(key.text).") }
            let (words, package) = Self.split(name)
            var isOptional = false
            var isOverride = false
            let parts = words.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            for word in parts.dropLast() {
                if word == "optional" {
                    isOptional = true
                } else if word == "override" {
                    isOverride = true
                } else {
                    break
                }
            }
            guard let group = parts.last, !group.isEmpty else {
                throw failure("an item of the defaults list has no group.")
            }
            let target: Target
            switch value.content {
            case .null: target = .option(group: group, nil)
            case .string(let option): target = .option(group: group, option)
            case .list(let elements):
                var options: [String] = []
                for element in elements {
                    guard let option = element.string else {
                        throw failure(
                            "Unsupported item value in defaults : \(PythonText.typeName(element)), nested list items must be strings."
                        )
                    }
                    options.append(option)
                }
                target = .options(group: group, options)
            default:
                throw failure(
                    "Unsupported item value in defaults : \(PythonText.typeName(value)). Supported: string or list.")
            }
            self.init(target, package: package, isOptional: isOptional, isOverride: isOverride, origin: node.origin)
        default:
            throw failure(
                "Unsupported type in defaults : \(PythonText.configTypeName(node)). Write a name or 'group: option'.")
        }
    }

    private static func split(_ text: String) -> (name: String, package: String?) {
        guard let at = text.firstIndex(of: "@") else { return (text, nil) }
        let package = text[text.index(after: at)...]
        return (String(text[..<at]), String(package.prefix { $0 != ":" }))
    }
}
