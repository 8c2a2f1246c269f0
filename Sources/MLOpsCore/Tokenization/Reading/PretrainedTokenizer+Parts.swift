extension PretrainedTokenizer {
    /// The most ids a vocabulary may have: far more than any has, few enough that a table of them fits in memory.
    static let maximumVocabulary: Int32 = 1 << 22

    /// Builds the tokenizer of `parts`.
    ///
    /// - Throws: ``TokenizerError`` when they contradict each other.
    init(_ parts: TokenizerParts) throws(TokenizerError) {
        var size: Int32 = 0
        for id in parts.model.vocabulary.ids + parts.added.map(\.id) {
            guard id >= 0, id < Self.maximumVocabulary else {
                throw TokenizerError(
                    .malformed,
                    "\(parts.origin): the token id \(id) is out of range (0 to \(Self.maximumVocabulary - 1)).")
            }
            size = max(size, id + 1)
        }
        vocabularySize = Int(size)
        let lowered = Self.lowered(parts)
        let controlIDs = Set(parts.added.filter(\.isSpecial).map(\.id))
        (model, unusual) = try TokenModel.make(
            parts.model, size: Int(size), isByteLevel: lowered.isByteLevel, controlIDs: controlIDs,
            origin: parts.origin)
        normalizer = parts.normalizer
        division = DivisionPlan(lowered.pretokenizer)
        postProcessor = parts.postProcessor
        frame = parts.postProcessor.map(\.frame) ?? ([], [])
        decoder = parts.decoder
        // A token that is looked for in normalised text is spelt normalised, too, when it is written out.
        var spellings: [[UInt8]] = []
        for token in parts.added {
            let text = TracedText(Array(token.content.utf8))
            let spelling = (token.isNormalized ? try parts.normalizer?.normalized(text) ?? text : text).bytes
            guard !spelling.isEmpty else {
                throw TokenizerError(
                    .unsupported,
                    "\(parts.origin): nothing is left of the added token \"\(token.content.prefix(60))\" when it is normalised."
                )
            }
            spellings.append(spelling)
        }
        added = Dictionary(
            zip(parts.added, spellings).map { token, spelling in
                var token = token
                // The reference knows control tokens by the spelling in the file: a changed one is text when decoding.
                token.isSpecial = token.isSpecial && spelling.elementsEqual(token.content.utf8)
                token.content = String(decoding: spelling, as: UTF8.self)
                return (token.id, token)
            }
        ) { _, last in last }
        // Both spellings name it: the file's, and the normalised one that `token(_:)` gives.
        let names = parts.added.map { (Array($0.content.utf8), $0.id) }
        addedIDs = Dictionary(names + added.map { (Array($1.content.utf8), $0) }) { first, _ in first }
        func finder(_ isNormalized: Bool) -> AddedTokenFinder {
            AddedTokenFinder(
                zip(parts.added, spellings).filter { $0.0.isNormalized == isNormalized }.map {
                    (token: $0, spelling: $1)
                }, longestFirst: parts.findsLongestFirst)
        }
        rawFinder = finder(false)
        normalizedFinder = finder(true)
        bosID = parts.special.bos
        eosID = parts.special.eos
        padID = parts.special.pad
    }

    /// The pre-tokenizer without its last step where that writes bytes in the byte alphabet and the model can take the bytes
    /// themselves: the same tokens for less work.
    private static func lowered(_ parts: TokenizerParts) -> (pretokenizer: Pretokenizer?, isByteLevel: Bool) {
        guard case .bytePair(let model) = parts.model, !model.fallsBackToBytes, model.continuingPrefix.isEmpty,
            model.endSuffix.isEmpty, let pretokenizer = parts.pretokenizer
        else { return (parts.pretokenizer, false) }
        var steps = pretokenizer.flattened
        guard steps.last == .byteAlphabet else { return (pretokenizer, false) }
        steps.removeLast()
        guard !steps.contains(.byteAlphabet) else { return (pretokenizer, false) }
        return (.sequence(steps), true)
    }
}

extension Pretokenizer {
    /// The steps, those of sequences in sequences among them.
    var flattened: [Pretokenizer] {
        guard case .sequence(let steps) = self else { return [self] }
        return steps.flatMap(\.flattened)
    }
}
