extension TokenModel {
    /// Builds the model of `parts`.
    ///
    /// - Parameters:
    ///   - size: how many ids there are.
    ///   - isByteLevel: whether pieces are bytes, which the vocabulary writes in the byte alphabet.
    ///   - controlIDs: ids that text must not become unless it is allowed to.
    ///   - origin: the file, for messages.
    /// - Returns: the model, and the tokens that are not written in the byte alphabet where the others are.
    /// - Throws: ``TokenizerError`` when the parts contradict each other.
    static func make(
        _ parts: ModelParts, size: Int, isByteLevel: Bool, controlIDs: Set<Int32>, origin: String
    ) throws(TokenizerError) -> (TokenModel, unusual: [Int32: String]) {
        func table(_ vocabulary: ModelParts.Vocabulary) throws(TokenizerError) -> TokenTable {
            var table = TokenTable(count: size)
            for (index, id) in vocabulary.ids.enumerated() where !table.insert(vocabulary.texts[index], id: id) {
                throw repeated(vocabulary.texts.text(index), origin)
            }
            return table
        }
        func id(of text: String, in table: TokenTable) -> Int32? {
            let bytes = Array(text.utf8)
            return table.id(of: bytes, bytes.indices)
        }
        switch parts {
        case .bytePair(let parts):
            return try bytePair(parts, size: size, isByteLevel: isByteLevel, controlIDs: controlIDs, origin: origin)
        case .rankedPair(let vocabulary, let ranks, let isByteLevel):
            let model = RankedPairModel(
                table: try table(vocabulary), ranks: ranks, isByteLevel: isByteLevel, controlIDs: controlIDs)
            return (.rankedPair(model), [:])
        case .unigram(let parts):
            if let unknownID = parts.unknownID, !parts.scores.indices.contains(Int(unknownID)) {
                throw TokenizerError(.malformed, "\(origin): unk_id \(unknownID) is no token of the vocabulary.")
            }
            return (.unigram(UnigramModel(parts, controlIDs: controlIDs)), [:])
        case .longestMatch(let vocabulary, let unknownID):
            var table = TokenTable(count: size)
            // Of equal spellings the last one is found, as in llama.cpp.
            for index in vocabulary.ids.indices.reversed() {
                table.insert(vocabulary.texts[index], id: vocabulary.ids[index])
            }
            return (
                .longestMatch(
                    LongestMatchModel(
                        table: table, vocabulary: vocabulary, unknownID: unknownID, controlIDs: controlIDs)), [:]
            )
        case .backwardUnigram(let vocabulary, let scores, let bytes):
            var table = TokenTable(count: size)
            // Of equal spellings the last one is found, as in llama.cpp.
            for index in vocabulary.ids.indices.reversed() {
                table.insert(vocabulary.texts[index], id: vocabulary.ids[index])
            }
            let model = BackwardUnigramModel(
                table: table, vocabulary: vocabulary, scores: scores, bytes: bytes, controlIDs: controlIDs)
            guard let model else {
                throw TokenizerError(.malformed, "\(origin): not every byte from <0x00> to <0xFF> has a token.")
            }
            return (.backwardUnigram(model), [:])
        case .wordPiece(let vocabulary, let unknown, let prefix, let maximumCharacters):
            let table = try table(vocabulary)
            let model = WordPieceModel(
                table: table, unknownID: id(of: unknown, in: table), unknown: unknown, prefix: Array(prefix.utf8),
                maximumCharacters: maximumCharacters, controlIDs: controlIDs)
            return (.wordPiece(model), [:])
        case .wordLevel(let vocabulary, let unknown):
            let table = try table(vocabulary)
            let model = WordLevelModel(
                table: table, unknownID: id(of: unknown, in: table), unknown: unknown, controlIDs: controlIDs)
            return (.wordLevel(model), [:])
        }
    }

