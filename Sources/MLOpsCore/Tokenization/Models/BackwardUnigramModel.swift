/// A vocabulary in which every token has a score, and a text becomes the tokens with the greatest sum of scores, found from
/// its end: PLaMo 2's.
///
/// Of equal sums the one whose first token is longest counts. A character that no token begins with is written as bytes, which
/// costs more than any token. Scores are ten-thousandths, as in llama.cpp.
struct BackwardUnigramModel: Sendable {
    /// The tokens.
    let table: TokenTable
    /// Of each id, its score.
    private let scores: [Int]
    /// Of each byte, the token that stands for it.
    private let byteIDs: [Int32]
    private let index: PrefixIndex
    /// The tokens without those that text must not become.
    private let harmless: PrefixIndex
    /// Whether text may become a control token.
    let makesControl: Bool

    /// What an unknown character scores; a token that scores twice as little is never taken.
    private static let unknownScore = -10_000_000

    /// Creates the model of a vocabulary; nil when a byte has no token.
    init?(
        table: TokenTable, vocabulary: ModelParts.Vocabulary, scores: [Float], bytes: Set<Int32>,
        controlIDs: Set<Int32>
    ) {
        var byteIDs = [Int32](repeating: -1, count: 256)
        for id in bytes {
            if let byte = ByteTokens.byte(of: vocabulary.texts[Int(id)]) { byteIDs[Int(byte)] = id }
        }
        guard !byteIDs.contains(-1) else { return nil }
        let counted = scores.map { score in
            // Beyond any real score, and small enough that the longest text's sum can be counted.
            score.isFinite ? Int((min(max(Double(score) * 1e4, -1e9), 1e9)).rounded(.toNearestOrAwayFromZero)) : .min
        }
        self.table = table
        self.scores = counted
        self.byteIDs = byteIDs
        let known = vocabulary.filter { !bytes.contains($0) && counted[Int($0)] > 2 * Self.unknownScore }
        index = PrefixIndex(known)
        harmless = controlIDs.isEmpty ? index : PrefixIndex(known.filter { !controlIDs.contains($0) })
        makesControl = !controlIDs.isEmpty
    }

    /// The best way from a place in the text to its end.
    private struct Step {
        /// −1: the bytes of one character.
        var id: Int32 = -1
        var cost = 0
        var end = 0
    }

    /// Encodes the bytes `range` of `text`, calling `emit` with each id and the bytes it stands for.
    ///
    /// - Complexity: O(*n* · *l*) for *n* bytes and a longest token of *l* bytes.
    func encode(
        _ text: [UInt8], _ range: Range<Int>, avoidsControl: Bool, emit: (Int32, Range<Int>) -> Void
    ) {
        var begin = range.lowerBound
        if text[range].starts(with: [0xEF, 0xBB, 0xBF]) { begin += 3 }
        var best = [Step](repeating: Step(), count: range.upperBound - begin + 1)
        var end = range.upperBound
        while end > begin {
            let start = text.scalarStart(before: end)
            var step = Step(cost: best[end - begin].cost - Self.unknownScore, end: end)
            (avoidsControl ? harmless : index).forEachPrefix(of: text, from: start, to: range.upperBound) { id, end in
                let cost = best[end - begin].cost - scores[Int(id)]
                guard cost <= step.cost else { return }
                // Between a token and bytes that cost the same, too, the token.
                step = Step(id: id, cost: cost, end: end)
            }
            best[start - begin] = step
            end = start
        }
        var place = begin
        while place < range.upperBound {
            let step = best[place - begin]
            if step.id >= 0 {
                emit(step.id, place..<step.end)
            } else {
                for position in place..<step.end { emit(byteIDs[Int(text[position])], position..<position + 1) }
            }
            place = step.end
        }
    }
}
