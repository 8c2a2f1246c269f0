/// An item of a defaults list at its place in the tree: it knows the group and the package of the list that holds it.
///
/// A reference type, because overrides and interpolations change an element that the tree already holds.
final class DefaultsElement {
    var target: DefaultsItem.Target
    private(set) var package: String?
    var packageHeader: String?
    var isDeleted = false
    let isOptional: Bool
    let isOverride: Bool
    /// Added on the command line (`+group=option`).
    let isAppended: Bool
    let isPrimary: Bool
    let origin: ConfigOrigin
    private var parentGroup = ""
    private var parentPackage = ""

    init(_ item: DefaultsItem, isAppended: Bool = false, isPrimary: Bool = false) {
        target = item.target
        package = item.package == "_here_" ? "" : item.package
        isOptional = item.isOptional
        isOverride = item.isOverride
        self.isAppended = isAppended
        self.isPrimary = isPrimary
        origin = item.origin
    }

    /// Puts the element below a list of the group `group` whose values go to `package`.
    func place(inGroup group: String, package: String) {
        parentGroup = group
        parentPackage = package
        if let own = self.package, own.contains("_group_") {
            self.package = "_global_." + own.replacing("_group_", with: defaultPackage)
        }
    }

    var isSelf: Bool {
        switch target {
        case .selfValues, .option(_, "_self_"): true
        default: false
        }
    }

    /// Whether this names an option of a group, one or several.
    var isGroup: Bool {
        switch target {
        case .option, .options: true
        default: false
        }
    }

    /// The configuration's own name; nil for no option.
    var name: String? {
        switch target {
        case .selfValues: "_self_"
        case .config(let path): path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        case .option(_, let option): option
        case .options: nil
        }
    }

    var isMissing: Bool { name == ConfigNode.missing }

    var isInterpolation: Bool {
        switch target {
        case .config(let path): path.contains("${")
        case .option(_, let option): option?.contains("${") ?? false
        default: false
        }
    }

    /// What an interpolation is resolved from: an option, or the whole path of a configuration.
    ///
    /// What comes out of a path is again counted from the list's group, as in Hydra.
    var interpolationTemplate: String { isGroup ? name ?? "" : configPath }

    /// Refuses an interpolation that is none.
    func checkInterpolation() throws(ConfigurationError) {
        guard isInterpolation else { return }
        try InterpolationParser.check(ConfigNode(.string(interpolationTemplate), origin: origin))
    }

    /// The group as it is written, and whether it starts at the root.
    private var writtenGroup: (path: String, isAbsolute: Bool) {
        let written: String
        switch target {
        case .selfValues: written = ""
        case .config(let text), .option(let text, _), .options(let text, _, _): written = text
        }
        let isAbsolute = written.hasPrefix("/")
        var path = isAbsolute ? written.dropFirst() : written[...]
        if case .config = target { path = path.lastIndex(of: "/").map { path[..<$0] } ?? "" }
        return (String(path), isAbsolute)
    }

    /// The group this element's configuration is in, from the root.
    var groupPath: String {
        let (path, isAbsolute) = writtenGroup
        if isAbsolute || parentGroup.isEmpty { return path }
        return path.isEmpty ? parentGroup : "\(parentGroup)/\(path)"
    }

    /// The configuration's path from the root.
    var configPath: String {
        if case .config(let path) = target {
            if path.hasPrefix("/") { return String(path.dropFirst()) }
            return parentGroup.isEmpty ? path : "\(parentGroup)/\(path)"
        }
        let name = name ?? "null"
        return groupPath.isEmpty ? name : "\(groupPath)/\(name)"
    }

    /// What Hydra calls `_self_` in this element's list.
    var selfPath: String { parentGroup.isEmpty ? "_self_" : "\(parentGroup)/_self_" }

    private var defaultPackage: String { groupPath.replacing("/", with: ".") }

    /// The package that this element asks for: its own, or else its file's header.
    var ownPackage: String? { package ?? packageHeader }

    /// Where the values go in the tree; empty: to the root.
    func finalPackage(usingHeader: Bool = true) -> String {
        let own = (usingHeader ? ownPackage : package) ?? writtenGroup.path.replacing("/", with: ".")
        let joined = parentPackage.isEmpty ? own : own.isEmpty ? parentPackage : "\(parentPackage).\(own)"
        // `_global_` starts over at the root.
        guard let global = joined.ranges(of: "_global_").last else { return joined }
        let rest = joined[global.upperBound...]
        return String(rest.hasPrefix(".") ? rest.dropFirst() : rest)
    }

    /// What an override calls this element: `optim`, or `optim@other.place`.
    var overrideKey: String {
        let package = finalPackage(usingHeader: false)
        if package == defaultPackage { return groupPath }
        return "\(groupPath)@\(package.isEmpty ? "_global_" : package)"
    }

    /// Takes the package of a file's header, which is always counted from the root.
    func setHeader(_ header: String?) {
        guard let header else { return }
        if header == "_global_" || header.hasPrefix("_global_.") {
            packageHeader = header
        } else {
            packageHeader = header.isEmpty ? "_global_" : "_global_.\(header)"
        }
    }
}
