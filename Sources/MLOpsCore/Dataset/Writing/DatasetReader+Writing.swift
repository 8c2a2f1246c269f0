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
    ///   - format: the format of every row; by default the one the row was read in.
    ///   - level: how hard compression tries, from 1 to 19.
    /// - Throws: ``DatasetError`` when rows are wrong, a row cannot be said in `format`, or a file cannot be read or written.
    public func write(
        _ paths: [String], pattern: String? = nil, to url: URL, as format: DataFormat = .auto, level: Int = 10
    ) throws(DatasetError) -> DatasetReport {
        let writer: DatasetWriter
        do throws(FileError) { writer = try DatasetWriter(to: url, level: level) } catch { throw DatasetError(error) }
        var impossible = FindingLog(limit: findingLimit)
        var report = try visit(paths, pattern: pattern) { row throws(DatasetError) in
            guard let line = row.json(as: format) else {
                impossible.add(
                    DataFinding(
                        .notConvertible, at: row.origin, "The row cannot be written as \(format.rawValue).",
                        fix: "Choose another format, or remove the row."))
                return .next
            }
            do throws(FileError) { try writer.append(line) } catch { throw DatasetError(error) }
            return .next
        }
        report.leaveOut(impossible)
        try report.requireUsable(onInvalid: onInvalid)
        do throws(FileError) { try writer.commit() } catch { throw DatasetError(error) }
        return report
    }
}
