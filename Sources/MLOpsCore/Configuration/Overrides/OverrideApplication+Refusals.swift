internal import OrderedCollections

/// What is refused of an override before it changes anything.
extension OverrideApplication {
    /// Refuses sweeps inside a value, and names that are `null`.
    func refuseUnwritable(
        _ value: OverrideValue, _ override: Override, at path: [String], in tree: ConfigNode
    ) throws(ConfigurationError) {
        let existing = tree[path]
        // What is merged into a mapping or a list is a tree of its own before, and single settings only print it.
        let isMerged =
            existing?.map != nil || existing?.list != nil || HydraSettings.takesText(override.key, in: tree)
        let holder = Array(path.dropLast())
        // An index that is too large is told first.
        if existing == nil, tree[holder]?.list != nil { return }
        let own = tree[holder]?.list == nil ? nil : Interpolation.fullKey(holder, in: tree) + (path.last ?? "")
        let key = isMerged ? "" : Interpolation.fullKey(path, in: tree)
        guard value.isContainer,
            let found = value.firstUnwritable(below: key, own: isMerged ? nil : own)
        else { return }
        if override.kind == .change, existing == nil, !isKnownKey(override.key) {
            let missing = path.indices.first { tree[Array(path[...$0])] == nil } ?? path.count - 1
            throw cannotOverride(override, missing: path[...missing], in: tree)
        }
        if case .nullKey = found, HydraSettings.isSingle(override.key, in: tree) { return }
        throw failure(override, Self.reason(found))
    }

    /// Refuses text that is no template, once everything around it is known to be right.
    ///
    /// What is laid over a mapping or a list is a tree of its own before, so that places in it begin there.
    func checkTemplates(
        in value: ConfigNode, over existing: ConfigNode?, at path: [String], in tree: ConfigNode
    ) throws(ConfigurationError) {
        let isTree = value.map != nil || value.list != nil
        let isMerged = isTree && (existing?.map != nil || existing?.list != nil)
        let key = isMerged ? "" : Interpolation.fullKey(path, in: tree)
        let isSetting = path.count > 1 && path.first == "hydra"
        try InterpolationParser.check(
            value, key: key, place: isSetting && !isTree ? HydraSettings.place(key, in: tree) : nil)
    }

    static func reason(_ found: OverrideValue.Unwritable) -> String {
        switch found {
        case .sweep(let name):
            "Unexpected type annotation: Set[str]: a sweep stands for the whole value."
                + ConfigurationError.place("tags", in: name)
        case .nullKey(let place):
            "Incompatible key type 'NoneType': null is no name." + ConfigurationError.place(place)
        }
    }

    /// Refuses to set something below `hydra.sweeper.params` while that is null.
    func refuseBelowUnsetParameters(
        _ override: Override, at path: [String], in tree: ConfigNode
    ) throws(ConfigurationError) {
        guard path.count > 3, path.starts(with: ["hydra", "sweeper", "params"]),
            tree[Array(path.prefix(3))]?.isNull ?? false
        else { return }
        throw ConfigurationError(
            .composition,
            "Unexpected type\(path.count == 4 ? " for root: NoneType" : ": None"). Write hydra.sweeper.params in a file.",
            key: override.key
        )
    }

    /// Refuses names that are no text where they have to be; false when there is nothing to merge.
    func mayMergeNames(
        _ override: Override, at path: [String], in tree: ConfigNode
    ) throws(ConfigurationError) -> Bool {
        guard HydraSettings.takesText(override.key, in: tree), let names = override.value?.map?.keys else {
            return true
        }
        let existing = tree[path]
        let isUnset = override.key == "hydra.sweeper.params" && existing?.isNull ?? false
        for name in names where isUnset || existing?.map != nil {
            if case .string = name {
                guard isUnset else { continue }
                throw ConfigurationError(
                    .composition,
                    "'NoneType' object has no attribute 'get': write hydra.sweeper.params in a file."
                        + HydraSettings.place(of: override.key, list: nil, in: tree), key: override.key)
            }
            let type = PythonText.typeName(ConfigNode(key: name, origin: override.origin))
            throw failure(
                override,
                "Key \(name.text) (\(type)) is incompatible with (str)"
                    + HydraSettings.place("\(override.key).\(name.text)", in: tree))
        }
        return !(isUnset && names.isEmpty)
    }
}
