public import Foundation

extension DatasetReader {
    /// Writes the rows that `paths` name to one `.jsonl` or `.jsonl.zst` file, in their order, and returns what was found.
    ///
    /// Rows pass one by one, so that the files may be larger than memory.
    ///
    /// - Parameters:
    ///   - paths: files, directories, or patterns.
    ///   - pattern: which files of a directory are meant.
    ///   - url: the file, which appears whole, and only when no row was wrong or ``onInvalid`` leaves wrong rows out.
    ///   - form: the form of every row; nil: each as it stands, with all of its keys.
    ///   - translator: turns conversations into text or tokens, for those forms.
    ///   - level: how hard compression tries, from 1 to 19.
    /// - Throws: ``DatasetError`` when rows are wrong, a row cannot be said in `form`, or a file cannot be read or written,
    ///   or `url` is one of the files that are read.
    public func write(
        _ paths: [String], pattern: String? = nil, to url: URL, as form: RowForm? = nil,
        through translator: RowTranslator = RowTranslator(), level: Int = 10
    ) throws(DatasetError) -> DatasetReport {
        try DataFiles.demandSeparate(url, from: paths, pattern: pattern)
        let writer: DatasetWriter
        do throws(FileError) { writer = try DatasetWriter(to: url, level: level) } catch { throw DatasetError(error) }
        var impossible = FindingLog(limit: findingLimit)
        var scan = DatasetScan(reader: passing, keepsText: form == nil)
        try examine(&scan, over: paths, pattern: pattern) { examination, row, _ throws(DatasetError) in
            do throws(FileError) {
                if let form {
                    if let line = Self.line(row, form, translator, &impossible) { try writer.append(line) }
                } else {
                    try writer.append(line: examination.text)
                }
            } catch { throw DatasetError(error) }
            return .next
        }
        var report = scan.report
        report.leaveOut(impossible)
        try report.requireUsable(onInvalid: onInvalid)
        do throws(FileError) { try writer.commit() } catch { throw DatasetError(error) }
        return report
    }

    /// Returns the row in `form`; nil, with a finding, when that cannot be.
    private static func line(
        _ row: DatasetRow, _ form: RowForm, _ translator: RowTranslator, _ log: inout FindingLog
    ) -> JSONValue? {
        do {
            if let line = try row.json(as: form, through: translator) { return line }
            let needsModel = (form == .text || form == .tokenized) && row.conversation != nil
            log.add(
                DataFinding(
                    .notConvertible, at: row.origin, "The row cannot be written as \(form.rawValue).",
                    fix: needsModel
                        ? "Name the model that makes text or tokens of it with --model."
                        : "Choose another form, or remove the row."))
        } catch {
            let reason = (error as? any ReportableError)?.message ?? "\(error)"
            log.add(
                DataFinding(
                    .notTokenizable, at: row.origin, "The row cannot be written as \(form.rawValue): \(reason)",
                    fix: "Mend the row, or choose another model."))
        }
        return nil
    }
}
