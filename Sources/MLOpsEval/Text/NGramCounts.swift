/// Counts of the n-grams of several texts, comparable because the texts share one numbering.
///
/// An n-gram is numbered by the pair (its first n − 1 words, its last word), order by order, so the cost of a text
/// is its length times the highest order, whatever the words are.
struct NGramCounter {
    private struct Pair: Hashable { var head: Int32, last: Int32 }
    private var orders: [Interner<Pair>]

    /// Counts n-grams of 1…`highestOrder` words.
    init(highestOrder: Int) {
        orders = Array(repeating: Interner(), count: highestOrder)
    }

    /// Returns, for each order from 1, how often each n-gram stands in `words`.
    mutating func counts(of words: [Int32]) -> [NGramCounts] {
        var heads = Array(repeating: Int32(-1), count: words.count)
        return orders.indices.map { order in
            var counts = NGramCounts()
            guard words.count > order else { return counts }
            for start in 0..<(words.count - order) {
                heads[start] = orders[order].id(of: Pair(head: heads[start], last: words[start + order]))
                counts.add(heads[start])
            }
            return counts
        }
    }
}

/// How often each n-gram of one order stands in a text.
struct NGramCounts {
    private(set) var counts: [Int32: Int] = [:]
    /// How many n-grams the text has, repetitions counted.
    private(set) var total = 0

    /// Counts one more of `gram`.
    mutating func add(_ gram: Int32) {
        counts[gram, default: 0] += 1
        total += 1
    }

    /// Raises each count to that of `other`, as several references count together.
    mutating func formUnion(_ other: NGramCounts) {
        counts.merge(other.counts, uniquingKeysWith: max)
        total = counts.values.reduce(0, +)
    }

    /// How many n-grams of this text are matched by those of `other`, each used once.
    func matches(_ other: NGramCounts) -> Int {
        counts.reduce(0) { $0 + min($1.value, other.counts[$1.key] ?? 0) }
    }
}
