import ArgumentParser
import MLOpsCore

/// `mlops completion`: what a shell needs to complete commands, options and overrides.
struct ShellCompletion: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the script with which a shell completes commands, options, groups and keys.",
        discussion: """
            bash: eval "$(mlops completion bash)"
            zsh: mlops completion zsh > "${fpath[1]}/_mlops"
            fish: mlops completion fish > ~/.config/fish/completions/mlops.fish
            """)

    /// The shells there are scripts for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, fish, zsh

        /// What takes the script back.
        var removal: String {
            switch self {
            case .bash: "complete -r mlops\nunset -f __mlops_completion _mlops"
            case .fish: "complete --erase --command mlops"
            case .zsh: "compdef -d mlops"
            }
        }
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() async throws { try Console.standard.write(Self.script(for: shell)) }

    /// Does what Hydra's `--shell-completion` does: `install=SHELL`, `uninstall=SHELL` or `query=SHELL`.
    ///
    /// - Parameter configName: the configuration that a line completes overrides of, unless the line names another.
    static func answer(
        _ composition: CompositionOptions, configName: String, environment: [String: String]
    ) throws {
        let pairs = composition.overrides.map {
            $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        }
        let asked = pairs.filter { ["install", "uninstall", "query"].contains($0[0]) }
        guard asked.count == 1, let (task, name) = asked.first.map({ ($0[0], $0.count > 1 ? $0[1] : "") }) else {
            throw ValidationError("Expecting one subcommand from ['install', 'uninstall', 'query'] to be set")
        }
        guard let shell = Shell(rawValue: name) else {
            let shells = Shell.allCases.map { "\t\($0.rawValue)" }.joined(separator: "\n")
            throw ValidationError("No completion plugin for '\(name)' found, available : \n\(shells)")
        }
        switch task {
        case "install": try Console.standard.write(script(for: shell))
        case "uninstall": try Console.standard.write(shell.removal + "\n")
        default:
            guard let line = environment["COMP_LINE"] else {
                throw ValidationError("query= completes the line in COMP_LINE, which the shell's script sets.")
            }
            let separator = shell == .fish ? "\n" : " "
            let words = try OverrideWords.hydraCandidates(line, composition, configName)
            try Console.standard.write(words.joined(separator: separator) + "\n")
        }
    }

    /// The script of a shell.
    private static func script(for shell: Shell) -> String {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        return adapted(MLOpsCommand.completionScript(for: kind), to: shell)
    }

    /// The parser's script, changed so that what ends with '=', '.' or '/' goes on: no space after it.
    private static func adapted(_ script: String, to shell: Shell) -> String {
        switch shell {
        case .bash:
            script + """

                __mlops_completion() {
                    _mlops "$@"
                    if [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *[=./] ]]; then compopt -o nospace; fi
                }
                complete -o filenames -F __mlops_completion mlops

                """
        case .zsh:
            script.replacing(
                "        __mlops_complete \"${completions[@]:0:-1}\"\n",
                with: """
                            local word
                            for word in "${completions[@]:0:-1}"; do
                                if [[ "${word}" == *[=./] ]]; then compadd -S '' -- "${word}"; else compadd -- "${word}"; fi
                            done

                    """, maxReplacements: 1)
        case .fish:
            // fish has no spaces after such words anyway; its version 3 prints nothing for the tokens' cursor.
            script.replacing("(__mlops_tokens -tC)", with: "(__mlops_cursor)") + """

                function __mlops_cursor
                    string length -- "$(commandline -ct)"
                end

                """
        }
    }
}

/// The completion of an override while it is typed, called by the shell's script.
enum OverrideWords {
    /// Returns what the last word of a command line may become as Hydra prints it, in order.
    static func hydraCandidates(
        _ line: String, _ composition: CompositionOptions, _ configName: String
    ) throws -> [String] {
        let typed = try HydraArguments.Line(line.split(whereSeparator: \.isWhitespace).map(String.init).dropFirst(2))
        var overrides = typed.overrides
        let word = line.last.map { $0 == " " } ?? true ? "" : overrides.popLast() ?? ""
        let sources = try ConfigSource.standard(
            directory: composition.configDir ?? typed.values["--config-dir"],
            primary: composition.configPath ?? typed.values["--config-path"])
        return try OverrideCompletion.hydraCandidates(
            for: word, after: overrides, name: typed.values["--config-name"] ?? configName, sources: sources,
            isMultirun: typed.isMultirun)
    }

    /// Returns what the word at `index` may become, as the shell counts words.
    ///
    /// bash takes `lr=1` for three words, and wants what follows the equals sign alone.
    @Sendable static func candidates(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        guard words.indices.contains(index) else { return [] }
        var word = words[index]
        var taken = ""
        var start = index
        if CompletionShell.requesting == .bash {
            if word == "=", index > 0 {
                taken = words[index - 1] + "="
                word = taken
                start = index - 1
            } else if index > 1, words[index - 1] == "=" {
                taken = words[index - 2] + "="
                word = taken + word
                start = index - 2
            }
        }
        func option(_ names: String...) -> String? { names.lazy.compactMap(option).first }
        func option(_ name: String) -> String? {
            if let place = words.firstIndex(of: name), words.indices.contains(place + 1) {
                let next = words[place + 1] == "=" ? place + 2 : place + 1
                return words.indices.contains(next) ? words[next] : nil
            }
            return words.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        let places = (directory: option("--config-dir", "-cd"), primary: option("--config-path", "-cp"))
        guard let sources = try? ConfigSource.standard(directory: places.directory, primary: places.primary) else {
            return []
        }
        let earlier = overrides(in: words[..<start])
        let isEvaluation = words.contains("eval")
        let name = option("--config-name", "-cn") ?? (isEvaluation ? "eval" : "train")
        let found =
            isEvaluation
            ? OverrideCompletion.candidates(
                for: word, after: earlier, of: EvalConfiguration.self, name: name, sources: sources)
            : OverrideCompletion.candidates(
                for: word, after: earlier, of: RunConfiguration.self, name: name, sources: sources)
        return found.map { String($0.dropFirst(taken.count)) }
    }

    /// The overrides among words, put together again where bash took them apart.
    private static func overrides(in words: ArraySlice<String>) -> [String] {
        var whole: [String] = []
        var isOpen = false
        for word in words {
            let joins = CompletionShell.requesting == .bash && word == "="
            if let last = whole.last, joins || isOpen {
                whole[whole.count - 1] = last + word
            } else {
                whole.append(word)
            }
            isOpen = joins
        }
        return whole.filter { ($0.contains("=") || $0.hasPrefix("~")) && !$0.hasPrefix("-") }
    }
}
