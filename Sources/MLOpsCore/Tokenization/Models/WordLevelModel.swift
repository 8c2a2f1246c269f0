/// A vocabulary of whole words.
struct WordLevelModel: Sendable {
    /// The tokens.
    let table: TokenTable
    /// What stands for a word that is not in the vocabulary; nil when the vocabulary lacks it.
    let unknownID: Int32?
    /// How the unknown token is spelt.
    let unknown: String
    /// Ids that text must not become.
    let controlIDs: Set<Int32>

    /// Encodes the bytes `range` of `text`, calling `emit` with the id and the bytes it stands for.
    ///
    /// - Throws: ``TokenizerError`` when the unknown token is needed and there is none.
    func encode(
        _ text: [UInt8], _ range: Range<Int>, avoidsControl: Bool, emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        if let id = table.id(of: text, range), !avoidsControl || !controlIDs.contains(id) { return emit(id, range) }
        guard let unknownID else { throw Self.missing(unknown, for: text, range) }
        emit(unknownID, range)
    }

    static func missing(_ unknown: String, for text: [UInt8], _ range: Range<Int>) -> TokenizerError {
        let word = String(decoding: text[range].prefix(60), as: UTF8.self)
        return TokenizerError(
            .inexpressible,
            "\"\(word)\" is not in the vocabulary, and neither is the unknown token \"\(unknown)\". Remove it from the text."
        )
    }
}
