/// The vocabulary of a byte-pair encoding, and the merges that build its tokens.
///
/// A piece of text starts as single symbols; again and again the adjacent pair with the lowest rank, the leftmost
/// of equals, becomes one symbol, until no pair has a rank.
struct BytePairModel: Sendable {
    /// What a piece's first symbols are.
    enum Symbols: Sendable, Hashable {
        /// Bytes.
        case bytes
        /// Characters; one that is not in the vocabulary becomes the tokens of its bytes, if all of them have one.
        case characters(byteFallback: [Int32?]?)
    }

    /// The tokens: in a byte-level vocabulary as the bytes they stand for.
    var table: TokenTable
    /// Of each byte, the token that is that byte; -1 where there is none.
    private let byteIDs: [Int32]
    /// What pairs of tokens become.
    var merges: MergeTable
    /// What a piece's first symbols are.
    var symbols: Symbols
    /// How the token is spelt that stands for a symbol not in the vocabulary; without it such a symbol is dropped, as the
    /// reference does.
    var unknown: String?
    /// The id of ``unknown``; nil when the vocabulary lacks it.
    var unknownID: Int32?
    /// Whether unknown symbols in a row are one token.
    var fusesUnknown = false
    /// What a character's token begins with where it does not begin a piece.
    var continuingPrefix: [UInt8] = []
    /// What a character's token ends with where it ends a piece.
    var endSuffix: [UInt8] = []
    /// Whether a piece that is a token is taken as it is.
    var ignoresMerges = false
    /// Whether a piece of line breaks that is a token is taken as it is.
    var takesLineBreaksWhole = false
    /// Ids that text need not become, whatever it spells.
    var controlIDs: Set<Int32> = []
    /// Whether merging, or a piece as it is, or a character may make one of them.
    var makesControl: Bool { !controlIDs.isEmpty && (ignoresMerges || hasControlMerges) }
    /// Whether a merge or a character makes one of ``controlIDs``.
    var hasControlMerges = true

    /// Creates a model that knows no unknown token and takes nothing whole.
    init(table: TokenTable, merges: MergeTable, symbols: Symbols) {
        self.table = table
        self.merges = merges
        self.symbols = symbols
        byteIDs = (UInt8.min...UInt8.max).map { table.id(of: [$0], 0..<1) ?? -1 }
    }

    /// Encodes the bytes `range` of `text`, calling `emit` with each id and the bytes it stands for.
    ///
    /// - Parameters:
    ///   - avoidsControl: whether the text must not become any of ``controlIDs``, not even by merging.
    ///   - room: room for merging.
    /// - Complexity: O(*n* log *n*) for a piece of *n* bytes.
    /// - Throws: ``TokenizerError`` when the unknown token is needed and the vocabulary lacks it.
    func encode(
        _ text: [UInt8], _ range: Range<Int>, avoidsControl: Bool, _ room: inout MergeRoom,
        emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        let isWhole = ignoresMerges || takesLineBreaksWhole && text[range].allSatisfy { $0 == 0x0A }
        if isWhole, let id = table.id(of: text, range), !avoidsControl || !controlIDs.contains(id) {
            return emit(id, range)
        }
        room.clear()
        try putFirstSymbols(of: text, range, into: &room.chain)
        if room.chain.count <= 24 {
            mergeShort(&room, avoidsControl: avoidsControl)
        } else {
            mergeLong(&room, avoidsControl: avoidsControl)
        }
        for symbol in room.chain where symbol.isLive { emit(symbol.id, symbol.start..<symbol.end) }
    }

    private typealias Symbol = MergeRoom.Symbol

