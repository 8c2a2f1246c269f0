/// Records of a few words each, kept apart in 256 parts: in memory up to a bound, beyond it in a scratch file.
///
/// What belongs together goes to one part, so that the whole can be looked through part by part, in memory for one.
struct RecordSpool {
    /// How many parts there are.
    static let partCount = 256
    /// How many words are held in memory, by default: 16 MiB.
    static let standardBound = 1 << 21

    private let bound: Int
    private var parts = [[UInt64]](repeating: [], count: partCount)
    private var heldCount = 0
    private var file: ScratchFile?
    private var fileEnd = 0
    /// Where in the file each part lies, piece by piece.
    private var pieces = [[(offset: Int, count: Int)]](repeating: [], count: partCount)

    /// Creates a spool without records.
    ///
    /// - Parameter bound: how many words are held in memory.
    init(bound: Int = standardBound) { self.bound = bound }

    /// Whether a part has no record.
    func isEmpty(_ part: Int) -> Bool { parts[part].isEmpty && pieces[part].isEmpty }

    /// Appends a record to a part.
    ///
    /// - Throws: ``FileError`` when there is no room for temporary files.
    mutating func append(_ record: [UInt64], to part: Int) throws(FileError) {
        parts[part] += record
        heldCount += record.count
        if heldCount > bound { try spill() }
    }

    /// Returns the words of a part's records, in the order they were appended.
    ///
    /// - Throws: ``FileError`` when a temporary file cannot be read.
    func words(of part: Int) throws(FileError) -> [UInt64] {
        guard let file, !pieces[part].isEmpty else { return parts[part] }
        var words: [UInt64] = []
        words.reserveCapacity(pieces[part].reduce(parts[part].count) { $0 + $1.count })
        for piece in pieces[part] { words += try file.read(piece.count, at: piece.offset) }
        return words + parts[part]
    }

    private mutating func spill() throws(FileError) {
        let file = if let known = self.file { known } else { try ScratchFile() }
        self.file = file
        for part in parts.indices where !parts[part].isEmpty {
            try file.write(parts[part], at: fileEnd)
            pieces[part].append((fileEnd, parts[part].count))
            fileEnd += parts[part].count
            parts[part].removeAll(keepingCapacity: true)
        }
        heldCount = 0
    }
}
