internal import OrderedCollections

/// Learns the vocabulary of a byte-level byte-pair encoding from a corpus.
///
/// ```swift
/// var counts = try PieceCounts()
/// try counts.add(linesOf: text)
/// let vocabulary = try BPETrainer(vocabularySize: 4096, specialTokens: ["<|im_end|>"]).train(on: counts)
/// ```
///
/// The tokens and merges are those of `BpeTrainer` of Hugging Face's tokenizers with the whole byte alphabet, and the same
/// each time.
public struct BPETrainer: Sendable, Hashable {
    /// How many tokens there shall be, special ones and the 256 bytes among them.
    public var vocabularySize: Int
    /// How often a pair must occur to become a token.
    public var minimumFrequency: Int
    /// Tokens that stand for no text; they get the first ids.
    public var specialTokens: [String]
    /// What tokens of more than two bytes stay under, in bytes; nil: nothing.
    public var maximumTokenLength: Int?

    /// The largest vocabulary that is learned.
    public static let largestVocabulary = 1 << 20

    /// Creates a trainer.
    public init(
        vocabularySize: Int, minimumFrequency: Int = 0, specialTokens: [String] = [], maximumTokenLength: Int? = nil
    ) {
        self.vocabularySize = vocabularySize
        self.minimumFrequency = minimumFrequency
        self.specialTokens = specialTokens
        self.maximumTokenLength = maximumTokenLength
    }

    /// Learns the vocabulary of a corpus; a small corpus may hold fewer pairs than were asked for.
    ///
    /// - Throws: ``TokenizerError`` when the settings fit no vocabulary, `CancellationError` when the task is cancelled.
    /// - Complexity: O(*n* log *n*) for different pieces of *n* bytes together, and for each merge time proportional to
    ///   the pieces it changes.
    public func train(on counts: PieceCounts) throws -> LearnedVocabulary {
        try check()
        // Tokens as the file will write them. Bytes, not `String`s, are compared: two spellings of `é` are two tokens.
        var tokens = specialTokens.map { Array($0.utf8) }
        // How many bytes a token stands for: its characters, as long as it is written in the byte alphabet.
        var lengths = specialTokens.map(\.unicodeScalars.count)
        var byteIDs = [Int32](repeating: 0, count: 256)
        for byte in ByteAlphabet.order {
            byteIDs[Int(byte)] = Int32(tokens.count)
            tokens.append(Array(ByteAlphabet.text(of: [byte]).utf8))
            lengths.append(1)
        }
        var ids = Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, Int32($0)) })

        var learner = MergeLearner(
            counts.counts, ids: byteIDs, lengths: lengths, maximumLength: maximumTokenLength ?? .max)
        // A pair can be learned twice, when another merge made one of its tokens anew; its place is then the later one.
        var merges: OrderedSet<UInt64> = []
        while tokens.count < vocabularySize, let candidate = learner.next() {
            try Task.checkCancellation()
            guard candidate.count >= max(minimumFrequency, 1) else { break }
            let (left, right) = (Int(candidate.pair >> 32), Int(candidate.pair & 0xFFFF_FFFF))
            let token = tokens[left] + tokens[right]
            let id = ids[token] ?? Int32(tokens.count)
            if Int(id) == tokens.count {
                ids[token] = id
                tokens.append(token)
                lengths.append(lengths[left] + lengths[right])
            }
            if merges.contains(candidate.pair) { merges.remove(candidate.pair) }
            merges.append(candidate.pair)
            learner.merge(candidate, into: id, length: lengths[Int(id)])
        }
        return LearnedVocabulary(
            tokens: tokens.map { String(decoding: $0, as: UTF8.self) }, specialTokens: specialTokens,
            merges: merges.map { (Int32(truncatingIfNeeded: $0 >> 32), Int32(truncatingIfNeeded: $0)) })
    }

    private func check() throws(TokenizerError) {
        var seen: Set<[UInt8]> = []
        for token in specialTokens {
            guard !token.isEmpty else {
                throw TokenizerError(.malformed, "A special token is empty. Give it a spelling.")
            }
            guard seen.insert(Array(token.utf8)).inserted else {
                throw TokenizerError(
                    .malformed, "The special token \"\(token.prefix(60))\" is named twice. Name it once.")
            }
            guard token.unicodeScalars.count > 1 || ByteAlphabet.bytes(of: token) == nil else {
                throw TokenizerError(
                    .malformed,
                    "The special token \"\(token)\" is how vocabularies write a byte, which no text could hold then. "
                        + "Use a longer one, such as \"<|\(token)|>\".")
            }
        }
        let least = specialTokens.count + 256
        guard (least...max(least, Self.largestVocabulary)).contains(vocabularySize) else {
            throw TokenizerError(
                .malformed,
                "A vocabulary of \(vocabularySize) tokens cannot be learned: 256 bytes and \(specialTokens.count) "
                    + "special tokens are \(least), and at most \(Self.largestVocabulary) tokens are learned.")
        }
    }
}

extension ByteAlphabet {
    /// The bytes in the order of the characters that write them, which is the order of their tokens.
    fileprivate static let order = (UInt8.min...UInt8.max).sorted {
        text(of: [$0]).unicodeScalars.lexicographicallyPrecedes(text(of: [$1]).unicodeScalars)
    }
}
