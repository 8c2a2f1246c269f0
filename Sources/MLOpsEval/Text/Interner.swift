/// Small whole numbers for words, so that n-grams are compared and counted as numbers.
struct Interner<Word: Hashable> {
    private var ids: [Word: Int32] = [:]

    /// The number of `word`: equal words have equal numbers, counted from 0 in order of appearance.
    mutating func id(of word: Word) -> Int32 {
        if let known = ids[word] { return known }
        let id = Int32(ids.count)
        ids[word] = id
        return id
    }

    /// The numbers of `words`.
    mutating func ids(of words: some Sequence<Word>) -> [Int32] {
        words.map { id(of: $0) }
    }
}
