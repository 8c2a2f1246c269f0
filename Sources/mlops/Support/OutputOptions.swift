import ArgumentParser

/// The options every command that reports has: `@OptionGroup var output: OutputOptions`.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON value on standard output and nothing else there.")
    var json = false
    @Flag(name: .shortAndLong, help: "Tell errors only.")
    var quiet = false
    @Flag(name: .long, help: "Tell more on standard error.")
    var verbose = false

    func validate() throws {
        if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
    }

    /// The console these options ask for.
    var console: Console {
        Console(verbosity: quiet ? .quiet : verbose ? .verbose : .normal, isJSON: json)
    }
}