    private func putFirstSymbols(
        of text: [UInt8], _ range: Range<Int>, into chain: inout [Symbol]
    ) throws(TokenizerError) {
        if symbols == .bytes, unknown == nil, continuingPrefix.isEmpty, endSuffix.isEmpty {
            for index in range {
                let id = byteIDs[Int(text[index])]
                if id >= 0 { chain.append(Symbol(id: id, start: index, end: index + 1)) }
            }
            return
        }
        var pending: Symbol?
        var start = range.lowerBound
        while start < range.upperBound {
            var width = 1
            if case .characters = symbols { width = text.scalar(at: start).width }
            let end = start + width
            defer { start = end }
            let spelling = spelling(of: text, start..<end, in: range)
            if let id = spelling.map({ table.id(of: $0, $0.indices) }) ?? table.id(of: text, start..<end) {
                if let unknown = pending { chain.append(unknown) }
                pending = nil
                chain.append(Symbol(id: id, start: start, end: end))
                continue
            }
            if case .characters(let fallback?) = symbols {
                let bytes = spelling ?? Array(text[start..<end])
                let ids = bytes.compactMap { fallback[Int($0)] }
                if ids.count == bytes.count {
                    // An unknown character waits for the next known one, as in the reference: bytes overtake it.
                    for (offset, id) in ids.enumerated() {
                        let byte = min(start + offset, end - 1)
                        chain.append(Symbol(id: id, start: byte, end: byte + 1))
                    }
                    continue
                }
            }
            guard let unknown else { continue }
            if fusesUnknown, pending != nil {
                pending?.end = end
            } else {
                if let unknown = pending { chain.append(unknown) }
                guard let unknownID else { throw WordLevelModel.missing(unknown, for: text, start..<end) }
                pending = Symbol(id: unknownID, start: start, end: end)
            }
        }
        if let unknown = pending { chain.append(unknown) }
    }

    /// The character with what it has at the piece's edges; nil when it is just itself.
    private func spelling(of text: [UInt8], _ character: Range<Int>, in piece: Range<Int>) -> [UInt8]? {
        let begins = character.lowerBound == piece.lowerBound
        let ends = character.upperBound == piece.upperBound
        guard !begins && !continuingPrefix.isEmpty || ends && !endSuffix.isEmpty else { return nil }
        return (begins ? [] : continuingPrefix) + text[character] + (ends ? endSuffix : [])
    }

    /// What two symbols become; a rank of `Int32.max` says that they stay two.
    @inline(__always) private func merge(_ left: Int32, _ right: Int32, _ avoidsControl: Bool) -> MergeTable.Merge {
        guard let merge = merges[left, right], !avoidsControl || !controlIDs.contains(merge.id) else { return .none }
        return merge
    }

    /// Looks at every pair each time: fastest for a word.
    private func mergeShort(_ room: inout MergeRoom, avoidsControl: Bool) {
        var count = room.chain.count
        guard count > 1 else { return }
        room.merges.removeAll(keepingCapacity: true)
        for index in 0..<count - 1 {
            room.merges.append(merge(room.chain[index].id, room.chain[index + 1].id, avoidsControl))
        }
        while count > 1 {
            var best = 0
            var lowest = Int32.max
            for index in 0..<count - 1 where room.merges[index].rank < lowest {
                lowest = room.merges[index].rank
                best = index
            }
            guard lowest < .max else { break }
            let id = room.merges[best].id
            room.chain[best].id = id
            room.chain[best].end = room.chain[best + 1].end
            count -= 1
            for index in best + 1..<max(count, best + 1) { room.chain[index] = room.chain[index + 1] }
            for index in best..<max(count - 1, best) { room.merges[index] = room.merges[index + 1] }
            if best + 1 < count { room.merges[best] = merge(id, room.chain[best + 1].id, avoidsControl) }
            if best > 0 { room.merges[best - 1] = merge(room.chain[best - 1].id, id, avoidsControl) }
        }
        room.chain.removeSubrange(count...)
    }

    /// A linked chain and a heap of candidate pairs: a long piece stays O(*n* log *n*).
    private func mergeLong(_ room: inout MergeRoom, avoidsControl: Bool) {
        func consider(_ index: Int, _ room: inout MergeRoom) {
            guard index >= 0, room.chain[index].next >= 0 else { return }
            let merge = merge(room.chain[index].id, room.chain[room.chain[index].next].id, avoidsControl)
            guard merge.rank < .max else { return }
            room.heap.push(MergeRoom.Candidate(rank: merge.rank, position: Int32(index), id: merge.id))
        }
        room.link()
        for index in room.chain.indices { consider(index, &room) }
        while let candidate = room.heap.pop() {
            let left = Int(candidate.position)
            let right = room.chain[left].next
            guard room.chain[left].isLive, right >= 0,
                merge(room.chain[left].id, room.chain[right].id, avoidsControl).id == candidate.id
            else { continue }  // the pair was merged otherwise in the meantime
            room.join(left, as: candidate.id)
            consider(room.chain[left].previous, &room)
            consider(left, &room)
        }
    }
}
