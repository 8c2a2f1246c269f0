public import Foundation

extension Dataset {
    /// Writes the rows to a `.jsonl` or `.jsonl.zst` file, in their order, and returns how many there are.
    ///
    /// - Parameters:
    ///   - url: the file, which appears whole or not at all.
    ///   - format: the format of every row; by default the one the row was read in.
    ///   - level: how hard compression tries, from 1 to 19.
    /// - Throws: ``DatasetError`` when a row cannot be said in `format` or the file cannot be written.
    @discardableResult
    public func write(to url: URL, as format: DataFormat = .auto, level: Int = 10) throws(DatasetError) -> Int {
        if let row = rows.first(where: { $0.json(as: format) == nil }) {
            throw DatasetError(
                .unusable,
                "\(row.origin): The row cannot be written as \(format.rawValue). Choose another format, or remove the row."
            )
        }
        do throws(FileError) {
            let writer = try DatasetWriter(to: url, level: level)
            for row in rows {
                if let line = row.json(as: format) { try writer.append(line) }
            }
            try writer.commit()
            return writer.count
        } catch {
            throw DatasetError(error)
        }
    }
}
