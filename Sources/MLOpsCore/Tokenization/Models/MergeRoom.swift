/// Room in which the symbols of one piece are merged, kept from piece to piece.
struct MergeRoom: Sendable {
    /// A symbol of a piece.
    struct Symbol: Sendable, BitwiseCopyable {
        var id: Int32 = -1
        var start: Int
        var end: Int
        var previous: Int = -1
        var next: Int = -1
        /// False of one that was merged away.
        var isLive = true
    }

    /// Two adjacent symbols that may become one: the lowest rank goes first, the leftmost of equals.
    struct Candidate: Sendable, Comparable, BitwiseCopyable {
        var rank: Int32
        /// The left symbol's index.
        var position: Int32
        /// What they become.
        var id: Int32

        static func < (left: Candidate, right: Candidate) -> Bool {
            left.rank != right.rank ? left.rank < right.rank : left.position < right.position
        }
    }

    /// The piece's symbols.
    var chain: [Symbol] = []
    /// What each symbol and the next one become.
    var merges: [MergeTable.Merge] = []
    /// What may be merged; empty between pieces.
    var heap = BinaryHeap<Candidate>()

    /// Forgets the last piece.
    mutating func clear() { chain.removeAll(keepingCapacity: true) }

    /// Links the symbols to those before and after them.
    mutating func link() {
        for index in chain.indices {
            chain[index].previous = index - 1
            chain[index].next = index + 1 < chain.count ? index + 1 : -1
        }
    }

    /// Makes the symbol `left` and the one after it one symbol.
    mutating func join(_ left: Int, as id: Int32) {
        let right = chain[left].next
        chain[left].id = id
        chain[left].end = chain[right].end
        chain[left].next = chain[right].next
        chain[right].isLive = false
        if chain[right].next >= 0 { chain[chain[right].next].previous = left }
    }
}
