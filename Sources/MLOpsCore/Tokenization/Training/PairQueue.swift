/// Pairs of tokens that may be merged, the most frequent first; of equally frequent ones that with the lower ids.
struct PairQueue {
    /// A pair, how often it occurred when it was put in, and where.
    struct Candidate {
        /// The pair, the left token in the high half.
        var pair: UInt64
        var count: Int
        /// The pieces it occurs in.
        var pieces: [Int32]
        /// Makes the order total, and so the result the same each time.
        var number: Int

        static func < (left: Candidate, right: Candidate) -> Bool {
            if left.count != right.count { return left.count > right.count }
            return left.pair != right.pair ? left.pair < right.pair : left.number < right.number
        }
    }

    private var items: [Candidate] = []
    private var nextNumber = 0

    /// Puts a pair in.
    mutating func push(_ pair: UInt64, count: Int, pieces: [Int32]) {
        push(Candidate(pair: pair, count: count, pieces: pieces, number: nextNumber))
        nextNumber += 1
    }

    /// Puts a candidate back in.
    mutating func push(_ candidate: Candidate) {
        items.append(candidate)
        var index = items.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard items[index] < items[parent] else { return }
            items.swapAt(index, parent)
            index = parent
        }
    }

    /// Takes the first out.
    mutating func pop() -> Candidate? {
        guard let last = items.popLast() else { return nil }
        guard let first = items.first else { return last }
        items[0] = last
        var index = 0
        while true {
            let left = 2 * index + 1
            guard left < items.count else { return first }
            let child = left + 1 < items.count && items[left + 1] < items[left] ? left + 1 : left
            guard items[child] < items[index] else { return first }
            items.swapAt(index, child)
            index = child
        }
    }
}
