import ArgumentParser
import MLOpsCore

/// Where a configuration is found, and how it is changed.
struct CompositionOptions: ParsableArguments {
    @Option(
        name: [.long, .customLong("cd", withSingleDash: true)],
        help: "The directory that holds the configurations (default: configs/, else the built-in ones).")
    var configDir: String?
    @Option(
        name: [.long, .customLong("cp", withSingleDash: true)],
        help: "The directory of the primary configuration; what --config-dir names is then looked in after it.")
    var configPath: String?
    @Argument(
        help: "Overrides: k=v, +k=v, ++k=v, ~k, group=option.", completion: .custom(OverrideWords.candidates))
    var overrides: [String] = []

    /// Where configurations are looked for.
    func sources() throws -> [ConfigSource] { try ConfigSource.standard(directory: configDir, primary: configPath) }
}

/// Hydra's options that print a composition instead of running it: `@OptionGroup var printing: PrintingOptions`.
struct PrintingOptions: ParsableArguments {
    /// Which part of a composition is printed.
    enum Part: String, ExpressibleByArgument, CaseIterable { case job, hydra, all }
    /// What about a composition is printed.
    enum Topic: String, ExpressibleByArgument, CaseIterable {
        case all, config, defaults
        case defaultsTree = "defaults-tree"
        case plugins, searchpath
    }

    @Option(
        name: [.customShort("c"), .long],
        help: "Print the configuration (job), Hydra's own (hydra), or both (all), and exit.")
    var cfg: Part?
    @Flag(name: .long, help: "With --cfg: resolve interpolations.")
    var resolve = false
    @Option(name: [.customShort("p"), .long], help: "With --cfg: print only this part of the configuration.")
    var package: String?
    @Option(
        name: [.customShort("i"), .long], defaultAsFlag: Topic.all.rawValue,
        help: "Print the defaults list, its tree, the search path, plugins, or all about the configuration, and exit.",
        completion: .list(Topic.allCases.map(\.rawValue)))
    var info: String?
    @Flag(
        name: [.customLong("sc", withSingleDash: true), .long],
        help:
            "Print a shell's script (install=bash, zsh or fish), what takes it back (uninstall=), or candidates (query=)."
    )
    var shellCompletion = false
    @Option(help: .hidden)
    var experimentalRerun: String?
    @Flag(name: .long, help: "Print the groups of Hydra's own settings, and exit.")
    var hydraHelp = false
    @Flag(name: [.customShort("r"), .customLong("run")], help: "Run: what is done when nothing else is asked for.")
    var runs = false

    /// Whether anything is printed.
    var isPrinting: Bool { cfg != nil || info != nil || hydraHelp }

    func validate() throws {
        // As in Hydra, a word after --info is its topic, never an override.
        if let info, Topic(rawValue: info) == nil {
            let topics = Topic.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            throw ValidationError("argument --info/-i: invalid choice: '\(info)' (choose from \(topics))")
        }
        guard experimentalRerun == nil else {
            throw ValidationError(
                "--experimental-rerun is not supported: it reads .hydra/config.pickle, a format of Python's own that is not "
                    + "written here. '--config-dir RUN --config-name config_used' repeats a run, '--resume RUN' continues one."
            )
        }
        if resolve && cfg == nil { throw ValidationError("--resolve goes with --cfg.") }
        if package != nil && cfg == nil { throw ValidationError("--package goes with --cfg.") }
        try checkIsOnly(isMultirun: false)
    }

    /// Refuses to do two things at once.
    func checkIsOnly(isMultirun: Bool) throws {
        guard [runs, cfg != nil, info != nil, isMultirun, shellCompletion].count(where: \.self) <= 1 else {
            throw ValidationError(
                "Only one of --run, --multirun, --cfg, --info and --shell_completion can be specified.")
        }
    }

    /// Prints what was asked for if it needs no values, so that mistakes in those do not matter; false when it
    /// was something else.
    func printed(_ name: String, from sources: [ConfigSource], overrides: [String]) throws -> Bool {
        switch info.flatMap(Topic.init) {
        case .defaults:
            try Console.standard.write(ConfigComposer(sources).defaults(of: name, overrides: overrides, isTree: false))
        case .defaultsTree:
            try Console.standard.write(ConfigComposer(sources).defaults(of: name, overrides: overrides, isTree: true))
        case .plugins: try Console.standard.write(ComposedConfiguration.pluginsTable)
        case .all, .config, .searchpath, nil: return false
        }
        return true
    }

    /// Prints what was asked for; false when nothing was, and the command should do its work.
    func printed(_ composed: ComposedConfiguration) throws -> Bool {
        guard !hydraHelp else {
            try Console.standard.write(ComposedConfiguration.hydraHelp)
            return true
        }
        for warning in composed.warnings { Console.standard.warn(warning) }
        switch info.flatMap(Topic.init) {
        case .searchpath: try Console.standard.write(composed.searchPathTable)
        case .config: try Console.standard.write(composed.information)
        case .all: try Console.standard.write(composed.allInformation)
        case .defaults, .defaultsTree, .plugins, nil: break
        }
        guard let cfg else { return info != nil }
        if let package, package != "_global_" {
            let text = try composed.text(
                of: package, isResolved: resolve, hasSettings: cfg != .job, hasValues: cfg != .hydra)
            try Console.standard.write(text)
            return true
        }
        if cfg != .job {
            let hasHelp = cfg == .all
            try Console.standard.write(
                resolve ? try composed.resolvedHydraYAML(hasHelp: hasHelp) : composed.hydraYAML(hasHelp: hasHelp))
        }
        if cfg != .hydra {
            try Console.standard.write(resolve ? try composed.resolved(keepingMissing: true).yaml : composed.yaml)
        }
        return true
    }
}
