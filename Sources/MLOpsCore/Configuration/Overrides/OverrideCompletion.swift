internal import Foundation
internal import OrderedCollections

/// What may come next while an override is typed: groups and their options, keys and their values.
///
/// As Hydra's shell completion: `gro` gives `group=`, `group=o` its options, `eval.` the keys below, `lr=` the value it has,
/// `path=./` files.
public enum OverrideCompletion {
    /// Returns the words that `word` may become, each a whole override or the beginning of one.
    ///
    /// - Parameters:
    ///   - overrides: those typed before it.
    ///   - name: the configuration that is changed; when it does not compose, the schema's keys are offered alone.
    ///   - sources: where it is looked for.
    public static func candidates<Root: ComposableConfiguration>(
        for word: String, after overrides: [String] = [], of root: Root.Type, name: String, sources: [ConfigSource]
    ) -> [String] {
        let sign = String(word.prefix { $0 == "+" || $0 == "~" })
        let typed = word.dropFirst(sign.count)
        let composed = try? Root.compose(name, from: sources, overrides: overrides, isMultirun: true)
        let sources = composed?.sources ?? [.hydra] + sources
        var found: [String]
        if let equal = typed.firstIndex(of: "=") {
            let key = String(typed[..<equal])
            let value = typed[typed.index(after: equal)...]
            let isFile = value.hasPrefix(".") || value.hasPrefix("/")
            found =
                isFile
                ? files(String(value)).map { "\(key)=\($0)" }
                : values(of: key, Root.schema.key(key), composed, sources)
                    .filter { $0.hasPrefix(value) }.map { "\(key)=\($0)" }
        } else {
            found = groups(String(typed), sources) + keys(String(typed), Root.schema.keys, composed)
            // What is removed needs no value.
            if sign == "~" { found = found.map { $0.hasSuffix("=") ? String($0.dropLast()) : $0 } }
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
            guard let composed,
                let node = try? Interpolation(composed.whole, context: composed.context).located(at: path)?.node,
                node.map == nil, node.list == nil, !node.isMissing
            else { return null }
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
            guard path.hasPrefix(typed) else { return [] }
            var out: [String] = []
            if path != "hydra", sources.contains(where: { !$0.options(of: path).isEmpty }) { out.append(path + "=") }
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
        let holder = composed?.whole[path]
        let members =
            holder?.map.map { $0.map { ($0.key.text, $0.value) } }
            ?? holder?.list.map { $0.enumerated().map { (String($0.offset), $0.element) } } ?? []
        for (name, node) in members where (parent + name).hasPrefix(typed) {
            out.append(parent + name + (node.map?.isEmpty ?? true ? "=" : "."))
        }
        return out
    }

    /// Files and directories whose paths begin as typed.
    private static func files(_ typed: String) -> [String] {
        let slash = typed.lastIndex(of: "/").map { typed.index(after: $0) } ?? typed.startIndex
        let (parent, start) = (String(typed[..<slash]), String(typed[slash...]))
        let place = URL(filePath: parent.isEmpty ? "." : parent, directoryHint: .isDirectory)
        let entries = try? FileManager.default.contentsOfDirectory(
            at: place, includingPropertiesForKeys: [.isDirectoryKey], options: start.isEmpty ? .skipsHiddenFiles : [])
        return (entries ?? []).filter { $0.lastPathComponent.hasPrefix(start) }.map { entry in
            let isDirectory = (try? entry.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory ?? false
            return parent + entry.lastPathComponent + (isDirectory ? "/" : "")
        }
    }
}
