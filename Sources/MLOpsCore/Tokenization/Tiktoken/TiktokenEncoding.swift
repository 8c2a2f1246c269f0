/// The divisions of text that files of tiktoken's ranks are used with; the files do not say.
public enum TiktokenEncoding: String, Sendable, Hashable, CaseIterable {
    /// GPT-2's and GPT-3's.
    case r50kBase = "r50k_base"
    /// Codex's: GPT-3's with runs of spaces.
    case p50kBase = "p50k_base"
    /// GPT-4's.
    case cl100kBase = "cl100k_base"
    /// GPT-4o's.
    case o200kBase = "o200k_base"
    /// Llama 3's.
    case llama3

    /// The pattern whose matches are the words.
    var pattern: String {
        switch self {
        case .r50kBase, .p50kBase:
            #"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++\z|\s+(?!\S)|\s"#
        case .cl100kBase:
            #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|"#
                + #"\s++\z|\s*[\r\n]|\s+(?!\S)|\s"#
        case .o200kBase: GGUFPatterns.originalGPT4o
        case .llama3: GGUFPatterns.originalLlama3
        }
    }
}

extension PretrainedTokenizer {
    /// Creates the tokenizer of a file of tiktoken's ranks: a token in base64 and its rank a line.
    ///
    /// - Parameters:
    ///   - ranks: the file's content.
    ///   - encoding: how text is divided.
    ///   - special: control tokens and their ids, which the file does not say.
    ///   - roles: ids with a role, which the file does not say.
    ///   - origin: the file's name, for messages.
    /// - Throws: ``TokenizerError`` naming the line that is wrong.
    public init(
        tiktoken ranks: [UInt8], encoding: TiktokenEncoding, special: [String: Int32] = [:],
        roles: SpecialTokenIDs = SpecialTokenIDs(), origin: String = "the tiktoken file"
    ) throws(TokenizerError) {
        var vocabulary = ModelParts.Vocabulary()
        var order: [Int32] = []
        for (number, line) in ranks.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let line = line.last == 0x0D ? line.dropLast() : line
            if line.isEmpty { continue }
            guard let (token, rank) = Self.entry(line) else {
                throw TokenizerError(
                    .malformed, "\(origin):\(number + 1): the line is not a token in base64, a space and its rank.")
            }
            vocabulary.append(token, id: rank)
            order.append(rank)
        }
        guard let last = order.max() else { throw TokenizerError(.malformed, "\(origin): it holds no tokens.") }
        guard last < Self.maximumVocabulary else {
            throw TokenizerError(.malformed, "\(origin): the rank \(last) is out of range.")
        }
        var parts = TokenizerParts(
            model: .rankedPair(vocabulary, ranks: Array(0...last), isByteLevel: true), origin: origin)
        parts.added = special.sorted { $0.value < $1.value }.map {
            AddedToken(id: $0.value, content: $0.key, isSpecial: true)
        }
        parts.pretokenizer = .split(.pattern(try Pattern(encoding.pattern, dialect: .perl)), .removed, inverted: true)
        parts.decoder = .byteLevel
        parts.special = roles
        try self.init(parts)
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> (token: [UInt8], rank: Int32)? {
        let fields = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard fields.count == 2, let token = Base64.bytes(of: fields[0]), !token.isEmpty, fields[1].count <= 9,
            fields[1].allSatisfy({ 0x30...0x39 ~= $0 }),
            let rank = Int32(String(decoding: fields[1], as: UTF8.self))
        else { return nil }
        return (token, rank)
    }
}

/// Bytes written in letters, digits, `+` and `/`.
private enum Base64 {
    /// The bytes that `text` writes; nil if it is not whole groups of four with `=` at most at the end.
    static func bytes(of text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        let digits = text.last == 0x3D ? text.dropLast(text.dropLast().last == 0x3D ? 2 : 1) : text
        var out: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in digits {
            guard let digit = digit(byte) else { return nil }
            bits = bits << 6 | digit
            count += 6
            if count >= 8 {
                count -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return out
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte - 0x41)
        case 0x61...0x7A: UInt32(byte - 0x61) + 26
        case 0x30...0x39: UInt32(byte - 0x30) + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}
