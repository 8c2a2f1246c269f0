internal import OrderedCollections

/// The rows of a `.json` file, one at a time: the elements of its list, of the list at `rows`, `data` or `examples` of
/// its object, or its values if it holds several.
///
/// Only strings and brackets are looked at; whether a value is JSON is for the parser to say. So a list of
/// any length is read in constant memory, and every row has the line it starts at.
struct ValueScanner: RowScanner {
    private enum State { case start, first, value, separator, end }
    /// The keys of an object whose list holds the rows.
    static let rowKeys = ["rows", "data", "examples"]

    private let source: any ByteSource
    private let maximumLength: Int
    private var piece: [UInt8] = []
    private var position = 0
    private var line = 1
    private var state = State.start
    private var isList = false
    private(set) var sawByteOrderMark = false
    /// What stands before the list in the object that holds it; nil when there is no such object.
    private var head: [UInt8]?

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
                if let head, let reason = try wrongRest(after: head) { return defect(reason) }
                if try skipSpace() != nil { return defect("more text follows the list") }
            case .separator where isList:
                guard byte == 0x2C else { return defect("expected ',' or ']' between rows") }
                advance(byte)
                state = .value
            case .first where byte == 0x2C, .value where isList && (byte == 0x5D || byte == 0x2C):
                return defect("expected a row")
            default:
                if let row = try row() { return row }
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
            if isStart, next.starts(with: [0xEF, 0xBB, 0xBF]) { sawByteOrderMark = true }
            position = isStart && sawByteOrderMark ? 3 : 0
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

    /// Takes what follows the list in its object; returns what is wrong with it.
    ///
    /// The object without its rows is small: it is read by the parser, so that nothing in it is passed over unseen.
    private mutating func wrongRest(after head: [UInt8]) throws(ByteSourceError) -> String? {
        var object = head + Array("[]".utf8)
        var depth = 1
        var isInString = false
        var isEscaped = false
        while depth > 0 {
            guard let byte = try current() else { return "the file ends inside the object" }
            advance(byte)
            object.append(byte)
            guard object.count <= maximumLength else { return "too much text follows the rows" }
            if isInString {
                isInString = isEscaped || byte != 0x22
                isEscaped = !isEscaped && byte == 0x5C
            } else if byte == 0x22 {
                isInString = true
            } else {
                depth += byte == 0x7B || byte == 0x5B ? 1 : byte == 0x7D || byte == 0x5D ? -1 : 0
            }
        }
        do {
            let keys = try JSONValue(parsing: object, maximumDepth: 64).object.map { Array($0.keys) } ?? []
            let others = keys.filter { key in
                Self.rowKeys.contains(key) || RowShape.allCases.contains { $0.keys.contains(key) }
            }
            return others.count > 1 ? "the object has rows at \(others.joined(separator: " and at "))" : nil
        } catch {
            return "the object around the rows is not JSON: \(error.reason)"
        }
    }

    /// Takes one value: to the bracket that closes it, or up to what cannot belong to a number or word; nil when it
    /// turns out to be the object around the list of rows, which is then entered.
    private mutating func row() throws(ByteSourceError) -> RowText? {
        // Only the first value of the file can be that object; its last key is looked for at depth 1.
        var mayHoldRows = state == .value && !isList
        var key: Range<Int>?
        var isKey = true
        var keyStart = 0
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
                    if mayHoldRows, depth == 1, isKey {
                        key = min(keyStart, bytes.count)..<max(min(keyStart, bytes.count), bytes.count - 1)
                        let name = String(decoding: bytes[key ?? 0..<0], as: UTF8.self)
                        if RowShape.allCases.contains(where: { $0.keys.contains(name) }) { mayHoldRows = false }
                        isKey = false
                    }
                }
            } else {
                switch byte {
                case 0x22:
                    isInString = true
                    keyStart = bytes.count
                case 0x2C where depth == 1: isKey = true
                case 0x5B where mayHoldRows && depth == 1 && count <= maximumLength:
                    if let key, Self.rowKeys.contains(String(decoding: bytes[key], as: UTF8.self)) {
                        head = bytes.dropLast()
                        isList = true
                        state = .first
                        return nil
                    }
                    depth += 1
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
