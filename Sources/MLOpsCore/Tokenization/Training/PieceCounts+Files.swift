internal import Foundation

extension PieceCounts {
    /// Counts the text of a file: what the messages of its rows say when it is one of rows, else its lines.
    ///
    /// - Parameter path: a `.jsonl`, `.json`, `.ndjson` or `.jsonl.zst` file of rows, or any other of UTF-8 text.
    /// - Returns: how many texts there were, messages or lines.
    /// - Throws: `DatasetError` when a row is wrong, `FileError` when the file cannot be read, ``TokenizerError`` when it is not
    ///   UTF-8 or a piece is longer than ``maximumPieceLength``.
    @discardableResult
    public mutating func add(contentsOf path: String) throws -> Int {
        if [".jsonl", ".json", ".ndjson", ".jsonl.zst"].contains(where: path.hasSuffix) {
            var count = 0
            for conversation in try Dataset(paths: [path]).conversations {
                for message in conversation.messages {
                    try add(message.content, origin: "\(conversation.origin)")
                    count += 1
                }
            }
            return count
        }
        let data = try WholeFile.read(URL(filePath: path))
        guard let text = String(validating: data, as: UTF8.self) else {
            throw TokenizerError(
                .malformed, "'\(path)' is not UTF-8 text. Convert it first, for example with `iconv -t UTF-8`.")
        }
        return try add(linesOf: text, origin: path)
    }
}
