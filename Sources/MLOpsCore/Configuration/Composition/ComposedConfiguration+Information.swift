internal import Foundation
internal import OrderedCollections

/// What Hydra's `--info` and `--package` tell about a composition, laid out as there.
extension ComposedConfiguration {
    /// The configurations merged, in order, as a table: what, where to, and who named it.
    public var defaultsTable: String { defaults.table }

    /// The same configurations as the tree that their lists make.
    public var defaultsTree: String { defaults.treeText }

    /// The places configurations are looked for, in order, as a table.
    public var searchPathTable: String {
        Self.table(
            ["Provider", "Search path"], sources.map { [$0.provider, $0.location] } + [["schema", "structured://"]],
            title: "Config search path")
    }

    /// What may stand in the place of Hydra's plugins.
    public static var pluginsTable: String {
        let text = """
            \tConfigSource:
            \t-------------
            \t\tdirectories, and the configurations built into the program
            \tLauncher:
            \t---------
            \t\tbasic: the runs of a sweep, one after another
            \tSweeper:
            \t--------
            \t\tbasic

            """
        return heading("Installed Hydra Plugins", isFirst: false) + text
    }

    /// What `--hydra-help` tells: which groups Hydra's own settings have, and their options.
    public static var hydraHelp: String {
        var groups: [String: [String]] = [:]
        for name in HydraSettings.texts.keys where name != "hydra/config" {
            let parts = name.split(separator: "/")
            groups[parts.dropLast().joined(separator: "/"), default: []].append(String(parts.last ?? ""))
        }
        let lines = groups.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.sorted().joined(separator: ", "))" }
        return """
            Settings of Hydra \(HydraSettings.version), as they are followed here.

            == Configuration groups ==
            A group's option is chosen as in 'hydra/job_logging=disabled'.

            \(lines.joined(separator: "\n"))

            Single settings are changed as in 'hydra.run.dir=out'; '--cfg hydra' prints all of them.

            """
    }

    /// The search path, the tree, the list and the values, one below the other.
    public var information: String {
        searchPathTable + defaultsTree + defaultsTable + Self.heading("Config", isFirst: false) + yaml + "\n"
    }

    /// Everything that `--info` tells: which Hydra is followed, what stands in the place of its plugins, and the rest.
    public var allInformation: String {
        let version = "Hydra \(HydraSettings.version)"
        return "\(version)\n\(String(repeating: "=", count: version.count))\n" + Self.pluginsTable + information
    }

    /// Returns the part of the values below `package`, as `--package` prints it.
    ///
    /// - Parameter isResolved: whether interpolations are resolved, as `--resolve` does.
    /// - Parameter hasSettings: whether Hydra's own settings are among the values, below `hydra`.
    /// - Parameter hasValues: whether there is anything besides them.
    /// - Throws: ``ConfigurationError`` when there is no such part, or an interpolation means nothing.
    public func text(
        of package: String, isResolved: Bool, hasSettings: Bool = false, hasValues: Bool = true
    ) throws(ConfigurationError) -> String {
        let path = InterpolationEvaluation.names(package)
        let part = hasValues ? (hasSettings ? whole : tree) : settings(hasHelp: false)
        let interpolation = Interpolation(part, context: context)
        guard let located = try interpolation.located(at: path), !located.node.isNull, !located.node.isMissing
        else {
            throw ConfigurationError(
                .unknownKey, "package '\(package)' not found in config. Name a mapping or a list of '\(name)'.",
                key: package)
        }
        var node = located.node
        if let place = located.path, node.map != nil || node.list != nil {
            if isResolved {
                node = try interpolation.resolved(inPlace: true)[place] ?? node
            }
            return "# @package \(package)\n" + node.yaml
        }
        let text = PythonText.str(node)
        if let problem = HalfCharacters.problem(in: text) {
            throw ConfigurationError(
                .wrongType, "\(problem). It cannot be printed alone.", key: package, at: node.origin)
        }
        return text + "\n"
    }

    fileprivate static func heading(_ title: String, isFirst: Bool = true) -> String {
        "\(isFirst ? "\n" : "")\(title)\n\(String(repeating: "*", count: title.count))\n"
    }

    fileprivate static func table(_ head: [String], _ rows: [[String]], title: String) -> String {
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            return "| " + padded.joined(separator: " | ") + " |"
        }
        // Hydra ends the head of a table of four columns with a space, and rules it too.
        let head = line(head) + (head.count == 4 ? " " : "")
        let rule = String(repeating: "-", count: head.count)
        return heading(title) + ([head, rule] + rows.map(line) + [rule]).joined(separator: "\n") + "\n"
    }
}

extension DefaultsList {
    /// The configurations merged, in order, as a table.
    var table: String {
        let rows = entries.map { entry in
            [entry.config, entry.package, entry.isSelf ? "True" : "False", entry.parent ?? "<root>"]
        }
        return ComposedConfiguration.table(
            ["Config path", "Package", "_self_", "Parent"], rows, title: "Defaults List")
    }

    /// The same configurations as the tree that their lists make.
    var treeText: String { ComposedConfiguration.heading("Defaults Tree") + tree }
}
