/// The bytes of a `tokenizer.json`, read once: its long lists as bytes, the rest as JSON.
struct TokenizerFile {
    /// The file, without the lists that ``lists`` holds.
    let json: JSONValue
    /// The model's vocabulary and merges.
    let lists: ModelLists?
    /// The file's name, for messages.
    let origin: String

    /// Reads a file.
    ///
    /// - Throws: ``TokenizerError`` with the line and column at which it stops being JSON.
    init(_ bytes: [UInt8], origin: String) throws(TokenizerError) {
        self.origin = origin
        var scanner = TokenizerScanner(bytes)
        if scanner.scan(), let rest = try? JSONValue(parsing: scanner.rest) {
            json = rest
            lists = scanner.lists
            return
        }
        // Something is unusual or wrong: the reader of JSON says what and where.
        do {
            json = try JSONValue(parsing: bytes)
            lists = nil
        } catch {
            throw TokenizerError(.malformed, "\(origin):\(error.line):\(error.column): \(error.reason).")
        }
    }

    /// The id of the token spelt `token`, an added one first.
    func id(of token: String) -> Int32? {
        let added = json["added_tokens"]?.array?.first {
            $0["content"]?.string?.utf8.elementsEqual(token.utf8) ?? false
        }
        if let id = added?["id"]?.int { return Int32(exactly: id) }
        guard let lists else { return json["model"]?["vocab"]?[token]?.int.flatMap { Int32(exactly: $0) } }
        let texts = lists.vocabulary.texts
        let index = (0..<texts.count).first { texts[$0].elementsEqual(token.utf8) }
        return index.map { lists.vocabulary.ids[$0] }
    }
}

/// Finds the long lists of a `tokenizer.json`.
///
/// It follows the structure of valid JSON only as far as it must; what it leaves over is checked by the reader of JSON.
struct TokenizerScanner {
    private let bytes: [UInt8]
    private var position = 0
    /// Where what has been copied to ``rest`` ends.
    private var copied = 0
    /// The file with `null` in the lists' places.
    private(set) var rest: [UInt8] = []
    /// The lists.
    private(set) var lists = ModelLists()

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads the file.
    ///
    /// - Returns: whether the lists have been found and are as they should be.
    mutating func scan() -> Bool {
        // Once for all: what stands between quotes is valid where the whole is.
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        var hasVocabulary = false
        let isRead = object { scanner, key in
            guard key.elementsEqual("model".utf8) else { return scanner.skip() }
            return scanner.object { scanner, key in
                if key.elementsEqual("vocab".utf8), !hasVocabulary {
                    hasVocabulary = true
                    return scanner.cut { $0.current == 0x5B ? $0.scores() : $0.vocabulary() }
                }
                if key.elementsEqual("merges".utf8), scanner.lists.merges == nil {
                    return scanner.cut { $0.merges() }
                }
                return scanner.skip()
            }
        }
        guard isRead, hasVocabulary else { return false }
        rest += bytes[copied...]
        return true
    }

    private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipSpace() {
        while current == 0x20 || current == 0x0A || current == 0x0D || current == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard current == byte else { return false }
        position += 1
        return true
    }

    /// Reads a list, and leaves `null` in its place.
    private mutating func cut(_ read: (inout TokenizerScanner) -> Bool) -> Bool {
        skipSpace()
        rest += bytes[copied..<position]
        rest += "null".utf8
        guard read(&self) else { return false }
        copied = position
        return true
    }

    private mutating func object(_ member: (inout TokenizerScanner, [UInt8]) -> Bool) -> Bool {
        guard take(0x7B) else { return false }
        if take(0x7D) { return true }
        var key: [UInt8] = []
        while true {
            key.removeAll(keepingCapacity: true)
            guard string(into: &key), take(0x3A), member(&self, key) else { return false }
            if take(0x2C) { continue }
            return take(0x7D)
        }
    }

    private mutating func array(_ element: (inout TokenizerScanner) -> Bool) -> Bool {
        guard take(0x5B) else { return false }
        if take(0x5D) { return true }
        while true {
            guard element(&self) else { return false }
            if take(0x2C) { continue }
            return take(0x5D)
        }
    }

