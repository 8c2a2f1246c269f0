internal import OrderedCollections

/// Walks defaults lists from the primary configuration down.
///
/// Lists are walked from the last item to the first: an `override` in a later configuration must be known when the
/// item it overrides is reached.
struct DefaultsBuilder {
    /// A configuration and the items below it.
    private final class Tree {
        let element: DefaultsElement
        let parent: Tree?
        var children: [Tree] = []
        init(_ element: DefaultsElement, parent: Tree?) {
            self.element = element
            self.parent = parent
        }
    }

    let loader: ConfigLoader
    var choices: GroupChoices
    let context: Interpolation.Context
    let skipsMissing: Bool
    private var configCount = 0
    private(set) var tree = ""

    init(loader: ConfigLoader, choices: GroupChoices, context: Interpolation.Context, skipsMissing: Bool) {
        self.loader = loader
        self.choices = choices
        self.context = context
        self.skipsMissing = skipsMissing
    }

    /// Lists deeper or longer than this are not written by hand.
    private static let maximumDepth = 64
    private static let maximumConfigs = 2_000

    mutating func entries(of primary: String) throws(ConfigurationError) -> [DefaultsList.Entry] {
        let origin = ConfigOrigin(.schema)
        let root = Tree(
            DefaultsElement(DefaultsItem(.config(primary), package: nil, origin: origin), isPrimary: true), parent: nil)
        root.element.place(inGroup: "", package: "")
        try expand(root, isInterpolated: false, depth: 0)
        // Hydra's own configuration comes first in the result, but is walked last: any list may override its groups.
        var trees = [root]
        if loader.hasConfig("hydra/config") {
            let hydra = Tree(
                DefaultsElement(DefaultsItem(.config("hydra/config"), package: nil, origin: origin)), parent: nil)
            hydra.element.place(inGroup: "", package: "")
            try expand(hydra, isInterpolated: false, depth: 0)
            trees.insert(hydra, at: 0)
        }
        var result: [DefaultsList.Entry] = []
        tree = "<root>:\n"
        for root in trees {
            try collect(root, into: &result)
            describe(root, depth: 1)
        }
        return result
    }

    /// Adds a configuration and those below it to the text of the tree.
    private mutating func describe(_ branch: Tree, depth: Int) {
        let element = branch.element
        let name = element.isGroup ? "\(element.overrideKey): \(element.name ?? "null")" : element.configPath
        tree += String(repeating: "  ", count: depth) + name + (branch.children.isEmpty ? "\n" : ":\n")
        for child in branch.children {
            if child.element.isSelf {
                tree += String(repeating: "  ", count: depth + 1) + element.selfPath + "\n"
            } else {
                describe(child, depth: depth + 1)
            }
        }
    }

    private mutating func expand(_ tree: Tree, isInterpolated: Bool, depth: Int) throws(ConfigurationError) {
        let element = tree.element
        configCount += 1
        guard depth <= Self.maximumDepth, configCount <= Self.maximumConfigs else {
            throw ConfigurationError(
                .tooComplex,
                "maximum recursion depth exceeded in comparison: the defaults lists around '\(element.configPath)' go on "
                    + "for ever. Look for one that names itself.",
                at: element.origin)
        }
        if element.isPrimary, !loader.hasConfig(element.configPath) { throw notFound(tree) }
        let hasConfig = element.name != nil && !element.isMissing
        if hasConfig { element.setHeader(try loader.load(element.configPath)?.packageHeader) }
        if choices.deletes(element) { return }
        try choices.note(element)
        guard element.name != nil else { return }
        if element.isMissing {
            if skipsMissing { return }
            guard element.isGroup else {
                throw ConfigurationError(
                    .composition, "Missing ConfigDefault is not supported : \(element.configPath)", at: element.origin)
            }
            let key = element.overrideKey
            let options = loader.options(of: element.groupPath).joined(separator: "\n\t")
            throw ConfigurationError(
                .composition, "You must specify '\(key)', e.g, \(key)=<OPTION>\nAvailable options:\n\t\(options)",
                key: key,
                at: element.origin)
        }
        guard let loaded = try loader.load(element.configPath) else {
            guard element.isOptional else { throw notFound(tree) }
            element.isDeleted = true
            return
        }
        let list = try placedList(of: loaded, in: element, isInterpolated: isInterpolated)
        try expandChildren(list, of: tree, isInterpolated: isInterpolated, depth: depth)
    }

