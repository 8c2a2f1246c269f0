/// What overrides, on the command line and in defaults lists, say about groups; and whether anybody listened.
struct GroupChoices {
    private struct Choice {
        var value: DefaultsItem.Target
        var isExternal: Bool
        var containingConfig: String?
        /// The value as typed on the command line.
        var written: ConfigNode?
        var isUsed = false
    }

    private var choices: [String: Choice] = [:]
    private var choiceOrder: [String] = []
    private var deletions: [String: (option: String?, isUsed: Bool)] = [:]
    private var deletionOrder: [String] = []
    /// Groups to append to the primary configuration's defaults list, in order.
    private(set) var appended: [DefaultsItem] = []
    /// The overrides that are about values, not groups, in order.
    private(set) var valueOverrides: [Override] = []
    /// The option taken for each group, in the order of discovery.
    private(set) var known: [(key: String, option: String?)] = []
    private var knownOptions: [String: String?] = [:]
    private var keysOfGroup: [String: Set<String>] = [:]

    /// Sorts `overrides` into those about groups and those about values.
    init(_ overrides: [Override], loader: ConfigLoader) throws(ConfigurationError) {
        for override in overrides where !override.isSweep {
            let value = override.value
            guard loader.hasGroup(override.key), value?.map == nil else {
                valueOverrides.append(override)
                continue
            }
            try add(override, value: value)
        }
    }

    private mutating func add(_ override: Override, value: ConfigNode?) throws(ConfigurationError) {
        let key = override.package.map { "\(override.key)@\($0)" } ?? override.key
        switch override.kind {
        case .forceAdd:
            throw ConfigurationError(
                .composition, "force-add of config groups is not supported: '\(override.text)'. Use one '+'.", key: key)
        case .delete:
            guard value == nil || value?.isNull == true || value?.string != nil else {
                throw ConfigurationError(
                    .composition,
                    "Config group override deletion value must be a string : \(override.representation)", key: key)
            }
            deletions[key] = (value?.string, false)
            deletionOrder.append(key)
        case .add, .change:
            let target: DefaultsItem.Target
            if let option = value?.string {
                target = .option(group: override.key, option)
            } else if let options = value?.list {
                let wrong = options.last { $0.string == nil }.map(PythonText.typeName)
                target = .options(group: override.key, options.compactMap(\.string), wrong: wrong)
            } else {
                let type = value.map(PythonText.typeName) ?? "NoneType"
                throw ConfigurationError(
                    .composition,
                    "Config group override must be a string or a list. Got \(type), in '\(override.text)'.", key: key)
            }
            if override.kind == .add {
                appended.append(DefaultsItem(target, package: override.package, origin: override.origin))
            } else {
                if choices[key] == nil { choiceOrder.append(key) }
                choices[key] = Choice(value: target, isExternal: true, written: value)
            }
        }
    }

    /// Notes an `override` item of a defaults list; one that came earlier, or from the command line, goes before it.
    mutating func add(_ element: DefaultsElement, in config: String) {
        let key = element.overrideKey
        guard choices[key] == nil else { return }
        choices[key] = Choice(value: element.target, isExternal: false, containingConfig: config)
        choiceOrder.append(key)
    }

    /// Gives `element` the option that an override chose for it, if one did.
    mutating func apply(to element: DefaultsElement) {
        guard element.isGroup, let choice = choices[element.overrideKey] else { return }
        choices[element.overrideKey]?.isUsed = true
        switch (element.target, choice.value) {
        case (.option(let group, _), .option(_, let option)), (.options(let group, _, _), .option(_, let option)):
            element.target = .option(group: group, option)
        case (.option(let group, _), .options(_, let options, let wrong)),
            (.options(let group, _, _), .options(_, let options, let wrong)):
            element.target = .options(group: group, options, wrong: wrong)
        default: break
        }
    }

    /// Whether the command line deletes `element`; it is then marked.
    mutating func deletes(_ element: DefaultsElement) -> Bool {
        guard element.isGroup, let deletion = deletions[element.overrideKey],
            deletion.option == nil || deletion.option == element.name
        else { return false }
        element.isDeleted = true
        deletions[element.overrideKey]?.isUsed = true
        return true
    }

    /// Notes the option that `element` takes.
    ///
    /// - Throws: when another option of the same group was taken for the same place.
    mutating func note(_ element: DefaultsElement) throws(ConfigurationError) {
        guard element.isGroup else { return }
        let key = element.overrideKey
        if let previous = knownOptions[key] {
            guard previous == element.name else {
                let option = previous ?? "None"
                throw ConfigurationError(
                    .composition, "Multiple values for \(key). To override a value use 'override \(key): \(option)'",
                    key: key,
                    at: element.origin)
            }
        } else {
            knownOptions[key] = element.name
            known.append((key, element.name))
        }
        keysOfGroup[element.groupPath, default: []].insert(key)
    }

    /// Refuses overrides and deletions that met no element.
    func checkAllUsed() throws(ConfigurationError) {
        for key in choiceOrder {
            guard let choice = choices[key], !choice.isUsed else { continue }
            let others = keysOfGroup[String(key.prefix { $0 != "@" })] ?? []
            var message = "Could not override '\(key)'."
            message +=
                others.isEmpty
                ? " No match in the defaults list."
                : "\nDid you mean to override \(others.count > 1 ? "one of " : "")\(others.sorted().joined(separator: ", "))?"
            if let config = choice.containingConfig { message = "In '\(config)': \(message)" }
            if choice.isExternal {
                let value = PythonText.str(choice.written ?? ConfigNode(.null, origin: ConfigOrigin(.schema)))
                message += "\nTo append to your default list use +\(key)=\(value)"
            }
            throw ConfigurationError(.composition, message, key: key)
        }
        for key in deletionOrder {
            guard let deletion = deletions[key], !deletion.isUsed else { continue }
            let what = deletion.option.map { "\(key)=\($0)" } ?? key
            throw ConfigurationError(
                .composition, "Could not delete '\(what)'. No match in the defaults list.", key: key)
        }
    }
}
