/// A vocabulary of words and of pieces that continue a word; a word becomes the longest pieces, from left to right.
///
/// Source: Schuster & Nakajima 2012; the limits are those of Hugging Face's tokenizers.
struct WordPieceModel: Sendable {
    /// The tokens.
    let table: TokenTable
    /// What stands for a word that cannot be divided; nil when the vocabulary lacks it.
    let unknownID: Int32?
    /// How the unknown token is spelt.
    let unknown: String
    /// What a piece inside a word begins with, such as `##`.
    let prefix: [UInt8]
    /// A word with more characters is unknown.
    let maximumCharacters: Int
    /// Ids that text must not become.
    let controlIDs: Set<Int32>

    /// Encodes the bytes `range` of `text`, calling `emit` with each id and the bytes it stands for.
    ///
    /// - Throws: ``TokenizerError`` when the unknown token is needed and there is none.
    func encode(
        _ text: [UInt8], _ range: Range<Int>, avoidsControl: Bool, emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        guard let pieces = pieces(text, range, avoidsControl: avoidsControl) else {
            guard let unknownID else { throw WordLevelModel.missing(unknown, for: text, range) }
            return emit(unknownID, range)
        }
        for piece in pieces { emit(piece.id, piece.range) }
    }

    private func pieces(_ text: [UInt8], _ range: Range<Int>, avoidsControl: Bool) -> [(id: Int32, range: Range<Int>)]?
    {
        guard text.scalarCount(range) <= maximumCharacters else { return nil }
        var pieces: [(id: Int32, range: Range<Int>)] = []
        var start = range.lowerBound
        while start < range.upperBound {
            // The prefix and as much of the word as any token has, so that a piece with its prefix is one range.
            let before = start == range.lowerBound ? [] : prefix
            var limit = min(range.upperBound, start + table.longest)
            while limit < range.upperBound, text[limit] & 0xC0 == 0x80 { limit += 1 }
            let candidate = before + text[start..<limit]
            var end = candidate.count
            var found: Int32?
            while end > before.count {
                if let id = table.id(of: candidate, 0..<end), !avoidsControl || !controlIDs.contains(id) {
                    found = id
                    break
                }
                end = candidate.scalarStart(before: end)
            }
            guard let found else { return nil }
            let length = end - before.count
            pieces.append((found, start..<start + length))
            start += length
        }
        return pieces
    }
}
