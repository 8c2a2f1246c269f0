internal import OrderedCollections

/// What may come next while an override is typed: groups and their options, keys and their values.
///
/// As Hydra's shell completion: `gro` gives `group=`, `group=o` its options, `eval.` the keys below, `lr=` the value it has.
public enum OverrideCompletion {
    /// Returns the words that `word` may become, each a whole override or the beginning of one.
    ///
    /// - Parameters:
    ///   - name: the configuration that is changed; when it does not compose, the schema's keys are offered alone.
    ///   - sources: where it is looked for.
    public static func candidates<Root: ComposableConfiguration>(
        for word: String, of root: Root.Type, name: String, sources: [ConfigSource]
    ) -> [String] {
        let sign = String(word.prefix { $0 == "+" || $0 == "~" })
        let typed = word.dropFirst(sign.count)
        let composed = try? Root.compose(name, from: sources)
        let found: [String]
        if let equal = typed.firstIndex(of: "=") {
            let key = String(typed[..<equal])
            let value = typed[typed.index(after: equal)...]
            found = values(of: key, Root.schema.key(key), composed, sources)
                .filter { $0.hasPrefix(value) }.map { "\(key)=\($0)" }
        } else {
            found = groups(String(typed), sources) + keys(String(typed), Root.schema.keys, composed)
        }
        var seen: Set<String> = []
        return found.filter { seen.insert($0).inserted }.map { sign + $0 }.sorted()
    }

    private static func values(
        of key: String, _ known: ConfigurationKey?, _ composed: ComposedConfiguration?, _ sources: [ConfigSource]
    ) -> [String] {
        let group = String(key.prefix { $0 != "@" })
        let options = Set(sources.flatMap { $0.options(of: group) })
        if !group.isEmpty, !options.isEmpty { return options.sorted() }
        let null = known?.isNullable == true ? ["null"] : []
        switch known?.type {
        case .boolean?: return ["true", "false"] + null
        case .choice(let words)?: return words + null
        case .numberedChoice(let words, let stem)?: return words + [stem] + null
        default:
            let path = key.split(separator: ".").map(String.init)
            guard let node = composed?.tree[path], node.map == nil, node.list == nil else { return null }
            let text = node.isNull ? "null" : node.string ?? PythonText.str(node)
            return [text.contains(where: { " ,{}[]()='\"".contains($0) }) ? PythonText.quoted(text) : text] + null
        }
    }

    /// Groups below what is typed: `group=` where it has options, `group/` where it has groups.
    private static func groups(_ typed: String, _ sources: [ConfigSource]) -> [String] {
        let parent = typed.lastIndex(of: "/").map { String(typed[..<$0]) } ?? ""
        let names = Set(sources.flatMap { $0.groups(of: parent) })
        return names.flatMap { name -> [String] in
            let path = parent.isEmpty ? name : "\(parent)/\(name)"
            guard path.hasPrefix(typed), path != "hydra" else { return [] }
            var out: [String] = []
            if sources.contains(where: { !$0.options(of: path).isEmpty }) { out.append(path + "=") }
            if sources.contains(where: { !$0.groups(of: path).isEmpty }) { out.append(path + "/") }
            return out
        }
    }

    /// Keys that begin as typed, one level at a time: `eval.` for what has keys below, `lr=` for what has none.
    private static func keys(
        _ typed: String, _ known: [ConfigurationKey], _ composed: ComposedConfiguration?
    ) -> [String] {
        let parent = typed.lastIndex(of: ".").map { String(typed[...$0]) } ?? ""
        var out: [String] = []
        for key in known where key.name.hasPrefix(typed) {
            let rest = key.name.dropFirst(parent.count)
            out.append(parent + (rest.firstIndex(of: ".").map { rest[...$0] } ?? rest + "="))
        }
        let path = parent.split(separator: ".").map(String.init)
        for (name, node) in composed?.tree[path]?.map ?? [:] where (parent + name.text).hasPrefix(typed) {
            out.append(parent + name.text + (node.map?.isEmpty ?? true ? "=" : "."))
        }
        return out
    }
}
