/// The rows of a `.json` file: the elements of its list, or its values if it holds several, one at a time.
///
/// Only strings and brackets are looked at; whether a value is JSON is for the parser to say. So a list of
/// any length is read in constant memory, and every row has the line it starts at.
struct ValueScanner: RowScanner {
    private enum State { case start, first, value, separator, end }

    private let source: any ByteSource
    private let maximumLength: Int
    private var piece: [UInt8] = []
    private var position = 0
    private var line = 1
    private var state = State.start
    private var isList = false

    init(_ source: any ByteSource, maximumLength: Int) {
        self.source = source
        self.maximumLength = maximumLength
    }

    mutating func next() throws(ByteSourceError) -> RowText? {
        while state != .end {
            guard let byte = try skipSpace() else { return atEndOfFile() }
            switch state {
            case .start:
                isList = byte == 0x5B
                if isList { advance(byte) }
                state = isList ? .first : .value
            case .first where byte == 0x5D, .separator where byte == 0x5D && isList:
                advance(byte)
                state = .end
                if try skipSpace() != nil { return defect("more text follows the list") }
            case .separator where isList:
                guard byte == 0x2C else { return defect("expected ',' or ']' between rows") }
                advance(byte)
                state = .value
            case .first where byte == 0x2C, .value where isList && (byte == 0x5D || byte == 0x2C):
                return defect("expected a row")
            default:
                return try row()
            }
        }
        return nil
    }

    private mutating func atEndOfFile() -> RowText? {
        defer { state = .end }
        return isList ? defect("the file ends inside the list") : nil
    }

    private mutating func defect(_ reason: String) -> RowText {
        state = .end
        return RowText(bytes: [], line: line, defect: .structure(reason))
    }

    private mutating func current() throws(ByteSourceError) -> UInt8? {
        while position == piece.count {
            let isStart = piece.isEmpty
            guard let next = try source.next() else { return nil }
            piece = next
            position = isStart && next.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        }
        return piece[position]
    }

    private mutating func advance(_ byte: UInt8) {
        if byte == 0x0A { line += 1 }
        position += 1
    }

    private mutating func skipSpace() throws(ByteSourceError) -> UInt8? {
        while let byte = try current() {
            guard byte.isJSONSpace else { return byte }
            advance(byte)
        }
        return nil
    }

    /// Takes one value: to the bracket that closes it, or up to what cannot belong to a number or word.
    private mutating func row() throws(ByteSourceError) -> RowText {
        let start = line
        var bytes: [UInt8] = []
        var count = 0
        var depth = 0
        var isInString = false
        var isEscaped = false
        state = .separator
        while let byte = try current() {
            if !isInString, depth == 0, count > 0, byte.isJSONSpace || byte == 0x2C || byte == 0x5D { break }
            advance(byte)
            count += 1
            if count <= maximumLength { bytes.append(byte) }
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == 0x22 {
                    isInString = false
                }
            } else {
                switch byte {
                case 0x22: isInString = true
                case 0x7B, 0x5B: depth += 1
                case 0x7D, 0x5D: depth -= 1
                default: break
                }
            }
            if !isInString, depth <= 0, byte == 0x7D || byte == 0x5D || byte == 0x22 { break }
        }
        return RowText(
            bytes: count > maximumLength ? [] : bytes, line: start, defect: count > maximumLength ? .tooLong : nil)
    }
}
