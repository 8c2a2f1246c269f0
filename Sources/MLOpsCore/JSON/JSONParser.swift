/// A reader of RFC 8259 JSON from untrusted bytes.
///
/// It bounds the depth, refuses duplicate keys, invalid UTF-8, lone surrogates and anything after the document, and says
/// where it stopped. `NaN` and `Infinity` are not JSON and are refused, as in the specification.
struct JSONParser {
    /// What an object begins with.
    static let brace = UInt8(ascii: "{")
    /// What an array begins with.
    static let bracket = UInt8(ascii: "[")
    /// What a string begins and ends with.
    static let quote = UInt8(ascii: "\"")

    /// The document.
    let bytes: [UInt8]
    /// The byte that is read next.
    var position = 0
    private let maximumDepth: Int
    /// The first byte that is not UTF-8; past the end when all are.
    let firstInvalid: Int

    /// Begins to read `bytes`.
    init(_ bytes: [UInt8], maximumDepth: Int = 256) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
            firstInvalid = bytes.count
        } catch {
            firstInvalid = error.byteOffsets.lowerBound
        }
    }

    /// Returns the document in `bytes`.
    static func parse(_ bytes: some Sequence<UInt8>, maximumDepth: Int) throws(JSONError) -> JSONValue {
        var parser = JSONParser(Array(bytes), maximumDepth: maximumDepth)
        return try parser.document { parser throws(JSONError) in try parser.value(depth: 0) }
    }

    /// Reads a whole document, whose value `read` reads.
    mutating func document<Value>(
        _ read: (inout JSONParser) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        skipSpace()
        let value = try read(&self)
        skipSpace()
        guard position == bytes.count else { throw failure("more text follows the document") }
        return value
    }

    /// The byte that is read next; nil at the end.
    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// The error that `reason` stands for, at the byte `offset` or the one that is read next.
    func failure(_ reason: String, at offset: Int? = nil) -> JSONError {
        let offset = offset ?? position
        var line = 1
        var lineStart = 0
        for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        return JSONError(reason: reason, offset: offset, line: line, column: offset - lineStart + 1)
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    /// Reads a value that lies within `depth` others.
    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= maximumDepth else { throw failure("nested more than \(maximumDepth) levels deep") }
        switch current {
        case 0x7B:
            return .object(
                try object { parser, _ throws(JSONError) in try parser.value(depth: depth + 1) })
        case 0x5B:
            var elements: [JSONValue] = []
            try array { parser throws(JSONError) in elements.append(try parser.value(depth: depth + 1)) }
            return .array(elements)
        case 0x22: return .string(try string())
        case 0x74: return try word("true", .bool(true))
        case 0x66: return try word("false", .bool(false))
        case 0x6E: return try word("null", .null)
        case .some(0x2D), .some(0x30...0x39): return try number()
        case nil: throw failure("the text ends where a value is expected")
        default: throw failure("expected a value")
        }
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        guard bytes[position...].starts(with: text.utf8) else { throw failure("expected \(text)") }
        position += text.utf8.count
        return value
    }

    /// Reads an object, whose members' values `read` reads.
    mutating func object(
        _ read: (inout JSONParser, _ key: String) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONObject {
        var members = JSONObject()
        try entries { parser throws(JSONError) in
            let start = parser.position
            let key = try parser.string()
            try parser.colon()
            guard members.updateValue(try read(&parser, key), forKey: key) == nil else {
                throw parser.failure("the key \"\(key)\" stands twice", at: start)
            }
        }
        return members
    }

    /// Reads the colon after a key, and the space around it.
    mutating func colon() throws(JSONError) {
        skipSpace()
        guard current == 0x3A else { throw failure("expected ':' after the key") }
        position += 1
        skipSpace()
    }

    /// Reads an object, each of whose members `read` reads from the key's quote on.
    mutating func entries(_ read: (inout JSONParser) throws(JSONError) -> Void) throws(JSONError) {
        try list(closing: 0x7D, "expected ',' or '}'") { parser throws(JSONError) in
            guard parser.current == 0x22 else { throw parser.failure("expected a key in quotes") }
            try read(&parser)
        }
    }

    /// Reads an array, each of whose elements `read` reads.
    mutating func array(_ read: (inout JSONParser) throws(JSONError) -> Void) throws(JSONError) {
        try list(closing: 0x5D, "expected ',' or ']'", read)
    }

    @inline(__always) private mutating func list(
        closing: UInt8, _ expectation: String, _ read: (inout JSONParser) throws(JSONError) -> Void
    ) throws(JSONError) {
        position += 1
        skipSpace()
        if current == closing {
            position += 1
            return
        }
        while true {
            skipSpace()
            try read(&self)
            skipSpace()
            switch current {
            case 0x2C: position += 1
            case closing:
                position += 1
                return
            default: throw failure(expectation)
            }
        }
    }

    private mutating func digits() -> Bool {
        let start = position
        while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
        return position > start
    }

    /// Reads a number.
    mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        if let small = smallNumber() { return .integer(small) }
        if current == 0x2D { position += 1 }
        if current == 0x30 {
            position += 1
        } else if !digits() {
            throw failure("expected a digit")
        }
        var isWhole = true
        if current == 0x2E {
            isWhole = false
            position += 1
            guard digits() else { throw failure("expected a digit after '.'") }
        }
        if current == 0x65 || current == 0x45 {
            isWhole = false
            position += 1
            if current == 0x2B || current == 0x2D { position += 1 }
            guard digits() else { throw failure("expected a digit in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole {
            if let whole = Int64(text) { return .integer(whole) }
            // As many digits as Python takes.
            guard text.utf8.count <= 4_300 else {
                throw failure("the number \(text.prefix(20))… has more than 4300 digits", at: start)
            }
            return .bigInteger(text)
        }
        guard let value = Double(text), value.isFinite else {
            throw failure("the number \(text) is out of range", at: start)
        }
        return .number(value)
    }

    /// Reads a whole number of at most eighteen digits without a sign; nil, and nothing is read, if there is another.
    private mutating func smallNumber() -> Int64? {
        var end = position
        var value: Int64 = 0
        while end < bytes.count, 0x30...0x39 ~= bytes[end], end - position < 18 {
            value = value * 10 + Int64(bytes[end] - 0x30)
            end += 1
        }
        guard end > position, bytes[position] != 0x30 || end == position + 1 else { return nil }
        if end < bytes.count {
            switch bytes[end] {
            case 0x30...0x39, 0x2E, 0x45, 0x65: return nil
            default: break
            }
        }
        position = end
        return value
    }
}

extension JSONValue {
    /// Reads a document from `bytes`.
    ///
    /// - Parameter maximumDepth: how deep lists and objects may nest.
    /// - Throws: ``JSONError`` with the line and column at which reading stopped.
    public init(parsing bytes: some Sequence<UInt8>, maximumDepth: Int = 256) throws(JSONError) {
        self = try JSONParser.parse(bytes, maximumDepth: maximumDepth)
    }

    /// Reads a document from `text`.
    ///
    /// - Throws: ``JSONError`` with the line and column at which reading stopped.
    public init(parsing text: String, maximumDepth: Int = 256) throws(JSONError) {
        self = try JSONParser.parse(text.utf8, maximumDepth: maximumDepth)
    }
}
