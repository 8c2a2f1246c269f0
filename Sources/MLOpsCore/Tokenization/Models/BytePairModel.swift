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

    /// Encodes the bytes `range` of `text`, calling `emit` with each id and the bytes it stands for.
    ///
    /// - Parameter avoidsControl: whether the text must not become any of ``controlIDs``, not even by merging.
    /// - Complexity: O(*n* log *n*) for a piece of *n* bytes.
    /// - Throws: ``TokenizerError`` when the unknown token is needed and the vocabulary lacks it.
    func encode(
        _ text: [UInt8], _ range: Range<Int>, avoidsControl: Bool, emit: (Int32, Range<Int>) -> Void
    ) throws(TokenizerError) {
        let isWhole = ignoresMerges || takesLineBreaksWhole && text[range].allSatisfy { $0 == 0x0A }
        if isWhole, let id = table.id(of: text, range), !avoidsControl || !controlIDs.contains(id) {
            return emit(id, range)
        }
        var chain = try firstSymbols(of: text, range)
        let avoided = avoidsControl ? controlIDs : []
        if chain.count <= 24 { mergeShort(&chain, avoided) } else { mergeLong(&chain, avoided) }
        for symbol in chain where symbol.isLive { emit(symbol.id, symbol.start..<symbol.end) }
    }

    /// A symbol of a piece.
    private struct Symbol {
        var id: Int32
        var start: Int
        var end: Int
        var previous: Int = -1
        var next: Int = -1
        /// False of one that was merged away.
        var isLive = true
    }

    private func firstSymbols(of text: [UInt8], _ range: Range<Int>) throws(TokenizerError) -> [Symbol] {
        var chain: [Symbol] = []
        chain.reserveCapacity(range.count)
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
        return chain
    }

    /// The character with what it has at the piece's edges; nil when it is just itself.
    private func spelling(of text: [UInt8], _ character: Range<Int>, in piece: Range<Int>) -> [UInt8]? {
        let begins = character.lowerBound == piece.lowerBound
        let ends = character.upperBound == piece.upperBound
        guard !begins && !continuingPrefix.isEmpty || ends && !endSuffix.isEmpty else { return nil }
        return (begins ? [] : continuingPrefix) + text[character] + (ends ? endSuffix : [])
    }

    private func merge(_ left: Int32, _ right: Int32, _ avoided: Set<Int32>) -> MergeTable.Merge? {
        guard let merge = merges[left, right], avoided.isEmpty || !avoided.contains(merge.id) else { return nil }
        return merge
    }

    /// Looks at every pair each time: fastest for a word.
    private func mergeShort(_ chain: inout [Symbol], _ avoided: Set<Int32>) {
        var ranks = [MergeTable.Merge?](repeating: nil, count: max(chain.count, 1))
        for index in chain.indices.dropLast() { ranks[index] = merge(chain[index].id, chain[index + 1].id, avoided) }
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
            ranks[best] = best + 1 < chain.count ? self.merge(merge.id, chain[best + 1].id, avoided) : nil
            if best > 0 { ranks[best - 1] = self.merge(chain[best - 1].id, merge.id, avoided) }
        }
    }

    /// A linked chain and a heap of candidate pairs: a long piece stays O(*n* log *n*).
    private func mergeLong(_ chain: inout [Symbol], _ avoided: Set<Int32>) {
        var heap = MergeHeap()
        func consider(_ index: Int, _ chain: [Symbol]) {
            guard index >= 0, chain[index].next >= 0 else { return }
            if let merge = merge(chain[index].id, chain[chain[index].next].id, avoided) {
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
            guard chain[left].isLive, right >= 0,
                merge(chain[left].id, chain[right].id, avoided)?.id == candidate.id
            else { continue }  // the pair was merged otherwise in the meantime
            chain[left].id = candidate.id
            chain[left].end = chain[right].end
            chain[left].next = chain[right].next
            chain[right].isLive = false
            if chain[right].next >= 0 { chain[chain[right].next].previous = left }
            consider(chain[left].previous, chain)
            consider(left, chain)
        }
    }
}