    private static func bytePair(
        _ parts: ModelParts.BytePair, size: Int, isByteLevel: Bool, controlIDs: Set<Int32>, origin: String
    ) throws(TokenizerError) -> (TokenModel, unusual: [Int32: String]) {
        var table = TokenTable(count: size)
        var unusual: [Int32: String] = [:]
        var unusualIDs: [[UInt8]: Int32] = [:]
        let texts = isByteLevel ? parts.vocabulary.texts.inBytes : Spellings(parts.vocabulary.texts)
        table.reserveBytes(texts.list.bytes.count)
        for (index, id) in parts.vocabulary.ids.enumerated() {
            let isNew: Bool
            if texts.isBytes(index) {
                isNew = table.insert(texts.list[index], id: id)
            } else {
                unusual[id] = String(decoding: texts.list[index], as: UTF8.self)
                isNew = unusualIDs.updateValue(id, forKey: Array(texts.list[index])) == nil
            }
            guard isNew else { throw repeated(parts.vocabulary.texts.text(index), origin) }
        }
        let pairs = isByteLevel ? parts.merges.inBytes : Spellings(parts.merges)
        func id(of text: [UInt8], _ range: Range<Int>, isBytes: Bool) -> Int32? {
            isBytes ? table.id(of: text, range) : unusualIDs[Array(text[range])]
        }
        var isControl = [Bool](repeating: false, count: size)
        for id in controlIDs { isControl[Int(id)] = true }
        var merges = MergeTable(capacity: parts.merges.count / 2)
        let prefix = Array(parts.continuingPrefix.utf8)
        var joined: [UInt8] = []
        var last: Int32 = -1
        // A control token of one character may be a first symbol.
        var hasControlMerges = controlIDs.contains { (table[$0]?.count ?? .max) <= 4 }
        for rank in 0..<parts.merges.count / 2 {
            let (one, other) = (2 * rank, 2 * rank + 1)
            func failure(_ what: String) -> TokenizerError {
                TokenizerError(
                    .malformed,
                    "\(origin): merge \(rank + 1) (\"\(parts.merges.text(one)) \(parts.merges.text(other))\") \(what).")
            }
            let (first, second) = (pairs.list.range(one), pairs.list.range(other))
            guard let left = id(of: pairs.list.bytes, first, isBytes: pairs.isBytes(one)),
                let right = id(of: pairs.list.bytes, second, isBytes: pairs.isBytes(other))
            else { throw failure("names a token that is not in the vocabulary") }
            var made: Int32?
            if prefix.isEmpty, pairs.isBytes(one), pairs.isBytes(other) {
                // Left and right lie side by side, so what they make is one range.
                let both = first.lowerBound..<second.upperBound
                // Most vocabularies have their tokens in the order of the merges.
                made =
                    table.holds(last + 1, pairs.list.bytes, both)
                    ? last + 1 : table.id(of: pairs.list.bytes, both)
            } else {
                guard second.count >= prefix.count else { throw failure("is shorter than what continues a word") }
                joined = Array(pairs.list[one] + pairs.list[other].dropFirst(prefix.count))
                made = id(of: joined, joined.indices, isBytes: !isByteLevel)
            }
            guard let made else { throw failure("makes a token that is not in the vocabulary") }
            if isControl[Int(made)] { hasControlMerges = true }
            merges.set(left, right, to: MergeTable.Merge(rank: Int32(rank), id: made))
            last = made
        }
        let fallback = parts.fallsBackToBytes ? ByteTokens.ids(in: table) : nil
        var model = BytePairModel(
            table: table, merges: merges, symbols: isByteLevel ? .bytes : .characters(byteFallback: fallback))
        model.unknown = parts.unknown
        model.unknownID = parts.unknown.map { Array($0.utf8) }.flatMap { unknown in
            let bytes = isByteLevel ? ByteAlphabet.bytes(ofUTF8: unknown) : unknown
            return bytes.flatMap { table.id(of: $0, $0.indices) } ?? unusualIDs[unknown]
        }
        model.fusesUnknown = parts.fusesUnknown
        model.ignoresMerges = parts.ignoresMerges
        model.takesLineBreaksWhole = parts.takesLineBreaksWhole
        model.continuingPrefix = prefix
        model.endSuffix = Array(parts.endSuffix.utf8)
        model.controlIDs = controlIDs
        model.hasControlMerges = hasControlMerges
        return (.bytePair(model), unusual)
    }

    private static func repeated(_ token: String, _ origin: String) -> TokenizerError {
        TokenizerError(.malformed, "\(origin): the vocabulary has the token \"\(token)\" twice.")
    }
}
