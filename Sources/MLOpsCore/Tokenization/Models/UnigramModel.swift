/// A vocabulary in which every token has a score; a text becomes the tokens with the greatest sum of scores.
///
/// Source: Kudo 2018, "Subword Regularization"; ties and the handling of unknown characters are those of Hugging Face's
/// tokenizers.
struct UnigramModel: Sendable {
    /// The tokens.
    let table: TokenTable
    /// Of each id, its score.
    let scores: [Double]
    /// What stands for a character that is in no token.
    let unknownID: Int32?
    /// Of each byte, the token that stands for it; nil when unknown characters are not written as bytes.
    let byteIDs: [Int32?]?
    private let index: PrefixIndex
    /// The tokens without those that text must not become.
    private let harmless: PrefixIndex
    private let unknownScore: Double
    /// Whether a piece becomes the token that is spelt like it, not the one that was found on the way.
    private let takesSpellings: Bool
    /// Whether text may become a control token.
    let makesControl: Bool

    /// Creates the model of `parts`.
    ///
    /// - Parameter controlIDs: ids that text must not become unless it is allowed to.
    init(_ parts: ModelParts.Unigram, controlIDs: Set<Int32>) {
        let texts = parts.vocabulary.texts
        var table = TokenTable(count: texts.count)
        // Of equal spellings the last one is found, as in the reference.
        for id in (0..<texts.count).reversed() { table.insert(texts[id], id: Int32(id)) }
        self.table = table
        scores = parts.scores
        unknownID = parts.unknownID
        byteIDs = parts.fallsBackToBytes ? ByteTokens.ids(in: table) : nil
        let matching = parts.matching.map { Set($0.ids) }
        let vocabulary = matching.map { ids in parts.vocabulary.filter(ids.contains) } ?? parts.vocabulary
        index = PrefixIndex(vocabulary)
        harmless = controlIDs.isEmpty ? index : PrefixIndex(vocabulary.filter { !controlIDs.contains($0) })
        makesControl = !controlIDs.isEmpty
        unknownScore = parts.matching?.unknownScore ?? (scores.min() ?? .infinity) - Self.unknownPenalty
        takesSpellings = parts.matching == nil
    }

    /// The best way to a place in the text.
    private struct Step {
        var id: Int32 = 0
        var score = 0.0
        var start = -1
    }

    /// Encodes the bytes `range` of `text`, calling `emit` with each id and the bytes it stands for.
    ///
    /// - Complexity: O(*n* · *l*) for *n* bytes and a longest token of *l* bytes.
    /// - Throws: ``TokenizerError`` when a character is in no token and there is no unknown token.
    func encode(
        _ text: [UInt8], _ range: Range<Int>, avoidsControl: Bool, emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        let base = range.lowerBound
        var best = [Step](repeating: Step(), count: range.count + 1)
        var start = base
        while start < range.upperBound {
            let here = best[start - base].score
            let width = min(Self.width(of: text[start]), range.upperBound - start)
            var isSingle = false
            (avoidsControl ? harmless : index).forEachPrefix(of: text, from: start, to: range.upperBound) { id, end in
                let score = scores[Int(id)] + here
                if best[end - base].start < 0 || score > best[end - base].score {
                    best[end - base] = Step(id: id, score: score, start: start)
                }
                if end - start == width { isSingle = true }
            }
            if !isSingle {
                let place = start + width - base
                let score = unknownScore + here
                if best[place].start < 0 || score > best[place].score {
                    guard let unknownID else { throw Self.inexpressible(text, start..<start + width) }
                    best[place] = Step(id: unknownID, score: score, start: start)
                }
            }
            start += width
        }
        for piece in pieces(best, range) {
            if takesSpellings {
                try write(text, piece, avoidsControl: avoidsControl, emit: emit)
            } else {
                emit(best[piece.upperBound - base].id, piece)
            }
        }
    }

    /// How many bytes a character has that begins with `byte`; 1 for a byte inside one, which llama.cpp's normalisation may
    /// leave alone.
    private static func width(of byte: UInt8) -> Int {
        byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
    }

    /// How much less than the worst token an unknown character scores.
    static let unknownPenalty = 10.0

    /// The pieces of the best way, unknown ones in a row as one.
    private func pieces(_ best: [Step], _ range: Range<Int>) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var end = range.upperBound
        var isUnknown = false
        while end > range.lowerBound {
            let step = best[end - range.lowerBound]
            if let unknownID, step.id == unknownID {
                let last = isUnknown ? pieces.popLast()?.upperBound ?? end : end
                pieces.append(step.start..<last)
                isUnknown = true
            } else {
                pieces.append(step.start..<end)
                isUnknown = false
            }
            end = step.start
        }
        return pieces.reversed()
    }

    private func write(
        _ text: [UInt8], _ piece: Range<Int>, avoidsControl: Bool, emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        if let id = table.id(of: text, piece) { return emit(id, piece) }
        if let byteIDs {
            let ids = text[piece].compactMap { byteIDs[Int($0)] }
            if ids.count == piece.count {
                for id in ids { emit(id, piece) }
                return
            }
        }
        guard let unknownID else { throw Self.inexpressible(text, piece) }
        emit(unknownID, piece)
    }

    static func inexpressible(_ text: [UInt8], _ range: Range<Int>) -> TokenizerError {
        let what = String(decoding: text[range].prefix(60), as: UTF8.self)
        return TokenizerError(
            .inexpressible,
            "The vocabulary has no token for \"\(what)\" and no unknown token to stand for it. Remove it from the text."
        )
    }
}

/// The tokens `<0x00>` to `<0xFF>`, which stand for bytes.
enum ByteTokens {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// How the token of `byte` is spelt.
    static func spelling(of byte: UInt8) -> [UInt8] {
        Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)], 0x3E]
    }

    /// Of each byte, the id of its token in `table`.
    static func ids(in table: TokenTable) -> [Int32?] {
        (UInt8.min...UInt8.max).map { byte in
            let spelling = spelling(of: byte)
            return table.id(of: spelling, spelling.indices)
        }
    }

    /// The byte that a token spelt `token` stands for.
    static func byte(of token: some Collection<UInt8>) -> UInt8? {
        let token = Array(token)
        guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == 0x3E else { return nil }
        return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
    }
}
