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
        maximumLength: Int = .max, encode: ((Conversation) throws -> TokenizedExample)? = nil
    ) throws(DatasetError) {
        func check(_ paths: [String], _ training: RowAudit?) throws(DatasetError) -> (DatasetReport, RowAudit) {
            var tally = TokenTally(maximumLength: maximumLength, overlength: .error, findingLimit: reader.findingLimit)
            var (report, audit) = try reader.scan(paths, pattern: pattern, against: training) { row in
                guard let encode else { return }
                do {
                    _ = tally.add(try row.tokenized(encode))
                } catch {
                    tally.add(error, at: row.origin)
                }
            }
            if encode != nil { tally.complete(&report) }
            return (report, audit)
        }
        let (report, audit) = try check(paths, nil)
        self.report = report
        testReport = tests.isEmpty ? nil : try check(tests, audit).0
    }

    /// Whether a finding makes rows unusable, or the test rows worthless.
    public var hasErrors: Bool { report.hasErrors || testReport?.hasErrors == true }

    /// The reports as a document.
    public var json: JSONValue {
        ["passed": .bool(!hasErrors), "data": report.json, "against": testReport?.json ?? .null]
    }
}
