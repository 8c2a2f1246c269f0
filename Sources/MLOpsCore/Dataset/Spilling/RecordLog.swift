/// Records of one length in a row, each found by its number: the first in memory up to a bound, the rest in a scratch file.
struct RecordLog: Sendable {
    /// How many words a record has.
    let width: Int
    private let bound: Int
    private var held: [UInt64] = []
    /// What the file will hold next.
    private var pending: [UInt64] = []
    private var file: ScratchFile?
    private var fileEnd = 0
    private static let pieceWords = 1 << 16

    /// Creates a log without records.
    ///
    /// - Parameters:
    ///   - width: how many words a record has.
    ///   - bound: how many words are held in memory, by default 16 MiB.
    init(width: Int, bound: Int = RecordSpool.standardBound) {
        self.width = width
        self.bound = bound
    }

    /// How many records there are.
    var count: Int { (held.count + fileEnd + pending.count) / width }

    /// Appends a record.
    ///
    /// - Throws: ``FileError`` when there is no room for temporary files.
    mutating func append(_ record: [UInt64]) throws(FileError) {
        guard held.count + record.count > bound else {
            held += record
            return
        }
        pending += record
        if pending.count >= Self.pieceWords { try flush() }
    }

    /// Makes all records ready to be read.
    ///
    /// - Throws: ``FileError`` when there is no room for temporary files.
    mutating func flush() throws(FileError) {
        guard !pending.isEmpty else { return }
        let file = if let known = self.file { known } else { try ScratchFile() }
        self.file = file
        try file.write(pending, at: fileEnd)
        fileEnd += pending.count
        pending.removeAll(keepingCapacity: true)
    }

    /// Returns the words of the records `range`; the log was flushed after the last was appended.
    ///
    /// - Throws: ``FileError`` when a temporary file cannot be read.
    func words(_ range: Range<Int>) throws(FileError) -> [UInt64] {
        let words = range.lowerBound * width..<range.upperBound * width
        if words.upperBound <= held.count { return Array(held[words]) }
        guard let file else { return [] }
        let start = max(words.lowerBound, held.count)
        let rest = try file.read(words.upperBound - start, at: start - held.count)
        return words.lowerBound < held.count ? held[words.lowerBound...] + rest : rest
    }
}
