internal import OrderedCollections

/// Reads settings as Hydra's own code does while it composes: attribute by attribute, through interpolations.
///
/// What Hydra reads has to be there then, so a setting that means nothing, or something of another kind, is an error of the
/// composition, in the words that Python or OmegaConf has for that attribute.
extension HydraSettings {
    /// Returns where an override of the value at `path` leads: a mapping or list of Hydra's that is an interpolation leads on.
    static func followed(
        _ path: [String], in tree: ConfigNode, context: Interpolation.Context
    ) throws(ConfigurationError) -> [String] {
        for count in path.indices.dropFirst() {
            let prefix = Array(path[..<count])
            guard isContainer(prefix.joined(separator: "."), in: tree), tree[prefix]?.isInterpolation ?? false else {
                continue
            }
            let place = try Interpolation(tree, context: context).located(at: prefix)?.path
            return place.map { $0 + path[count...] } ?? path
        }
        return path
    }

    struct Reader {
        /// The whole composition, with the settings below `hydra`.
        let whole: ConfigNode
        let context: Interpolation.Context

        /// Returns the setting at `names`.
        ///
        /// - Parameter method: what is called on the value, which mappings and lists, but not both, may have.
        /// - Parameter name: what is put into a mapping, which only Hydra's own is open for.
        func value(
            _ names: [String], beforeAsking method: String? = nil, adding name: String? = nil
        ) throws(ConfigurationError) -> ConfigNode {
            var (node, path) = (whole["hydra"] ?? ConfigNode(.map([:]), origin: whole.origin), ["hydra"])
            for name in names {
                switch node.content {
                case .map:
                    path.append(name)
                    guard let next = node[name] else { throw absent(path, in: node) }
                    (node, path) = try dereferenced(next, at: path)
                default: throw unreadable(name, in: node, at: path)
                }
            }
            if let method, method == "append" ? node.list == nil : node.map == nil {
                throw unreadable(method, in: node, at: path)
            }
            if let name, path != ["hydra"] + names, node[name] == nil { throw absent(path + [name], in: node) }
            return node
        }

        /// Returns the text at `names`.
        func text(_ names: [String]) throws(ConfigurationError) -> String {
            let node = try value(names)
            guard node.map == nil, node.list == nil else {
                let key = (["hydra"] + names).joined(separator: ".")
                let written = PythonText.str(whole[["hydra"] + names] ?? node)
                throw failure(
                    "While dereferencing interpolation '\(written)': Cannot convert "
                        + "'\(PythonText.configTypeName(node))' to string: '\(PythonText.str(node))'", key, node)
            }
            return PythonText.str(node)
        }

        /// Returns the variables that `hydra.job.env_copy` names, and where it names them.
        func copiedVariables() throws(ConfigurationError) -> [(name: String, origin: ConfigOrigin)] {
            let node = try value(["job", "env_copy"])
            switch node.content {
            case .map(let members): return members.map { ($0.key.text, node.origin) }
            case .string(let text): return text.map { (String($0), node.origin) }
            case .list(let elements):
                var out: [(name: String, origin: ConfigOrigin)] = []
                for element in elements {
                    let value = try Interpolation.resolve(element, in: whole, context: context)
                    guard value.map == nil, value.list == nil else {
                        throw ConfigurationError(
                            .composition,
                            "str expected, not \(PythonText.configTypeName(value)): name variables of the environment.",
                            key: "hydra.job.env_copy", at: element.origin)
                    }
                    out.append((PythonText.str(value), element.origin))
                }
                return out
            default:
                throw ConfigurationError(
                    .composition,
                    "'\(PythonText.typeName(node))' object is not iterable: hydra.job.env_copy is a list of names.",
                    key: "hydra.job.env_copy", at: node.origin)
            }
        }

        private func failure(_ reason: String, _ key: String, _ node: ConfigNode) -> ConfigurationError {
            ConfigurationError(.composition, reason + HydraSettings.place(key, in: whole), key: key, at: node.origin)
        }

        private func dereferenced(
            _ node: ConfigNode, at path: [String]
        ) throws(ConfigurationError) -> (ConfigNode, [String]) {
            let key = path.joined(separator: ".")
            guard !node.isMissing else { throw failure("Missing mandatory value: \(key)", key, node) }
            guard node.isInterpolation else { return (node, path) }
            do throws(ConfigurationError) {
                guard let located = try Interpolation(whole, context: context).located(at: path) else {
                    return (node, path)
                }
                return (located.node, located.path ?? path)
            } catch  where !error.hasPlace {
                throw error.adding(HydraSettings.place(key, in: whole))
            }
        }

        private func absent(_ path: [String], in node: ConfigNode) -> ConfigurationError {
            let (name, parent) = (path.last ?? "", path.dropLast().joined(separator: "."))
            let reason = HydraSettings.className(of: parent, in: whole).map { "not in '\($0)'" } ?? "is not in struct"
            return failure("Key '\(name)' \(reason)", path.joined(separator: "."), node)
        }

        private func unreadable(_ name: String, in node: ConfigNode, at path: [String]) -> ConfigurationError {
            let key = path.joined(separator: ".")
            guard node.list == nil else {
                return ConfigurationError(
                    .composition,
                    "ListConfig does not support attribute access"
                        + ConfigurationError.place("\(key)[\(name)]", in: "list"),
                    key: key, at: node.origin)
            }
            guard node.map == nil else { return absent(path + [name], in: node) }
            return ConfigurationError(
                .composition, "'\(PythonText.typeName(node))' object has no attribute '\(name)'", key: key,
                at: node.origin)
        }
    }
}
