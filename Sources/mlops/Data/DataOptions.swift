import ArgumentParser
import MLOpsCore

/// Which data a command reads: `@OptionGroup var data: DataOptions`.
struct DataOptions: ParsableArguments {
    @Argument(help: "Files (.jsonl, .json, .jsonl.zst), directories, or patterns in quotes.")
    var paths: [String]
    @Option(help: "Which files of a directory are meant, such as '**/*.jsonl'.")
    var pattern: String?
    @Option(help: "What rows are admitted.")
    var format = DataFormat.auto
    @Option(
        help: "What becomes of wrong rows: error, or skip, which leaves them out, counts them and says how many.")
    var onInvalid = InvalidRowPolicy.error

    /// The reader these options ask for.
    var reader: DatasetReader { DatasetReader(format: format, onInvalid: onInvalid) }

    /// Reads the data into memory.
    func dataset() throws -> Dataset {
        try Dataset(paths: paths, pattern: pattern, format: format, onInvalid: onInvalid)
    }
}