    /// Passes over a value.
    private mutating func skip() -> Bool {
        var depth = 0
        repeat {
            skipSpace()
            switch current {
            case 0x22:
                position += 1
                while position < bytes.count, bytes[position] != 0x22 { position += bytes[position] == 0x5C ? 2 : 1 }
                guard position < bytes.count else { return false }
                position += 1
            case 0x7B, 0x5B:
                depth += 1
                position += 1
            case 0x7D, 0x5D:
                depth -= 1
                position += 1
            case 0x2C, 0x3A: position += 1
            default:
                let start = position
                while position < bytes.count, Self.isLiteral(bytes[position]) { position += 1 }
                guard position > start else { return false }
            }
        } while depth > 0
        return depth == 0
    }

    private static func isLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }

    /// Appends the bytes of a string.
    private mutating func string(into out: inout [UInt8]) -> Bool {
        guard take(0x22) else { return false }
        while position < bytes.count {
            let start = position
            while position < bytes.count, bytes[position] != 0x22, bytes[position] != 0x5C, bytes[position] >= 0x20 {
                position += 1
            }
            out += bytes[start..<position]
            switch current {
            case 0x22:
                position += 1
                return true
            case 0x5C: guard escape(into: &out) else { return false }
            default: return false
            }
        }
        return false
    }

    private mutating func escape(into out: inout [UInt8]) -> Bool {
        position += 1
        let kind = current
        position += 1
        switch kind {
        case 0x22, 0x5C, 0x2F: out.append(kind)
        case 0x62: out.append(0x08)
        case 0x66: out.append(0x0C)
        case 0x6E: out.append(0x0A)
        case 0x72: out.append(0x0D)
        case 0x74: out.append(0x09)
        case 0x75:
            guard var unit = hexadecimal() else { return false }
            if 0xD800..<0xDC00 ~= unit {
                guard current == 0x5C, position + 1 < bytes.count, bytes[position + 1] == 0x75 else { return false }
                position += 2
                guard let low = hexadecimal(), 0xDC00..<0xE000 ~= low else { return false }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard Unicode.Scalar(unit) != nil else { return false }
            out.append(scalar: unit)
        default: return false
        }
        return true
    }

    private mutating func hexadecimal() -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        defer { position += 4 }
        return UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    }

    /// A number as it is written.
    private mutating func number() -> String {
        skipSpace()
        let start = position
        while position < bytes.count, Self.isLiteral(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// `{"token": id, …}`
    private mutating func vocabulary() -> Bool {
        object { scanner, key in
            scanner.skipSpace()
            let start = scanner.position
            var id: Int32 = 0
            while 0x30...0x39 ~= scanner.current, scanner.position - start < 9 {
                id = id * 10 + Int32(scanner.current - 0x30)
                scanner.position += 1
            }
            guard scanner.position > start, !Self.isLiteral(scanner.current) else { return false }
            scanner.lists.vocabulary.append(key, id: id)
            return true
        }
    }

    /// `[["token", score], …]`
    private mutating func scores() -> Bool {
        var scores: [Double] = []
        var token: [UInt8] = []
        let isRead = array { scanner in
            token.removeAll(keepingCapacity: true)
            guard scanner.take(0x5B), scanner.string(into: &token), scanner.take(0x2C) else { return false }
            guard let score = Double(scanner.number()), score.isFinite, scanner.take(0x5D) else { return false }
            scanner.lists.vocabulary.append(token, id: Int32(clamping: scores.count))
            scores.append(score)
            return true
        }
        lists.scores = scores
        return isRead
    }

    /// `["a b", …]` or `[["a", "b"], …]`
    private mutating func merges() -> Bool {
        var merges = TokenList()
        var text: [UInt8] = []
        let isRead = array { scanner in
            text.removeAll(keepingCapacity: true)
            scanner.skipSpace()
            guard scanner.current == 0x5B else {
                return scanner.string(into: &text) && TokenizerReader.append(pair: text, to: &merges)
            }
            guard scanner.take(0x5B), scanner.string(into: &text), scanner.take(0x2C) else { return false }
            merges.append(text)
            text.removeAll(keepingCapacity: true)
            guard scanner.string(into: &text), scanner.take(0x5D) else { return false }
            merges.append(text)
            return true
        }
        lists.merges = merges
        return isRead
    }
}
