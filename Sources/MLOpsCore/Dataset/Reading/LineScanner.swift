/// The lines of a `.jsonl` file, one at a time and never more than one in memory.
///
/// Lines end in LF or CRLF; a byte-order mark at the start is passed over.
struct LineScanner: RowScanner {
    private let source: any ByteSource
    private let maximumLength: Int
    private var piece: [UInt8] = []
    private var position = 0
    private var line = 0
    private(set) var sawByteOrderMark = false

    init(_ source: any ByteSource, maximumLength: Int) {
        self.source = source
        self.maximumLength = maximumLength
    }

    mutating func next() throws(ByteSourceError) -> RowText? {
        var bytes: [UInt8] = []
        var isTooLong = false
        var isAtEnd = false
        var sawAnything = false
        while true {
            if position == piece.count {
                guard let next = try source.next() else {
                    isAtEnd = true
                    break
                }
                piece = next
                position = 0
            }
            sawAnything = true
            let end = piece[position...].firstIndex(of: 0x0A)
            let part = piece[position..<(end ?? piece.count)]
            if bytes.count + part.count > maximumLength { isTooLong = true }
            if isTooLong { bytes = [] } else { bytes += part }
            position = end.map { $0 + 1 } ?? piece.count
            if end != nil { break }
        }
        guard sawAnything || !isAtEnd else { return nil }
        line += 1
        if line == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            sawByteOrderMark = true
            bytes.removeFirst(3)
        }
        if bytes.last == 0x0D { bytes.removeLast() }
        return RowText(
            bytes: bytes, line: line, defect: isTooLong ? .tooLong : bytes.allSatisfy(\.isJSONSpace) ? .empty : nil)
    }
}

extension UInt8 {
    /// Whether this is one of the four bytes that JSON allows between values.
    var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
