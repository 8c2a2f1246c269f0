/// What a piece of text becomes: a vocabulary and the way it divides words.
enum TokenModel: Sendable {
    case bytePair(BytePairModel)
    case rankedPair(RankedPairModel)
    case unigram(UnigramModel)
    case longestMatch(LongestMatchModel)
    case backwardUnigram(BackwardUnigramModel)
    case wordPiece(WordPieceModel)
    case wordLevel(WordLevelModel)

    /// The tokens.
    var table: TokenTable {
        switch self {
        case .bytePair(let model): model.table
        case .rankedPair(let model): model.table
        case .unigram(let model): model.table
        case .longestMatch(let model): model.table
        case .backwardUnigram(let model): model.table
        case .wordPiece(let model): model.table
        case .wordLevel(let model): model.table
        }
    }

    /// Whether the table holds the bytes that tokens stand for, not the letters they are written with.
    var isByteLevel: Bool {
        switch self {
        case .bytePair(let model): model.symbols == .bytes
        case .rankedPair(let model): model.isByteLevel
        case .longestMatch: true
        default: false
        }
    }

    /// Whether a text that spells no control token may become one all the same.
    var makesControl: Bool {
        switch self {
        case .bytePair(let model): model.makesControl
        case .rankedPair(let model): model.makesControl
        case .unigram(let model): model.makesControl
        case .longestMatch(let model): model.makesControl
        case .backwardUnigram(let model): model.makesControl
        case .wordPiece(let model): !model.controlIDs.isEmpty
        case .wordLevel(let model): !model.controlIDs.isEmpty
        }
    }

    /// Encodes the bytes `range` of `text`, which are not empty, calling `emit` with each id and the bytes it stands for.
    ///
    /// - Parameters:
    ///   - avoidsControl: whether the text must not become a control token.
    ///   - room: room for merging.
    /// - Throws: ``TokenizerError`` when the text holds something the vocabulary cannot express.
    func encode(
        _ text: [UInt8], _ range: Range<Int>, avoidsControl: Bool, _ room: inout MergeRoom,
        emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        switch self {
        case .bytePair(let model): try model.encode(text, range, avoidsControl: avoidsControl, &room, emit: emit)
        case .rankedPair(let model): try model.encode(text, range, avoidsControl: avoidsControl, &room, emit: emit)
        case .unigram(let model): try model.encode(text, range, avoidsControl: avoidsControl, emit: emit)
        case .longestMatch(let model): try model.encode(text, range, avoidsControl: avoidsControl, emit: emit)
        case .backwardUnigram(let model): model.encode(text, range, avoidsControl: avoidsControl, emit: emit)
        case .wordPiece(let model): try model.encode(text, range, avoidsControl: avoidsControl, emit: emit)
        case .wordLevel(let model): try model.encode(text, range, avoidsControl: avoidsControl, emit: emit)
        }
    }
}