    /// The elements of a configuration's list, `_self_` included, each at its place; overrides are noted.
    private mutating func placedList(
        of loaded: LoadedConfig, in element: DefaultsElement, isInterpolated: Bool
    ) throws(ConfigurationError) -> [DefaultsElement] {
        var list = loaded.defaults.map { DefaultsElement($0) }
        if !list.isEmpty || (element.isPrimary && !choices.appended.isEmpty) {
            let selfCount = list.count(where: \.isSelf)
            guard selfCount <= 1 else {
                throw ConfigurationError(
                    .composition, "Duplicate _self_ defined in \(element.configPath).", at: loaded.node.origin)
            }
            if selfCount == 0, list.isEmpty || list.contains(where: { !$0.isOverride }) {
                list.append(DefaultsElement(DefaultsItem(.selfValues, package: nil, origin: loaded.node.origin)))
            }
        }
        if element.isPrimary { list += choices.appended.map { DefaultsElement($0, isAppended: true) } }

        var lastOverride: DefaultsElement?
        for item in list where !item.isSelf {
            item.place(inGroup: element.groupPath, package: element.finalPackage())
            if let lastOverride, !item.isOverride, !item.isAppended {
                throw ConfigurationError(
                    .composition,
                    "In \(element.configPath): Override '\(lastOverride.overrideKey) : \(lastOverride.name ?? "None")' is defined before "
                        + "'\(item.overrideKey): \(item.name ?? "None")'.\nOverrides must be at the end of the defaults list",
                    at: item.origin)
            }
            guard item.isOverride else { continue }
            lastOverride = item
            guard !isInterpolated else {
                throw ConfigurationError(
                    .composition,
                    "\(element.configPath): Default List Overrides are not allowed in the subtree\nof an in interpolated "
                        + "config group (override \(item.overrideKey)=\(item.name ?? "None")).",
                    at: item.origin)
            }
            choices.add(item, in: element.configPath)
        }
        return list
    }

    private mutating func expandChildren(
        _ list: [DefaultsElement], of tree: Tree, isInterpolated: Bool, depth: Int
    ) throws(ConfigurationError) {
        let parent = tree.element
        var children: [Tree] = []
        for item in list.reversed() where !item.isOverride {
            if item.isSelf {
                children.append(Tree(item, parent: tree))
                continue
            }
            choices.apply(to: item)
            if case .options(let group, let options, let wrong) = item.target {
                if let wrong {
                    // Python looks for "${" in it, which a list and a mapping allow, before it makes a path of it.
                    let problem =
                        ["list", "dict"].contains(wrong)
                        ? "can only concatenate str (not \"\(wrong)\") to str"
                        : "argument of type '\(wrong)' is not iterable"
                    throw ConfigurationError(
                        .composition, "\(problem): a list of options has names only.", at: item.origin)
                }
                for option in options.reversed() {
                    guard !option.contains("${") else {
                        throw ConfigurationError(
                            .composition,
                            "In '\(parent.configPath)': Defaults List interpolation is not supported in options list items.",
                            at: item.origin)
                    }
                    let path = DefaultsItem(
                        .config("\(group)/\(option)"), package: item.ownPackage, isOptional: item.isOptional,
                        origin: item.origin)
                    let child = Tree(DefaultsElement(path), parent: tree)
                    child.element.place(inGroup: parent.groupPath, package: parent.finalPackage())
                    try expand(child, isInterpolated: isInterpolated, depth: depth + 1)
                    children.append(child)
                }
                continue
            }
            let child = Tree(item, parent: tree)
            try item.checkInterpolation()
            if !item.isInterpolation { try expand(child, isInterpolated: isInterpolated, depth: depth + 1) }
            children.append(child)
        }
        // Interpolated options wait until every other option is known; they do not know one another.
        let known = choices.known
        for child in children where child.element.isInterpolation {
            try resolve(child.element, known: known)
            child.element.place(inGroup: parent.groupPath, package: parent.finalPackage())
            try expand(child, isInterpolated: true, depth: depth + 1)
        }
        tree.children = children.reversed()
    }

