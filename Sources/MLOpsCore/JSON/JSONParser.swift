internal import OrderedCollections

/// A reader of RFC 8259 JSON from untrusted bytes.
///
/// It bounds the depth, refuses duplicate keys, invalid UTF-8, lone surrogates and anything after the document, and says
/// where it stopped. `NaN` and `Infinity` are not JSON and are refused, as in the specification.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private let maximumDepth: Int

    private init(_ bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// Returns the document in `bytes`.
    static func parse(_ bytes: some Sequence<UInt8>, maximumDepth: Int) throws(JSONError) -> JSONValue {
        var parser = JSONParser(Array(bytes), maximumDepth: maximumDepth)
        return try parser.document()
    }

    private mutating func document() throws(JSONError) -> JSONValue {
        skipSpace()
        let value = try self.value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw failure("more text follows the document") }
        return value
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func failure(_ reason: String, at offset: Int? = nil) -> JSONError {
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
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= maximumDepth else { throw failure("nested more than \(maximumDepth) levels deep") }
        switch current {
        case 0x7B: return try object(depth: depth)
        case 0x5B: return try array(depth: depth)
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

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var members: OrderedDictionary<String, JSONValue> = [:]
        skipSpace()
        if current == 0x7D {
            position += 1
            return .object(members)
        }
        while true {
            skipSpace()
            let start = position
            guard current == 0x22 else { throw failure("expected a key in quotes") }
            let key = try string()
            skipSpace()
            guard current == 0x3A else { throw failure("expected ':' after the key") }
            position += 1
            skipSpace()
            let value = try self.value(depth: depth + 1)
            guard members.updateValue(value, forKey: key) == nil else {
                throw failure("the key \"\(key)\" stands twice", at: start)
            }
            skipSpace()
            switch current {
            case 0x2C: position += 1
            case 0x7D:
                position += 1
                return .object(members)
            default: throw failure("expected ',' or '}'")
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if current == 0x5D {
            position += 1
            return .array(elements)
        }
        while true {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            skipSpace()
            switch current {
            case 0x2C: position += 1
            case 0x5D:
                position += 1
                return .array(elements)
            default: throw failure("expected ',' or ']'")
            }
        }
    }

    private mutating func digits() -> Bool {
        let start = position
        while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
        return position > start
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
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
        if isWhole, let whole = Int64(text) { return .integer(whole) }
        guard let value = Double(text), value.isFinite else {
            throw failure("the number \(text) is out of range", at: start)
        }
        return .number(value)
    }

    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        // Most strings have no escape: find the end first, then take the bytes at once.
        while let byte = current, byte != 0x22, byte != 0x5C, byte >= 0x20 { position += 1 }
        if current == 0x22 {
            defer { position += 1 }
            return try self.text(bytes[start..<position], at: start)
        }
        var out = Array(bytes[start..<position])
        while true {
            switch current {
            case 0x22:
                position += 1
                return try self.text(out[...], at: start)
            case 0x5C: try escape(into: &out)
            case nil: throw failure("the text ends inside a string")
            case .some(let byte) where byte < 0x20: throw failure("a control character must be escaped in a string")
            case .some(let byte):
                out.append(byte)
                position += 1
            }
        }
    }

    private func text(_ bytes: ArraySlice<UInt8>, at start: Int) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure("a string holds bytes that are not UTF-8", at: start)
        }
        return text
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        guard let kind = current else { throw failure("the text ends inside a string") }
        position += 1
        switch kind {
        case 0x22, 0x5C, 0x2F: out.append(kind)
        case 0x62: out.append(0x08)
        case 0x66: out.append(0x0C)
        case 0x6E: out.append(0x0A)
        case 0x72: out.append(0x0D)
        case 0x74: out.append(0x09)
        case 0x75:
            var unit = try hexadecimal()
            if (0xD800..<0xDC00).contains(unit) {
                guard current == 0x5C, position + 1 < bytes.count, bytes[position + 1] == 0x75 else {
                    throw failure("half of a surrogate pair stands alone", at: start)
                }
                position += 2
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else {
                    throw failure("half of a surrogate pair stands alone", at: start)
                }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else {
                throw failure("half of a surrogate pair stands alone", at: start)
            }
            out += UTF8.encode(scalar).map(Array.init) ?? []
        default: throw failure("unknown escape in a string", at: start)
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure("expected four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
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
