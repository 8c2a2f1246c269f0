public import Foundation

/// A `.jsonl` or `.jsonl.zst` file being written row by row; it appears whole or not at all.
public final class DatasetWriter {
    private let file: WholeFileWriter
    private let compressor: ZstandardCompressor?
    private var pending: [UInt8] = []
    /// How many rows were written.
    public private(set) var count = 0

    /// Starts a file that will appear at `url`, compressed when its name ends in `.zst`.
    ///
    /// - Parameter level: how hard the compression tries, from 1 to 19.
    /// - Throws: ``FileError`` when the directory is missing, refused or full.
    public init(to url: URL, level: Int = 10) throws(FileError) {
        compressor = url.pathExtension.lowercased() == "zst" ? ZstandardCompressor(level: min(max(level, 1), 19)) : nil
        file = try WholeFileWriter(to: url)
    }

    /// Appends one row as a line.
    ///
    /// - Throws: ``FileError`` when the device is full or fails.
    public func append(_ row: JSONValue) throws(FileError) {
        pending += row.text().utf8
        pending.append(0x0A)
        count += 1
        if pending.count >= 1 << 18 { try flush(isEnd: false) }
    }

    /// Appends one row that is JSON on one line already.
    ///
    /// - Throws: ``FileError`` when the device is full or fails.
    func append(line: [UInt8]) throws(FileError) {
        pending += line
        pending.append(0x0A)
        count += 1
        if pending.count >= 1 << 18 { try flush(isEnd: false) }
    }

    /// Appends one row in the shape it is usually written in.
    ///
    /// - Throws: ``FileError`` when the device is full or fails.
    public func append(_ row: DatasetRow) throws(FileError) { try append(row.json) }

    /// Gives the file its name.
    ///
    /// - Throws: ``FileError``; what was at the name before is then untouched.
    public func commit() throws(FileError) {
        try flush(isEnd: true)
        try file.commit()
    }

    private func flush(isEnd: Bool) throws(FileError) {
        let bytes = pending
        pending = []
        guard let compressor else { return try file.append(bytes) }
        try file.append(compressor.compress(bytes, isEnd: isEnd))
    }
}
