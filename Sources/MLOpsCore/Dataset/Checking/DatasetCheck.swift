/// Everything that can be said about data before training: its rows, its test rows, and one against the other.
public struct DatasetCheck: Sendable {
    /// What the data holds and what was found.
    public let report: DatasetReport
    /// The same of the test data, with its leaks; nil when there is none.
    public let testReport: DatasetReport?

    /// Reads `paths`, and the test data `tests` before and after, in memory that hardly grows with the number of rows.
    ///
    /// What is kept of a row are digests: 88 bytes, and 144 more when near-duplicates are searched for, beyond 16 MiB of each
    /// in a scratch file in the directory for temporary files. In memory remain some bits a row, and of test rows up to two
    /// million runs of words.
    ///
    /// - Parameters:
    ///   - paths: files, directories, or patterns.
    ///   - pattern: which files of a directory are meant.
    ///   - tests: the test data, named likewise; a row that asks what a row of `paths` asks is a leak.
    ///   - testPattern: which files of a directory of test data are meant.
    ///   - reader: what rows are admitted, and how many findings are kept.
    ///   - maximumLength: the most tokens a row may have, when `encode` is given.
    ///   - overlength: what becomes of rows with more.
    ///   - special: the tokens that begin a text and end an answer, when `encode` is given.
    ///   - encode: makes tokens of a conversation, so that lengths and learned tokens are checked too.
    /// - Throws: ``DatasetError`` when a file is missing or cannot be read. Wrong rows are findings.
    public init(
        _ paths: [String], pattern: String? = nil, against tests: [String] = [], testPattern: String? = nil,
        reader: DatasetReader = DatasetReader(), maximumLength: Int = .max,
        overlength: OverlengthPolicy = .error, special: SpecialIDs = SpecialIDs(),
        encode: (@Sendable (Conversation) throws -> TokenizedExample)? = nil
    ) throws(DatasetError) {
        var runs = TestRuns()
        if !tests.isEmpty {
            _ = try reader.visit(tests, pattern: testPattern) { row throws(DatasetError) in
                runs.add(RowWords(row))
                return .next
            }
        }
        var scan = DatasetScan(
            reader: reader, ledger: RowLedger(), testRuns: runs.isEmpty ? nil : runs, maximumLength: maximumLength,
            overlength: overlength,
            special: special,
            encode: encode)
        try reader.examine(&scan, over: paths, pattern: pattern) { _, _, _ throws(DatasetError) in .next }
        report = scan.report
        guard !tests.isEmpty else {
            testReport = nil
            return
        }
        var testScan = DatasetScan(
            reader: reader, ledger: RowLedger(), training: scan.ledger.map { ($0, scan.audit) },
            testRuns: scan.testRuns, maximumLength: maximumLength, overlength: overlength, special: special,
            encode: encode)
        try reader.examine(&testScan, over: tests, pattern: testPattern) { _, _, _ throws(DatasetError) in .next }
        testReport = testScan.report
    }

    /// Whether a finding makes rows unusable, or the test rows worthless.
    public var hasErrors: Bool { hasErrors(onInvalid: .error) }

    /// Whether a finding forbids the use of the data when wrong rows are treated by `policy`.
    public func hasErrors(onInvalid policy: InvalidRowPolicy) -> Bool {
        ([report] + (testReport.map { [$0] } ?? [])).contains { report in
            report.errorCount(onInvalid: policy) > 0 || (report.rowCount == 0 && report.invalidRowCount > 0)
        }
    }

    /// The reports as a document.
    public func json(onInvalid policy: InvalidRowPolicy = .error) -> JSONValue {
        ["passed": .bool(!hasErrors(onInvalid: policy)), "data": report.json, "against": testReport?.json ?? .null]
    }
}
