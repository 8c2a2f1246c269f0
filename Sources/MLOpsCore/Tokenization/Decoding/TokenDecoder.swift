/// How the spellings of tokens become text.
///
/// Each step takes a list of pieces and gives one; what the last gives, joined, is the text.
public struct TokenDecoder: Sendable, Hashable {
    let steps: [DecodingStep]

    init(_ steps: [DecodingStep]) { self.steps = steps }

    /// Spellings are the bytes of the text, written in the alphabet of byte-level vocabularies.
    public static let byteLevel = TokenDecoder([.byteLevel])
    /// Spellings follow one another with a space between them.
    public static let spaced = TokenDecoder([.spaced])
}

/// One step of a ``TokenDecoder``.
enum DecodingStep: Sendable, Hashable {
    /// A space between two pieces.
    case spaced
    /// All pieces become one, their letters bytes; a piece with other letters stands for itself.
    case byteLevel
    /// Pieces such as `<0xE2>` become the characters that their bytes form, or U+FFFD for each.
    case byteFallback
    /// All pieces become one.
    case fuse
    /// So many of a character at either end of a piece go.
    case strip([UInt8], start: Int, stop: Int)
    case replace(TextTarget, with: [UInt8])
    /// A character stands for a space; `dropsFirst`: not in the first piece, where it goes.
    case metaspace([UInt8], dropsFirst: Bool)
    /// A space before every piece that does not continue a word.
    case wordPiece(prefix: [UInt8], cleansUp: Bool)
    /// A mark at a word's end becomes a space, none at the end of the text.
    case endOfWord([UInt8])
    /// Repeated pieces and padding go, the delimiter becomes a space.
    case ctc(padding: [UInt8], delimiter: [UInt8], cleansUp: Bool)
    /// Spaces that written English has not go from the whole text, as transformers does it: the last step.
    case englishSpacing
}

/// Spaces that tokenised English has and written English has not.
enum EnglishSpacing {
    private static let pairs = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (old: Array($0.0.utf8), new: Array($0.1.utf8)) }

    /// Returns `text` as it is written.
    ///
    /// - Parameter contracts: whether "do not" becomes "don't", as in tokenizers and not in transformers.
    static func cleaned(_ text: [UInt8], contracts: Bool = true) -> [UInt8] {
        pairs.reduce(text) { text, pair in
            guard contracts || pair.new.first != 0x20 else { return text }
            return text.replacing(text.occurrences(of: pair.old, in: text.indices), with: pair.new)
        }
    }

    /// Where `text` can be divided so that its parts, each cleaned, are the whole, cleaned, whatever follows: before the
    /// last space behind a letter that no pair has in front of a space. Nil when there is no such place.
    static func division(of text: [UInt8]) -> Int? {
        text.indices.dropFirst().last { index in
            let before = text[index - 1] | 0x20
            return text[index] == 0x20 && (0x61...0x7A).contains(before) && before != 0x6E
        }
    }
}

extension Array where Element == UInt8 {
    /// Returns the bytes with each of `ranges`, which are in order, replaced by `new`.
    func replacing(_ ranges: [Range<Int>], with new: [UInt8]) -> [UInt8] {
        guard !ranges.isEmpty else { return self }
        var out: [UInt8] = []
        var position = 0
        for range in ranges {
            out += self[position..<range.lowerBound]
            out += new
            position = range.upperBound
        }
        return out + self[position...]
    }
}
