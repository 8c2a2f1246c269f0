public import Foundation

/// The rows a model learns from or is measured on, checked once as they are read.
///
/// ```swift
/// let dataset = try Dataset(contentsOf: URL(filePath: "support.jsonl"))
/// ```
///
/// Rows keep the order of their files. Every row has been read whole and is usable; everything that was odd about
/// them is in ``report``.
public struct Dataset: Sendable {
    /// The rows, in the order of the files.
    public let rows: [DatasetRow]
    /// What the files hold and what was found in them.
    public let report: DatasetReport

    /// Reads the file or directory at `url`.
    ///
    /// - Parameters:
    ///   - url: a `.jsonl`, `.json` or `.jsonl.zst` file, or a directory of such files.
    ///   - format: what rows are admitted.
    ///   - onInvalid: what becomes of the data set when rows are wrong.
    /// - Throws: ``DatasetError`` naming every wrong row by file and line, up to a bound.
    public init(contentsOf url: URL, format: DataFormat = .auto, onInvalid: InvalidRowPolicy = .error)
        throws(DatasetError)
    {
        try self.init(paths: [url.path(percentEncoded: false)], format: format, onInvalid: onInvalid)
    }

    /// Reads the files that `paths` name.
    ///
    /// - Parameters:
    ///   - paths: files, directories, or patterns such as `data/**/*.jsonl`.
    ///   - pattern: which files of a directory are meant; see ``DatasetReader/scan(_:pattern:against:use:)``.
    ///   - format: what rows are admitted.
    ///   - onInvalid: what becomes of the data set when rows are wrong.
    /// - Throws: ``DatasetError`` naming every wrong row by file and line, up to a bound.
    public init(
        paths: [String], pattern: String? = nil, format: DataFormat = .auto, onInvalid: InvalidRowPolicy = .error
    ) throws(DatasetError) {
        var rows: [DatasetRow] = []
        let reader = DatasetReader(format: format, onInvalid: onInvalid)
        let report = try reader.scan(paths, pattern: pattern) { rows.append($0) }.report
        try report.requireUsable(onInvalid: onInvalid)
        self.init(rows: rows, report: report)
    }

    /// Creates a data set of conversations that were made in memory.
    public init(_ conversations: [Conversation]) {
        var report = DatasetReport()
        var audit = RowAudit()
        let rows = conversations.map(DatasetRow.conversation)
        for (row, conversation) in zip(rows, conversations) {
            report.add(row, shape: conversation.kind.plainShape)
            for finding in audit.add(row) { report.findings.add(finding) }
        }
        report.distinctPromptCount = audit.distinctPromptCount
        self.init(rows: rows, report: report)
    }

    /// Creates a data set of rows that were checked already.
    init(rows: [DatasetRow], report: DatasetReport) {
        self.rows = rows
        self.report = report
    }

    /// The rows that are text.
    public var conversations: [Conversation] { rows.compactMap(\.conversation) }

    /// The rows that ask something: those that are text, but for texts without a question.
    public var questions: [Conversation] { conversations.filter { $0.kind != .text } }

    /// Returns the rows that no row of `training` asks, and what the others have in common with it.
    ///
    /// - Parameter policy: `error` stops at rows that ask what a training row asks, `skip` leaves them out.
    /// - Throws: ``DatasetError`` naming the leaks; also when every row leaks.
    public func withoutLeaks(
        from training: Dataset, onInvalid policy: InvalidRowPolicy
    ) throws(DatasetError) -> (rows: [DatasetRow], findings: [DataFinding]) {
        var audit = RowAudit()
        var runs = TestRuns()
        let words = rows.map(RowWords.init)
        for word in words { runs.add(word) }
        for row in training.rows {
            _ = audit.add(row)
            runs.note(runs.found(in: RowWords(row)), at: audit.place(of: row.origin))
        }
        var log = FindingLog()
        var kept: [DatasetRow] = []
        for (row, words) in zip(rows, words) {
            let leak = audit.leak(row)
            if let leak { log.add(leak) }
            if leak?.kind == .leak { continue }
            kept.append(row)
            if let overlap = audit.overlap(words, with: runs, at: row.origin) { log.add(overlap) }
        }
        let leaks = log.filtered { $0 == .leak }
        if policy == .error || kept.isEmpty, !leaks.kinds.isEmpty { throw DatasetError(invalidRows: leaks) }
        return (kept, log.listed)
    }

    /// Returns the rows of `test` that ask what a row of this data set asks.
    public func leaks(into test: Dataset) -> [DataFinding] {
        var audit = RowAudit()
        for row in rows { _ = audit.add(row) }
        return test.rows.compactMap { audit.leak($0) }
    }
}
