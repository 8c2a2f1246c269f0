internal import Foundation
internal import OrderedCollections

extension OverrideCompletion {
    /// Returns what Hydra's `--shell-completion query=…` prints for the last word of a line, sorted.
    ///
    /// Groups and their options, and the keys and values of the composition, no more: a schema's keys and words are
    /// ``candidates(for:after:of:name:sources:)``.
    ///
    /// - Parameters:
    ///   - word: what is typed, with the sign of an addition or a removal.
    ///   - overrides: those typed before it.
    ///   - name: the configuration that is changed.
    ///   - sources: where it is looked for.
    ///   - isMultirun: whether the line has `--multirun`, without which a sweep before the word is a mistake.
    /// - Throws: ``ConfigurationError`` when an override before the word does not parse.
    public static func hydraCandidates(
        for word: String, after overrides: [String], name: String, sources: [ConfigSource], isMultirun: Bool
    ) throws(ConfigurationError) -> [String] {
        if let equal = word.lastIndex(of: "=") {
            let value = String(word[word.index(after: equal)...])
            if let first = value.first, "./\\".contains(first) {
                return files(as: value).map { word[...equal] + $0 }.sorted()
            }
        }
        var composer = ConfigComposer(sources)
        composer.isMultirun = isMultirun
        let places = try composer.places(of: name, overrides: overrides)
        let (groups, isOption) = groupWords(word, places)
        var found = Set(groups)
        if !isOption, let composed = try? composer.compose(name, overrides: overrides) {
            found.formUnion(KeyWords(composed).matches(word, in: composed.whole, at: []))
        }
        return found.map(HalfCharacters.shown).sorted()
    }

    /// Groups and options that begin as typed, and whether the word is about options.
    private static func groupWords(_ word: String, _ sources: [ConfigSource]) -> ([String], isOption: Bool) {
        let sign = word.hasPrefix("+") || word.hasPrefix("~") ? String(word.prefix(1)) : ""
        let typed = String(word.dropFirst(sign.count))
        func options(_ group: String) -> Set<String> { Set(sources.flatMap { $0.options(of: group) }) }
        if let equal = typed.lastIndex(of: "=") {
            let group = String(typed[..<equal])
            let options = options(group)
            let names = options.map { group.isEmpty ? $0 : "\(group)=\($0)" }
            return (names.filter { $0.hasPrefix(typed) }.map { sign + $0 }, !options.isEmpty)
        }
        let parent = typed.lastIndex(of: "/").map { String(typed[..<$0]) } ?? ""
        let names = Set(sources.flatMap { $0.groups(of: parent) }).map { parent.isEmpty ? $0 : "\(parent)/\($0)" }
        return (
            names.filter { $0.hasPrefix(typed) }.map { name in
                let hasOptions = !options(name).isEmpty
                let hasGroups = sources.contains { !$0.groups(of: name).isEmpty }
                let end = hasOptions && !hasGroups && sign != "~" ? "=" : hasGroups && !hasOptions ? "/" : ""
                return sign + name + end
            }, false
        )
    }

    /// What is in the directory that is typed, or in the one around it and begins as typed.
    private static func files(as typed: String) -> [String] {
        func entries(_ path: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: path.isEmpty ? "/" : path)) ?? []
        }
        var isDirectory: ObjCBool = false
        if unsafe FileManager.default.fileExists(atPath: typed, isDirectory: &isDirectory), isDirectory.boolValue {
            return entries(typed).map { typed.hasSuffix("/") ? typed + $0 : "\(typed)/\($0)" }
        }
        guard let slash = typed.lastIndex(of: "/") else { return [] }
        let (parent, start) = (typed[...slash], typed[typed.index(after: slash)...])
        return entries(String(parent)).filter { $0.hasPrefix(start) }.map { parent + $0 }
    }

    /// Keys and values of a composition, as Hydra walks through it.
    private struct KeyWords {
        let interpolation: Interpolation

        init(_ composed: ComposedConfiguration) {
            interpolation = Interpolation(composed.whole, context: composed.context)
        }

        /// What `word` may become in the mapping or list `node`, which stands at `path`.
        func matches(_ word: String, in node: ConfigNode, at path: [String]) -> [String] {
            if word.hasSuffix(".") || word.hasSuffix("=") {
                return values(at: path + InterpolationEvaluation.names(String(word.dropLast()))).map { word + $0 }
            }
            if let dot = word.lastIndex(of: ".") {
                let base = String(word[..<dot])
                let place = path + InterpolationEvaluation.names(base)
                guard let found = try? interpolation.located(at: place)?.node else { return [] }
                return matches(String(word[word.index(after: dot)...]), in: found, at: place).map { "\(base).\($0)" }
            }
            let members: [(String, ConfigNode)] =
                node.map.map { $0.map { (PythonText.str(ConfigNode(key: $0.key, origin: node.origin)), $0.value) } }
                ?? node.list.map { list in
                    list.enumerated().compactMap { index, element in
                        let place = path + ["\(index)"]
                        return element.isMissing
                            ? ("\(index)", element)
                            : (try? interpolation.located(at: place)?.node).map { ("\(index)", $0) }
                    }
                } ?? []
            return members.filter { $0.0.hasPrefix(word) || node.list != nil && $0.1.isMissing }.map { name, value in
                name + (value.map != nil || value.list != nil || value.declaredType != nil ? "." : "=")
            }
        }

        /// The keys of the mapping or list at `path`, or the value there.
        private func values(at path: [String]) -> [String] {
            guard let node = try? interpolation.located(at: path)?.node, !node.isNull else { return [] }
            if node.isMissing { return [""] }
            if node.map != nil || node.list != nil { return matches("", in: node, at: path) }
            if case .bool(let value) = node.content { return [value ? "true" : "false"] }
            return [PythonText.str(node)]
        }
    }
}
