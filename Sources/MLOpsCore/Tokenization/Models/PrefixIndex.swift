/// The tokens of a vocabulary in the order of their bytes, to find those that a text begins with.
struct PrefixIndex: Sendable {
    private var bytes: [UInt8] = []
    /// Where each token's bytes are, in the order of the bytes.
    private var ranges: [Range<Int>] = []
    private var ids: [Int32] = []
    /// Of each first byte, the first token that begins with it or a greater one.
    private var firsts: [Int] = []

    /// Creates an index of the tokens; of equal ones, the last is found. Empty ones are never found.
    ///
    /// - Complexity: O(*n* log *n*) for *n* tokens.
    init(_ vocabulary: ModelParts.Vocabulary) {
        let texts = vocabulary.texts
        let order = (0..<texts.count).filter { !texts[$0].isEmpty }.sorted { left, right in
            let (one, other) = (texts[left], texts[right])
            return one == other ? left < right : one.lexicographicallyPrecedes(other)
        }
        for (place, index) in order.enumerated() {
            if place + 1 < order.count, texts[order[place + 1]] == texts[index] { continue }
            ranges.append(bytes.count..<bytes.count + texts[index].count)
            bytes += texts[index]
            ids.append(vocabulary.ids[index])
        }
        firsts = Array(repeating: 0, count: 257)
        for range in ranges { firsts[Int(bytes[range.lowerBound]) + 1] += 1 }
        for byte in 1...256 { firsts[byte] += firsts[byte - 1] }
    }

    /// Calls `each` with every token that the bytes of `text` from `start` on begin with, the shortest first.
    ///
    /// - Complexity: O(*l* log *n*) where *l* is the length of the longest such token.
    func forEachPrefix(of text: [UInt8], from start: Int, to end: Int, _ each: (_ id: Int32, _ end: Int) -> Void) {
        guard start < end else { return }
        var lower = firsts[Int(text[start])]
        var upper = firsts[Int(text[start]) + 1]
        var length = 1
        while lower < upper {
            if ranges[lower].count == length {
                each(ids[lower], start + length)
                lower += 1
            }
            guard start + length < end else { return }
            let byte = text[start + length]
            lower = partition(lower, upper) { bytes[ranges[$0].lowerBound + length] < byte }
            upper = partition(lower, upper) { bytes[ranges[$0].lowerBound + length] == byte }
            length += 1
        }
    }

    /// The first place in `lower..<upper` for which `isBefore` does not hold; it holds for none after that.
    private func partition(_ lower: Int, _ upper: Int, _ isBefore: (Int) -> Bool) -> Int {
        var (lower, upper) = (lower, upper)
        while lower < upper {
            let middle = (lower + upper) / 2
            if isBefore(middle) { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
