/// A division of text into pieces, each of which the vocabulary encodes by itself.
enum Pretokenizer: Sendable, Hashable {
    case split(TextTarget, SplitBehavior, inverted: Bool)
    /// A space before every piece that has none.
    case prefixSpace
    /// Every byte becomes a character of the byte alphabet.
    case byteAlphabet
    case metaspace(Metaspace)
    /// Runs of word characters and runs of others, without white space.
    case words
    case bertWords(BertWords)
    /// Pieces of one script.
    case scripts
    /// Pieces of so many characters.
    case fixedLength(Int)
    case sequence([Pretokenizer])

    /// The division of GPT-2, which byte-level vocabularies use unless told otherwise.
    static let gpt2Pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    /// Divides every piece of `text` further.
    ///
    /// - Parameter pieces: the pieces so far, in order, none empty.
    /// - Throws: ``TokenizerError`` when a pattern needs too many steps on this text.
    func divide(_ text: inout TracedText, _ pieces: inout [Range<Int>]) throws(TokenizerError) {
        switch self {
        case .sequence(let steps):
            for step in steps { try step.divide(&text, &pieces) }
        case .prefixSpace:
            guard pieces.contains(where: { text.bytes[$0.lowerBound] != 0x20 }) else { return }
            Self.rewrite(&text, &pieces) { out, text, piece in
                if text.bytes[piece.lowerBound] != 0x20 { out.put([0x20], for: piece.lowerBound..<piece.lowerBound) }
                out.keep(piece)
            }
        case .byteAlphabet:
            Self.rewrite(&text, &pieces) { out, text, piece in
                for index in piece { out.put(ByteAlphabet.utf8(of: text.bytes[index]), for: index..<index + 1) }
            }
        case .metaspace(let metaspace): metaspace.divide(&text, &pieces)
        case .words: pieces = pieces.flatMap { Self.words(text.bytes, $0) }
        case .bertWords(let words): words.divide(&text, &pieces)
        case .scripts: pieces = pieces.flatMap { UnicodeScript.divide(text.bytes, $0) }
        case .fixedLength(let length):
            pieces = pieces.flatMap { Self.chunks(of: length, text.bytes, $0) }
        case .split(let target, let behavior, let inverted):
            var out: [Range<Int>] = []
            if let known {
                for piece in pieces { known.divide(text.bytes, piece, into: &out) }
                pieces = out
                return
            }
            for piece in pieces {
                let found = try target.matches(in: text.bytes, piece)
                behavior.divide(piece, found, inverted: inverted, into: &out)
            }
            pieces = out
        }
    }

    /// What divides a text in the same way, faster, if there is such.
    var known: KnownPattern? {
        guard case .split(.pattern(let pattern), let behavior, let inverted) = self, let known = pattern.known else {
            return nil
        }
        // Matches and gaps are pieces alike; or only matches are, and there are no gaps.
        return behavior == .isolated || behavior == .removed && inverted && known.isGapless ? known : nil
    }

    /// Makes a new text of what `write` puts out for each piece.
    fileprivate static func rewrite(
        _ text: inout TracedText, _ pieces: inout [Range<Int>],
        _ write: (inout TracedText.Rewriting, TracedText, Range<Int>) -> Void
    ) {
        var out = TracedText.Rewriting(text)
        pieces = pieces.map { piece in
            let start = out.count
            write(&out, text, piece)
            return start..<out.count
        }
        text = out.finish()
    }

    private static func words(_ text: [UInt8], _ piece: Range<Int>) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var previous: Bool?
        var index = piece.lowerBound
        while index < piece.upperBound {
            let (value, width) = text.scalar(at: index)
            let isWord = ScalarClass.whitespace.contains(value) ? nil : ScalarClass.wordPart.contains(value)
            if let isWord {
                if isWord == previous, let last = words.popLast() {
                    words.append(last.lowerBound..<index + width)
                } else {
                    words.append(index..<index + width)
                }
            }
            previous = isWord
            index += width
        }
        return words
    }

    private static func chunks(of length: Int, _ text: [UInt8], _ piece: Range<Int>) -> [Range<Int>] {
        var chunks: [Range<Int>] = []
        var start = piece.lowerBound
        var count = 0
        var index = start
        while index < piece.upperBound {
            index += text.scalar(at: index).width
            count += 1
            if count == length {
                chunks.append(start..<index)
                start = index
                count = 0
            }
        }
        if start < piece.upperBound { chunks.append(start..<piece.upperBound) }
        return chunks
    }
}

/// The division of SentencePiece: a visible character stands for a space, and words begin with it.
struct Metaspace: Sendable, Hashable {
    /// When a piece gets the character although no space stood there.
    enum Prefix: String, Sendable, Hashable, CaseIterable {
        case always, first, never
    }

    /// The character, in UTF-8.
    var replacement: [UInt8]
    /// When a piece gets the character although no space stood there.
    var prefix: Prefix
    /// Whether words are divided.
    var splits: Bool

    fileprivate func divide(_ text: inout TracedText, _ pieces: inout [Range<Int>]) {
        Pretokenizer.rewrite(&text, &pieces) { out, text, piece in
            let isMarked =
                text.bytes[piece.lowerBound] == 0x20
                || text.bytes.holds(replacement, at: piece.lowerBound, before: piece.upperBound)
            let isFirst = text.origin(of: piece).lowerBound == 0
            if !isMarked, prefix == .always || prefix == .first && isFirst {
                out.put(replacement, for: piece.lowerBound..<piece.lowerBound)
            }
            for index in piece {
                if text.bytes[index] == 0x20 {
                    out.put(replacement, for: index..<index + 1)
                } else {
                    out.keep(index..<index + 1)
                }
            }
        }
        guard splits else { return }
        var divided: [Range<Int>] = []
        for piece in pieces {
            let found = text.bytes.occurrences(of: replacement, in: piece)
            SplitBehavior.mergedWithNext.divide(piece, found, inverted: false, into: &divided)
        }
        pieces = divided
    }
}
