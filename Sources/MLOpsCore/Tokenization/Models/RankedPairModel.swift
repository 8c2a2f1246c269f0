/// A byte-pair encoding without a list of merges: adjacent symbols that together are a token merge, the best token first.
///
/// SentencePiece's begin with characters, tiktoken's with bytes. The order of equal ranks and the fall back to bytes are
/// llama.cpp's.
struct RankedPairModel: Sendable {
    /// The tokens.
    let table: TokenTable
    /// Of each id, its place in the order of merging, the lowest first.
    private let ranks: [Int32]
    /// Whether pieces are bytes, and one that is a token is taken as it is.
    let isByteLevel: Bool
    /// Of each byte, the token that stands for it.
    private let byteIDs: [Int32?]
    /// Ids that text need not become, whatever it spells.
    private let controlIDs: Set<Int32>
    /// Whether text may become one of them.
    var makesControl: Bool { !controlIDs.isEmpty }

    /// Creates a model of the tokens in `table`.
    ///
    /// - Parameter ranks: of each id, its place in the order of merging, the lowest first.
    init(table: TokenTable, ranks: [Int32], isByteLevel: Bool, controlIDs: Set<Int32>) {
        self.table = table
        self.ranks = ranks
        self.isByteLevel = isByteLevel
        self.controlIDs = controlIDs
        let named = isByteLevel ? [] : ByteTokens.ids(in: table)
        byteIDs = (UInt8.min...UInt8.max).map { byte in
            (named.isEmpty ? nil : named[Int(byte)]) ?? table.id(of: [byte], 0..<1)
        }
    }

    /// The order of merging that `scores`, by id, stand for: the highest first, equal ones together.
    static func ranks(ofScores scores: [Float]) -> [Int32] {
        let places = Dictionary(
            Set(scores).sorted(by: >).enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
        return scores.map { places[$0] ?? 0 }
    }

    /// Encodes the bytes `range` of `text`, calling `emit` with each id and the bytes it stands for.
    ///
    /// - Parameter room: room for merging.
    /// - Complexity: O(*n* log *n*) for a piece of *n* bytes.
    /// - Throws: ``TokenizerError`` when neither a character nor its bytes are in the vocabulary.
    func encode(
        _ text: [UInt8], _ range: Range<Int>, avoidsControl: Bool, _ room: inout MergeRoom,
        emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        if isByteLevel, let id = id(of: text, range, avoidsControl: avoidsControl) { return emit(id, range) }
        room.clear()
        var start = range.lowerBound
        while start < range.upperBound {
            let end = start + (isByteLevel ? 1 : text.scalar(at: start).width)
            room.chain.append(MergeRoom.Symbol(start: start, end: end))
            start = end
        }
        merge(&room, text, avoidsControl: avoidsControl)
        for symbol in room.chain where symbol.isLive {
            if let id = id(of: text, symbol.start..<symbol.end, avoidsControl: avoidsControl) {
                emit(id, symbol.start..<symbol.end)
                continue
            }
            for index in symbol.start..<symbol.end {
                guard let id = byteIDs[Int(text[index])] else {
                    throw UnigramModel.inexpressible(text, symbol.start..<symbol.end)
                }
                emit(id, index..<index + 1)
            }
        }
    }

    private func id(of text: [UInt8], _ range: Range<Int>, avoidsControl: Bool) -> Int32? {
        guard let id = table.id(of: text, range), !avoidsControl || !controlIDs.contains(id) else { return nil }
        return id
    }

    private func merge(_ room: inout MergeRoom, _ text: [UInt8], avoidsControl: Bool) {
        func consider(_ left: Int, _ room: inout MergeRoom) {
            guard left >= 0, room.chain[left].next >= 0 else { return }
            let both = room.chain[left].start..<room.chain[room.chain[left].next].end
            guard let id = id(of: text, both, avoidsControl: avoidsControl) else { return }
            room.heap.push(MergeRoom.Candidate(rank: ranks[Int(id)], position: Int32(left), id: id))
        }
        room.link()
        for index in room.chain.indices { consider(index, &room) }
        while let candidate = room.heap.pop() {
            let left = Int(candidate.position)
            let right = room.chain[left].next
            // A pair that has changed since has another length.
            guard room.chain[left].isLive, right >= 0,
                room.chain[right].end - room.chain[left].start == table[candidate.id]?.count
            else { continue }
            room.join(left, as: candidate.id)
            consider(room.chain[left].previous, &room)
            consider(left, &room)
        }
    }
}