    /// Puts the options taken so far into an interpolated option.
    private func resolve(_ element: DefaultsElement, known: [(key: String, option: String?)]) throws(ConfigurationError)
    {
        var members: OrderedDictionary<ConfigNode.Key, ConfigNode> = [:]
        for (key, option) in known {
            members[.string(key)] = ConfigNode(option.map { .string($0) } ?? .null, origin: element.origin)
        }
        let map = ConfigNode(.map(members), origin: element.origin)
        let template = element.interpolationTemplate
        func refusal(_ reason: String) -> ConfigurationError {
            ConfigurationError(.interpolation, reason, at: element.origin)
        }
        if element.isGroup, template.firstRange(of: /^\${defaults\.\d\./) != nil {
            throw refusal(
                "\nDefaults list element '\(element.overrideKey)=\(template)' is using a deprecated interpolation form.\n"
                    + "See http://hydra.cc/docs/1.1/upgrades/1.0_to_1.1/defaults_list_interpolation for migration information.\n"
                    + "Name the group: ${group}.")
        }
        let value: ConfigNode
        do {
            value = try Interpolation.resolve(template, in: map, at: element.origin, context: context)
        } catch {
            let keys = known.map(\.key).joined(separator: ", ")
            throw refusal(
                "Error resolving interpolation '\(template)'"
                    + (keys.isEmpty ? "" : ", possible interpolation keys: \(keys)"))
        }
        guard let text = value.string else {
            throw refusal("'\(template)' is \(value.kindName), not the name of a configuration.")
        }
        switch element.target {
        case .config: element.target = .config(text)
        case .option(let group, _): element.target = .option(group: group, text)
        default: break
        }
    }

    private func collect(_ tree: Tree, into result: inout [DefaultsList.Entry]) throws(ConfigurationError) {
        let element = tree.element
        guard tree.children.isEmpty else {
            for child in tree.children { try collect(child, into: &result) }
            return
        }
        guard !element.isDeleted, !element.isMissing, element.name != nil else { return }
        if element.isSelf {
            guard let owner = tree.parent else { return }
            // An option that is called so is taken for the values themselves, where those have a package.
            guard !element.isGroup || owner.element.ownPackage != nil else {
                throw ConfigurationError(
                    .composition, "In '\(owner.element.configPath)': '_self_' is no option of a group.",
                    at: element.origin)
            }
            result.append(
                DefaultsList.Entry(
                    config: owner.element.configPath, package: owner.element.finalPackage(),
                    parent: owner.parent?.element.configPath, overrideKey: nil, isSelf: true,
                    isPrimary: owner.element.isPrimary))
        } else {
            result.append(
                DefaultsList.Entry(
                    config: element.configPath, package: element.finalPackage(),
                    parent: tree.parent?.element.configPath,
                    overrideKey: element.isGroup ? element.overrideKey : nil, isSelf: false,
                    isPrimary: element.isPrimary))
        }
    }

    private func notFound(_ tree: Tree) -> ConfigurationError {
        let element = tree.element
        var message: String
        if element.isPrimary {
            message = "Cannot find primary config '\(element.configPath)'. Check that it's in your config search path."
        } else {
            message =
                element.isGroup
                ? "Could not find '\(element.configPath)'\n" : "Could not load '\(element.configPath)'.\n"
            let options = loader.options(of: element.groupPath)
            if element.isGroup, !options.isEmpty {
                message += "\nAvailable options in '\(element.groupPath)':\n\t\(options.joined(separator: "\n\t"))"
            }
            if let parent = tree.parent { message = "In '\(parent.element.configPath)': \(message)" }
        }
        let places = loader.places.map { "\tprovider=\($0), path=\($1)" }
        let origin: ConfigOrigin? = element.origin.place == .schema ? nil : element.origin
        return ConfigurationError(
            .missingConfig, "\(message)\nConfig search path:\n\(places.joined(separator: "\n"))", at: origin)
    }
}
