/// How often each piece of text occurs: all that learning merges needs to know of a corpus.
///
/// A text is divided as byte-level vocabularies divide it (GPT-2's pattern, no space put in front); no merge ever reaches
/// across a division.
public struct PieceCounts: Sendable {
    /// Occurrences, by the piece's UTF-8 bytes.
    private(set) var counts: [[UInt8]: Int] = [:]
    /// How many bytes of text were counted.
    public private(set) var byteCount = 0
    private let division: Pretokenizer

    /// The longest piece accepted, in bytes.
    ///
    /// A merge reads the pieces it changes from end to end: a text without divisions, such as an encoded image, would take
    /// hours.
    public static let maximumPieceLength = 1 << 16

    /// Counts nothing yet.
    ///
    /// - Throws: ``TokenizerError`` when the pattern that divides text cannot be read.
    public init() throws(TokenizerError) {
        division = .split(.pattern(try Pattern(Pretokenizer.gpt2Pattern)), .isolated, inverted: false)
    }

    /// How many different pieces there are.
    public var distinctCount: Int { counts.count }

    /// Counts the pieces of `text`.
    ///
    /// - Parameter origin: where the text came from, for messages.
    /// - Throws: ``TokenizerError`` when a piece is longer than ``maximumPieceLength``.
    /// - Complexity: O(*n*) for *n* bytes.
    public mutating func add(_ text: some StringProtocol, origin: String = "text") throws(TokenizerError) {
        guard !text.isEmpty else { return }
        var text = TracedText(Array(text.utf8))
        var pieces = [text.bytes.indices]
        try division.divide(&text, &pieces)
        for piece in pieces where !piece.isEmpty {
            let bytes = Array(text.bytes[piece])
            guard bytes.count <= Self.maximumPieceLength else {
                throw TokenizerError(
                    .unsupported,
                    "\(origin): \(bytes.count) bytes without a space or another break, more than the "
                        + "\(Self.maximumPieceLength) accepted. Leave encoded data out of the corpus.")
            }
            byteCount += bytes.count
            counts[bytes, default: 0] += 1
        }
    }

    /// Counts the pieces of every line of `text`, each by itself and with its line break.
    ///
    /// So does `Tokenizer.train` of Hugging Face's tokenizers read files.
    ///
    /// - Returns: how many lines there were.
    /// - Throws: ``TokenizerError`` naming the line when a piece is longer than ``maximumPieceLength``.
    @discardableResult
    public mutating func add(linesOf text: String, origin: String = "text") throws(TokenizerError) -> Int {
        var number = 0
        var rest = text.unicodeScalars[...]
        while !rest.isEmpty {
            number += 1
            let end = rest.firstIndex(of: "\n").map(rest.index(after:)) ?? rest.endIndex
            try add(Substring(rest[..<end]), origin: "\(origin):\(number)")
            rest = rest[end...]
        }
        return number
    }
}
