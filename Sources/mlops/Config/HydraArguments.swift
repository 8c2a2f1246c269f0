import ArgumentParser

/// Hydra's options as Python's argparse reads them: short for as long as they are clear (`--cf job`), values glued to
/// them (`-cjob`, `-p=db`).
enum HydraArguments {
    /// An option of Hydra's: its names in argparse's order, and whether a value follows.
    private struct Option {
        let long: String
        var short: String?
        var takesValue = false
    }

    /// In the order in which Hydra defines them, which is that of its messages.
    private static let hydra = [
        Option(long: "--help", short: "-h"), Option(long: "--hydra-help"), Option(long: "--version"),
        Option(long: "--cfg", short: "-c", takesValue: true), Option(long: "--resolve"),
        Option(long: "--package", short: "-p", takesValue: true), Option(long: "--run", short: "-r"),
        Option(long: "--multirun", short: "-m"), Option(long: "--shell-completion", short: "-sc"),
        Option(long: "--config-path", short: "-cp", takesValue: true),
        Option(long: "--config-name", short: "-cn", takesValue: true),
        Option(long: "--config-dir", short: "-cd", takesValue: true),
        Option(long: "--experimental-rerun", takesValue: true), Option(long: "--info", short: "-i", takesValue: true),
    ]
    /// Those that these commands have besides; a beginning that fits one of Hydra's means that.
    private static let own = ["--json", "--quiet", "--verbose", "--resume", "--verify-resume"].map {
        Option(long: $0, takesValue: $0 == "--resume")
    }
    /// The commands that have Hydra's options.
    private static let commands: Set = ["train", "eval"]

    /// Returns `arguments` with the options of `mlops train` and `mlops eval` written out.
    ///
    /// - Throws: `ValidationError` when a beginning fits several options.
    static func writtenOut(_ arguments: [String]) throws -> [String] {
        guard let command = arguments.first, commands.contains(command) else { return arguments }
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        return try arguments[..<end].flatMap { argument in
            let written = try writtenOut(argument)
            // The parser takes a value that is empty as a word of its own only.
            guard written.hasSuffix("="), written.hasPrefix("--"), written.firstIndex(of: "=") == written.indices.last
            else {
                return [written]
            }
            return [String(written.dropLast()), ""]
        } + arguments[end...]
    }

    /// What a line that is being typed says: `mlops train …` without its first two words.
    struct Line {
        private(set) var overrides: [String] = []
        private(set) var isMultirun = false
        /// The values of the options, by their long names.
        private(set) var values: [String: String] = [:]

        /// - Throws: `ValidationError` when a beginning of an option fits several.
        init(_ words: some Collection<String>) throws {
            var rest = try words.map(HydraArguments.writtenOut)[...]
            while let word = rest.popFirst() {
                let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                guard let option = hydra.first(where: { $0.long == parts.first || $0.short == parts.first }) else {
                    if !word.hasPrefix("-") { overrides.append(word) }
                    continue
                }
                if option.long == "--multirun" { isMultirun = true }
                if option.takesValue { values[option.long] = parts.count > 1 ? parts[1] : rest.popFirst() }
            }
        }
    }

    private static func writtenOut(_ argument: String) throws -> String {
        let names = (hydra + own).flatMap { [$0.long] + ($0.short.map { [$0] } ?? []) }
        guard argument.hasPrefix("-"), argument.count > 1, !names.contains(argument) else { return argument }
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = parts.count > 1 ? parts[1] : nil
        if let value, let option = (hydra + own).first(where: { $0.long == parts[0] || $0.short == parts[0] }) {
            return "\(option.long)=\(value)"
        }
        for options in [hydra, own] {
            let found = matches(argument, name: parts[0], value: value, among: options)
            guard found.count <= 1 else {
                let names = found.map(\.name).joined(separator: ", ")
                throw ValidationError("ambiguous option: \(argument) could match \(names)")
            }
            // A flag's glued letters are more flags, which the parser reads.
            guard let (option, _, value) = found.first, value == nil || option.takesValue else { continue }
            return option.long + (value.map { "=\($0)" } ?? "")
        }
        return argument
    }

    /// The options that `argument` may mean, in argparse's order.
    private static func matches(
        _ argument: String, name: String, value: String?, among options: [Option]
    ) -> [(option: Option, name: String, value: String?)] {
        guard !argument.hasPrefix("--") else {
            return options.filter { $0.long.hasPrefix(name) }.map { ($0, $0.long, value) }
        }
        let start = String(argument.prefix(2))
        return options.flatMap { option -> [(Option, String, String?)] in
            guard let short = option.short else { return [] }
            if short == start { return [(option, short, String(argument.dropFirst(2)))] }
            return short.hasPrefix(argument) ? [(option, short, nil)] : []
        }
    }
}
