/// A vocabulary of bytes from which a text takes the longest token wherever one ends: RWKV's.
///
/// The handling of bytes that begin no token is llama.cpp's.
struct LongestMatchModel: Sendable {
    /// The tokens, as the bytes they stand for.
    let table: TokenTable
    /// What stands for a byte that begins no token.
    let unknownID: Int32?
    private let index: PrefixIndex
    /// The tokens without those that text must not become.
    private let harmless: PrefixIndex
    /// Whether text may become a control token.
    let makesControl: Bool

    /// Creates the model of a vocabulary.
    ///
    /// - Parameter controlIDs: ids that text must not become unless it is allowed to.
    init(table: TokenTable, vocabulary: ModelParts.Vocabulary, unknownID: Int32?, controlIDs: Set<Int32>) {
        self.table = table
        self.unknownID = unknownID
        index = PrefixIndex(vocabulary)
        harmless = controlIDs.isEmpty ? index : PrefixIndex(vocabulary.filter { !controlIDs.contains($0) })
        makesControl = !controlIDs.isEmpty
    }

    /// Encodes the bytes `range` of `text`, calling `emit` with each id and the bytes it stands for.
    ///
    /// - Complexity: O(*n* · *l*) for *n* bytes and a longest token of *l* bytes.
    /// - Throws: ``TokenizerError`` when a byte begins no token and there is no unknown token.
    func encode(
        _ text: [UInt8], _ range: Range<Int>, avoidsControl: Bool, emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        var start = range.lowerBound
        while start < range.upperBound {
            var found = unknownID
            var next = start + 1
            (avoidsControl ? harmless : index).forEachPrefix(of: text, from: start, to: range.upperBound) { id, end in
                found = id
                next = end
            }
            guard let id = found else { throw UnigramModel.inexpressible(text, start..<next) }
            emit(id, start..<next)
            start = next
        }
    }
}
