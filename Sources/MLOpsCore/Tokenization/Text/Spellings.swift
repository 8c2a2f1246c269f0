/// Spellings of tokens, as the bytes they stand for where they are written in the byte alphabet.
struct Spellings: Sendable {
    /// The spellings.
    private(set) var list = TokenList()
    /// Those that are not written in the byte alphabet, and stand as they are.
    private var unusual: Set<Int> = []

    /// Takes spellings that are not written in the byte alphabet.
    init(_ list: TokenList) { self.list = list }

    /// Takes spellings that are written in the byte alphabet, most of them.
    fileprivate init(alphabetical texts: TokenList) {
        let (list, others) = texts.decodingByteAlphabet()
        self.list = list
        unusual = Set(others)
    }

    /// Whether the spelling at `index` is what the vocabulary's bytes are.
    func isBytes(_ index: Int) -> Bool { unusual.isEmpty || !unusual.contains(index) }
}

extension TokenList {
    /// The spellings as the bytes they stand for in the byte alphabet.
    var inBytes: Spellings { Spellings(alphabetical: self) }
}
