import ArgumentParser
import MLOpsCore

/// How data is read: `@OptionGroup var reading: ReadingOptions`.
struct ReadingOptions: ParsableArguments {
    @Option(help: "Which files of a directory are meant, such as '**/*.jsonl'.")
    var pattern: String?
    @Option(help: "What rows are admitted.")
    var format = DataFormat.auto
    @Option(
        help: "What becomes of wrong rows: error, or skip, which leaves them out, counts them and says how many.")
    var onInvalid = InvalidRowPolicy.error

    /// The reader these options ask for.
    var reader: DatasetReader { DatasetReader(format: format, onInvalid: onInvalid) }
}

/// Which data a command reads: `@OptionGroup var data: DataOptions`.
struct DataOptions: ParsableArguments {
    @Argument(help: "Files (.jsonl, .json, .jsonl.zst, .json.zst), directories, or patterns in quotes.")
    var paths: [String]
    @OptionGroup var reading: ReadingOptions

    var pattern: String? { reading.pattern }
    var onInvalid: InvalidRowPolicy { reading.onInvalid }
    var reader: DatasetReader { reading.reader }
}
