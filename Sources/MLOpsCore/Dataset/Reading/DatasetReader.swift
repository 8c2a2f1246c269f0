/// The reader of data files: row by row, so that a file of any size can be checked in little memory.
public struct DatasetReader: Sendable {
    /// What rows are admitted.
    public var format: DataFormat
    /// The longest row accepted, in bytes.
    public var maximumRowLength: Int
    /// How many findings of each kind are kept.
    public var findingLimit: Int

    /// Creates a reader.
    public init(format: DataFormat = .auto, maximumRowLength: Int = 1 << 24, findingLimit: Int = 100) {
        self.format = format
        self.maximumRowLength = maximumRowLength
        self.findingLimit = findingLimit
    }

    /// Reads every row that `paths` name, and returns what was found.
    ///
    /// Wrong rows are findings of the report, not errors of this call.
    ///
    /// - Parameters:
    ///   - paths: files, directories, or patterns such as `data/**/*.jsonl`.
    ///   - pattern: which files of a directory are meant; by default those that end in `.jsonl`, else `.jsonl.zst`,
    ///     `.ndjson`, `.json`.
    ///   - training: the rows a model is trained on, when these are its test rows: those that ask the same are leaks.
    ///   - use: called with each usable row, in the order of the files.
    /// - Throws: ``DatasetError`` when a file is missing or cannot be read.
    public func scan(
        _ paths: [String], pattern: String? = nil, against training: RowAudit? = nil,
        use: (DatasetRow) -> Void = { _ in }
    ) throws(DatasetError) -> (report: DatasetReport, audit: RowAudit) {
        var files: [String] = []
        var known: Set<String> = []
        for path in paths {
            // A file named twice, by itself and by a pattern, is read once.
            for file in try DataFiles.resolve(path, pattern: pattern) where known.insert(file).inserted {
                files.append(file)
            }
        }
        var scan = DatasetScan(reader: self, training: training)
        for file in files { try scan.read(file, use: use) }
        scan.report.distinctPromptCount = scan.audit.distinctPromptCount
        return (scan.report, scan.audit)
    }
}
