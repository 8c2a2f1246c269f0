/// The vocabulary of a byte-pair encoding, and the merges that build its tokens.
///
/// A piece of text starts as single symbols; again and again the adjacent pair with the lowest rank, the leftmost
/// of equals, becomes one symbol, until no pair has a rank.
struct BytePairModel: Sendable {
    /// What two adjacent symbols become.
    struct Merge: Sendable, Hashable {
        var rank: Int32
        var id: Int32
    }

    /// What a piece's first symbols are.
    enum Symbols: Sendable, Hashable {
        /// Bytes.
        case bytes
        /// Characters; one that is not in the vocabulary becomes the tokens of its bytes, if there are such.
        case characters(byteFallback: [Int32]?)
    }

    /// The tokens: in a byte-level vocabulary as the bytes they stand for.
    var table: TokenTable
    /// Merges by the pair of ids, the left one in the high half.
    var merges: [UInt64: Merge]
    /// What a piece's first symbols are.
    var symbols: Symbols
    /// What stands for a symbol that is not in the vocabulary; without it such a symbol is dropped, as the reference does.
    var unknownID: Int32?
    /// Whether unknown symbols in a row are one token.
    var fusesUnknown = false
    /// Whether a piece that is a token is taken as it is.
    var ignoresMerges = false
    /// Ids that text never becomes, whatever it spells.
    var controlIDs: Set<Int32> = []

    /// The key of a pair in ``merges``.
    static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Encodes `piece`, calling `emit` with each id and the bytes of the piece it stands for.
    ///
    /// - Complexity: O(*n* log *n*) for a piece of *n* bytes.
    func encode(_ piece: [UInt8], emit: (Int32, Range<Int>) -> Void) {
        if ignoresMerges, let id = table.id(of: piece, piece.indices), !controlIDs.contains(id) {
            emit(id, piece.indices)
            return
        }
        var chain = firstSymbols(of: piece)
        if chain.count <= 24 { mergeShort(&chain) } else { mergeLong(&chain) }
        for symbol in chain where symbol.end > symbol.start { emit(symbol.id, symbol.start..<symbol.end) }
    }

    /// A symbol of a piece; one that was merged away is empty.
    private struct Symbol {
        var id: Int32
        var start: Int
        var end: Int
        var previous: Int = -1
        var next: Int = -1
    }

    private func firstSymbols(of piece: [UInt8]) -> [Symbol] {
        var chain: [Symbol] = []
        chain.reserveCapacity(piece.count)
        var start = 0
        var lastIsUnknown = false
        while start < piece.count {
            var end = start + 1
            if case .characters = symbols { while end < piece.count, piece[end] & 0xC0 == 0x80 { end += 1 } }
            defer { start = end }
            if let id = table.id(of: piece, start..<end) {
                chain.append(Symbol(id: id, start: start, end: end))
                lastIsUnknown = false
            } else if case .characters(let fallback?) = symbols {
                for index in start..<end {
                    chain.append(Symbol(id: fallback[Int(piece[index])], start: index, end: index + 1))
                }
                lastIsUnknown = false
            } else if let unknownID {
                if fusesUnknown, lastIsUnknown {
                    chain[chain.count - 1].end = end
                } else {
                    chain.append(Symbol(id: unknownID, start: start, end: end))
                }
                lastIsUnknown = true
            }
        }
        return chain
    }

    /// Looks at every pair each time: fastest for a word.
    private func mergeShort(_ chain: inout [Symbol]) {
        var ranks = [Merge?](repeating: nil, count: max(chain.count, 1))
        for index in chain.indices.dropLast() { ranks[index] = merges[Self.key(chain[index].id, chain[index + 1].id)] }
        while chain.count > 1 {
            var best = -1
            var lowest = Int32.max
            for index in 0..<chain.count - 1 {
                if let merge = ranks[index], merge.rank < lowest {
                    lowest = merge.rank
                    best = index
                }
            }
            guard best >= 0, let merge = ranks[best] else { return }
            chain[best].id = merge.id
            chain[best].end = chain[best + 1].end
            chain.remove(at: best + 1)
            ranks.remove(at: best + 1)
            ranks[best] = best + 1 < chain.count ? merges[Self.key(merge.id, chain[best + 1].id)] : nil
            if best > 0 { ranks[best - 1] = merges[Self.key(chain[best - 1].id, merge.id)] }
        }
    }

    /// A linked chain and a heap of candidate pairs: a long piece stays O(*n* log *n*).
    private func mergeLong(_ chain: inout [Symbol]) {
        var heap = MergeHeap()
        func consider(_ index: Int, _ chain: [Symbol]) {
            guard index >= 0, chain[index].next >= 0 else { return }
            if let merge = merges[Self.key(chain[index].id, chain[chain[index].next].id)] {
                heap.push(MergeHeap.Candidate(rank: merge.rank, position: Int32(index), id: merge.id))
            }
        }
        for index in chain.indices {
            chain[index].previous = index - 1
            chain[index].next = index + 1 < chain.count ? index + 1 : -1
        }
        for index in chain.indices { consider(index, chain) }
        while let candidate = heap.pop() {
            let left = Int(candidate.position)
            let right = chain[left].next
            guard chain[left].end > chain[left].start, right >= 0,
                merges[Self.key(chain[left].id, chain[right].id)]?.id == candidate.id
            else { continue }  // the pair was merged otherwise in the meantime
            chain[left].id = candidate.id
            chain[left].end = chain[right].end
            chain[left].next = chain[right].next
            chain[right].end = chain[right].start
            if chain[right].next >= 0 { chain[chain[right].next].previous = left }
            consider(chain[left].previous, chain)
            consider(left, chain)
        }
    }
}
