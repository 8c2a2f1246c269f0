/// Learns merges: again and again the most frequent pair of adjacent tokens becomes a token.
///
/// The counts of pairs are kept up to date by what each merge changes, and a queue knows the most frequent one. What a
/// candidate of the queue says may be out of date; then it goes back in with its present count. This is the order in which
/// `BpeTrainer` of Hugging Face's tokenizers merges, and where two merges make the same token, that order decides the rest.
struct MergeLearner {
    /// A pair that may be merged: how often it occurred when it was put in, and where.
    struct Candidate: Comparable {
        /// The pair, the left token in the high half.
        var pair: UInt64
        var count: Int
        /// The pieces it occurs in.
        var pieces: [Int32]
        /// Makes the order total, and so the result the same each time.
        var number: Int

        static func == (left: Candidate, right: Candidate) -> Bool { left.number == right.number }

        static func < (left: Candidate, right: Candidate) -> Bool {
            if left.count != right.count { return left.count > right.count }
            return left.pair != right.pair ? left.pair < right.pair : left.number < right.number
        }
    }

    /// A piece of the corpus: a range of ``symbols``, which gets shorter.
    private struct Piece {
        var start: Int
        var count: Int
        var occurrences: Int
    }

    /// The ids that every piece is made of at present.
    private var symbols: [Int32] = []
    private var pieces: [Piece] = []
    private var pairCounts: [UInt64: Int] = [:]
    /// The most frequent pair first; of equally frequent ones that with the lower ids.
    private var queue = BinaryHeap<Candidate>()
    private var nextNumber = 0
    /// The pieces in which a pair arose during a merge, and the pairs in the order in which they arose.
    private var arisen: [UInt64: [Int32]] = [:]
    private var arisenPairs: [UInt64] = []
    /// How many bytes each token has.
    private var lengths: [Int]
    private let maximumLength: Int

    /// The key of a pair.
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Takes the pieces of `counts` apart.
    ///
    /// - Parameters:
    ///   - ids: the token of each byte.
    ///   - lengths: how many bytes each token has.
    ///   - maximumLength: pairs that are as long or longer are not counted where they arise.
    init(_ counts: [[UInt8]: Int], ids: [Int32], lengths: [Int], maximumLength: Int) {
        self.lengths = lengths
        self.maximumLength = maximumLength
        pieces.reserveCapacity(counts.count)
        symbols.reserveCapacity(counts.keys.reduce(0) { $0 + $1.count })
        for (bytes, occurrences) in counts {
            pieces.append(Piece(start: symbols.count, count: bytes.count, occurrences: occurrences))
            for byte in bytes { symbols.append(ids[Int(byte)]) }
        }
        for (number, piece) in pieces.enumerated() {
            for index in piece.start..<piece.start + max(piece.count - 1, 0) {
                let pair = Self.key(symbols[index], symbols[index + 1])
                pairCounts[pair, default: 0] += piece.occurrences
                arise(pair, in: Int32(number))
            }
        }
        enqueueArisen()
    }

    /// Takes the most frequent pair out of the queue; nil when there is none left.
    mutating func next() -> Candidate? {
        while var candidate = queue.pop() {
            let count = pairCounts[candidate.pair, default: 0]
            if candidate.count == count { return candidate }
            candidate.count = count
            queue.push(candidate)
        }
        return nil
    }

    /// Makes the pair of `candidate` the token `id`, of `length` bytes, in the pieces it names.
    mutating func merge(_ candidate: Candidate, into id: Int32, length: Int) {
        if Int(id) == lengths.count { lengths.append(length) }
        let left = Int32(truncatingIfNeeded: candidate.pair >> 32)
        let right = Int32(truncatingIfNeeded: candidate.pair)
        for number in candidate.pieces { merge(left, right, into: id, in: number) }
        enqueueArisen()
    }

    private mutating func merge(_ left: Int32, _ right: Int32, into id: Int32, in number: Int32) {
        let piece = pieces[Int(number)]
        let end = piece.start + piece.count
        var read = piece.start
        var write = piece.start
        while read < end {
            if symbols[read] == left, read + 1 < end, symbols[read + 1] == right {
                if write > piece.start {
                    let before = symbols[write - 1]
                    pairCounts[Self.key(before, left), default: 0] -= piece.occurrences
                    count(before, id, in: number)
                }
                if read + 2 < end {
                    let after = symbols[read + 2]
                    pairCounts[Self.key(right, after), default: 0] -= piece.occurrences
                    count(id, after, in: number)
                }
                symbols[write] = id
                read += 2
            } else {
                symbols[write] = symbols[read]
                read += 1
            }
            write += 1
        }
        pieces[Int(number)].count = write - piece.start
    }

    private mutating func count(_ left: Int32, _ right: Int32, in number: Int32) {
        guard lengths[Int(left)] + lengths[Int(right)] < maximumLength else { return }
        let pair = Self.key(left, right)
        pairCounts[pair, default: 0] += pieces[Int(number)].occurrences
        arise(pair, in: number)
    }

    /// Notes that `pair` arose in a piece. Pieces come one after another, so only the last can be there already.
    private mutating func arise(_ pair: UInt64, in number: Int32) {
        guard let last = arisen[pair]?.last else {
            arisen[pair] = [number]
            arisenPairs.append(pair)
            return
        }
        if last != number { arisen[pair]?.append(number) }
    }

    private mutating func enqueueArisen() {
        for pair in arisenPairs {
            if let count = pairCounts[pair], count > 0, let pieces = arisen[pair] {
                queue.push(Candidate(pair: pair, count: count, pieces: pieces, number: nextNumber))
                nextNumber += 1
            }
        }
        arisen.removeAll(keepingCapacity: false)
        arisenPairs.removeAll(keepingCapacity: true)
    }
}
