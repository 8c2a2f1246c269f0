/// Everything that can be said about data before training: its rows, its test rows, and one against the other.
public struct DatasetCheck: Sendable {
    /// What the data holds and what was found.
    public let report: DatasetReport
    /// The same of the test data, with its leaks; nil when there is none.
    public let testReport: DatasetReport?

    /// Reads `paths`, and then the test data `tests`, in memory that does not grow with the length of the rows.
    ///
    /// - Parameters:
    ///   - paths: files, directories, or patterns.
    ///   - pattern: which files of a directory are meant.
    ///   - tests: the test data, named likewise; a row that asks what a row of `paths` asks is a leak.
    ///   - reader: what rows are admitted, and how many findings are kept.
    ///   - maximumLength: the most tokens a row may have, when `encode` is given.
    ///   - encode: makes tokens of a conversation, so that lengths and learned tokens are checked too.
    /// - Throws: ``DatasetError`` when a file is missing or cannot be read. Wrong rows are findings.
    public init(
        _ paths: [String], pattern: String? = nil, against tests: [String] = [],
        reader: DatasetReader = DatasetReader(),
        maximumLength: Int = .max, encode: (@Sendable (Conversation) throws -> TokenizedExample)? = nil
    ) throws(DatasetError) {
        func check(_ paths: [String], _ training: RowAudit?) throws(DatasetError) -> (DatasetReport, RowAudit) {
            var scan = DatasetScan(reader: reader, training: training, maximumLength: maximumLength, encode: encode)
            try reader.run(&scan, over: paths, pattern: pattern) { _ throws(DatasetError) in .next }
            return (scan.report, scan.audit)
        }
        let (report, audit) = try check(paths, nil)
        self.report = report
        testReport = tests.isEmpty ? nil : try check(tests, audit).0
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
