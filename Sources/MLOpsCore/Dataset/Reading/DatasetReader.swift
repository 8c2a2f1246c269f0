/// What follows the visit of a row.
public enum RowVisit: Sendable, Hashable {
    /// The next row.
    case next
    /// Nothing: the rest is not read.
    case stop
}

/// What is done with each usable row of a pass: with what was found out about it, the row, and what identifies it.
typealias RowVisitor = (RowExaminer.Examination, DatasetRow, RowKeys) throws(DatasetError) -> RowVisit

/// The reader of data files: row by row, so that a file of any size can be checked in little memory.
public struct DatasetReader: Sendable {
    /// What rows are admitted.
    public var format: DataFormat
    /// What becomes of wrong rows where rows are used, and not only reported on.
    public var onInvalid: InvalidRowPolicy
    /// The longest row accepted, in bytes.
    public var maximumRowLength: Int
    /// How many findings of each kind are kept.
    public var findingLimit: Int
    /// Whether the characters of texts are looked at, and secrets and personal data searched for.
    public var auditsTexts: Bool
    /// Whether the same question under other system turns is the same question, so that two answers to it conflict, and a test
    /// row that asks it leaks.
    public var ignoresSystemTurns = false
    /// From which share of common shingles on rows are reported as nearly the same; nil: they are not compared.
    public var nearDuplicateThreshold: Double?
    /// Whether rows are compared with those before them, which takes some digests of each; where rows only pass, not.
    var comparesRows = true

    /// Creates a reader.
    public init(
        format: DataFormat = .auto, onInvalid: InvalidRowPolicy = .error, maximumRowLength: Int = 1 << 24,
        findingLimit: Int = 100, auditsTexts: Bool = true, nearDuplicateThreshold: Double? = nil
    ) {
        self.format = format
        self.onInvalid = onInvalid
        self.maximumRowLength = maximumRowLength
        self.findingLimit = findingLimit
        self.auditsTexts = auditsTexts
        self.nearDuplicateThreshold = nearDuplicateThreshold
    }

    /// Reads every row that `paths` name, and returns what was found.
    ///
    /// Wrong rows are findings of the report, not errors of this call.
    ///
    /// - Parameters:
    ///   - paths: files, directories, or patterns such as `data/**/*.jsonl`.
    ///   - pattern: which files of a directory are meant; by default those that end in `.jsonl`, else `.jsonl.zst`,
    ///     `.ndjson`, `.json`.
    ///   - use: called with each usable row, in the order of the files.
    /// - Throws: ``DatasetError`` when a file is missing or cannot be read.
    public func scan(
        _ paths: [String], pattern: String? = nil, use: (DatasetRow) -> Void = { _ in }
    ) throws(DatasetError) -> (report: DatasetReport, audit: RowAudit) {
        var scan = DatasetScan(reader: self)
        try examine(&scan, over: paths, pattern: pattern) { _, row, _ throws(DatasetError) in
            use(row)
            return .next
        }
        return (scan.report, scan.audit)
    }

    /// Visits the usable rows that `paths` name one after the other, and returns what was found on the way.
    ///
    /// Never more than a few megabytes of rows are held, and their texts are not looked at. Wrong rows are findings of the report; whether what was done
    /// may stand is said by ``DatasetReport/requireUsable(onInvalid:)``.
    ///
    /// - Throws: ``DatasetError`` when a file is missing or cannot be read, and what `visit` throws.
    @discardableResult
    public func visit(
        _ paths: [String], pattern: String? = nil, _ visit: (DatasetRow) throws(DatasetError) -> RowVisit
    ) throws(DatasetError) -> DatasetReport {
        var scan = DatasetScan(reader: passing)
        try examine(&scan, over: paths, pattern: pattern) { _, row, _ throws(DatasetError) in try visit(row) }
        return scan.report
    }

    /// The reader that lets rows pass: it looks neither at their texts nor from one to another.
    var passing: DatasetReader {
        var reader = self
        reader.auditsTexts = false
        reader.nearDuplicateThreshold = nil
        reader.comparesRows = false
        return reader
    }

    /// Passes over the files that `paths` name.
    func examine(
        _ scan: inout DatasetScan, over paths: [String], pattern: String?, use: RowVisitor
    ) throws(DatasetError) {
        let (files, repeated) = try files(paths, pattern: pattern)
        scan.note(repeated)
        for file in files where !scan.isStopped { try scan.read(file, use: use) }
        do throws(FileError) { try scan.finish() } catch { throw DatasetError(error) }
    }

    /// Returns the files that `paths` name; one named twice, by itself and by a pattern, is read once. With them, the names
    /// that links make for one of them.
    private func files(
        _ paths: [String], pattern: String?
    ) throws(DatasetError) -> (files: [String], repeated: [(name: String, file: String)]) {
        var files: [String] = []
        var repeated: [(name: String, file: String)] = []
        var known: Set<String> = []
        for path in paths {
            let found = try DataFiles.found(path, pattern: pattern)
            files += found.files.filter { known.insert($0).inserted }
            repeated += found.repeated
        }
        return (files, repeated)
    }
}
