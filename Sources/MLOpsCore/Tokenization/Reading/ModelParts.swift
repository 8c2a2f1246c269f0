/// A vocabulary and how it divides words, as a file describes it.
enum ModelParts {
    case bytePair(BytePair)
    case unigram(Unigram)
    /// `ranks`: of each id, its place in the order of merging; `isByteLevel`: spellings are bytes, not characters.
    case rankedPair(Vocabulary, ranks: [Int32], isByteLevel: Bool)
    /// The longest token wherever one begins: RWKV's; spellings are bytes.
    case longestMatch(Vocabulary, unknownID: Int32?)
    /// PLaMo 2's: `scores` of each id, and the ids that stand for bytes.
    case backwardUnigram(Vocabulary, scores: [Float], bytes: Set<Int32>)
    case wordPiece(Vocabulary, unknown: String, prefix: String, maximumCharacters: Int)
    case wordLevel(Vocabulary, unknown: String)

    /// Tokens and their ids.
    struct Vocabulary {
        /// The spellings.
        var texts = TokenList()
        /// Their ids.
        var ids: [Int32] = []

        /// Appends a token.
        mutating func append(_ text: some Sequence<UInt8>, id: Int32) {
            texts.append(text)
            ids.append(id)
        }

        /// Returns the tokens for which `isIncluded` holds.
        func filter(_ isIncluded: (Int32) -> Bool) -> Vocabulary {
            var some = Vocabulary()
            for (place, id) in ids.enumerated() where isIncluded(id) { some.append(texts[place], id: id) }
            return some
        }
    }

    /// See ``BytePairModel``.
    struct BytePair {
        var vocabulary = Vocabulary()
        /// Pairs to merge, the first one first: left and right one after the other.
        var merges = TokenList()
        var unknown: String?
        var fusesUnknown = false
        var ignoresMerges = false
        var fallsBackToBytes = false
        var takesLineBreaksWhole = false
        var continuingPrefix = ""
        var endSuffix = ""
    }

    /// See ``UnigramModel``; the ids are the places in the list.
    struct Unigram {
        var vocabulary = Vocabulary()
        var scores: [Double] = []
        var unknownID: Int32?
        var fallsBackToBytes = false
        /// What is different in llama.cpp; nil in a `tokenizer.json`.
        var matching: Matching?

        /// Which tokens text may become, and what a character in none of them scores.
        struct Matching {
            var ids: [Int32]
            var unknownScore: Double
        }
    }

    /// Spellings and ids.
    var vocabulary: Vocabulary {
        switch self {
        case .bytePair(let model): model.vocabulary
        case .unigram(let model): model.vocabulary
        case .rankedPair(let vocabulary, _, _), .longestMatch(let vocabulary, _), .wordPiece(let vocabulary, _, _, _),
            .backwardUnigram(let vocabulary, _, _),
            .wordLevel(let vocabulary, _):
            vocabulary
        }
    }
}
