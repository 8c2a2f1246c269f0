extension PretrainedTokenizer {
    /// Creates the tokenizer that a GGUF file describes, with the ids of llama.cpp.
    ///
    /// - Throws: ``TokenizerError`` naming what is wrong, or of a kind that is not supported.
    public init(_ vocabulary: GGUFVocabulary, origin: String = "the GGUF file") throws(TokenizerError) {
        try vocabulary.check(origin)
        let parts =
            switch vocabulary.model {
            case "gpt2", "gemma4": try vocabulary.bytePairParts(origin)
            case "llama": try vocabulary.sentencePieceParts(origin)
            case "bert": try vocabulary.wordPieceParts(origin)
            case "t5": try vocabulary.unigramParts(origin)
            case "rwkv": try vocabulary.longestMatchParts(origin)
            case "plamo2": try vocabulary.backwardUnigramParts(origin)
            default:
                throw TokenizerError(
                    .unsupported,
                    "\(origin): tokenizer.ggml.model \"\(vocabulary.model)\" is not supported. Use a model with another tokenizer."
                )
            }
        try self.init(parts)
    }
}

extension GGUFVocabulary {
    /// Checks that the lists have the same length and texts are not empty.
    fileprivate func check(_ origin: String) throws(TokenizerError) {
        func malformed(_ what: String) -> TokenizerError { TokenizerError(.malformed, "\(origin): \(what).") }
        guard !tokens.isEmpty, tokens.count <= Int(PretrainedTokenizer.maximumVocabulary) else {
            throw malformed("tokenizer.ggml.tokens has \(tokens.count) entries")
        }
        for (name, count) in [("token_type", kinds.count), ("scores", scores.count)]
        where count != 0 && count != tokens.count {
            throw malformed("tokenizer.ggml.\(name) has \(count) entries for \(tokens.count) tokens")
        }
        if let index = scores.firstIndex(where: \.isNaN) {
            throw malformed("entry \(index + 1) of tokenizer.ggml.scores is no number")
        }
    }

    /// What all kinds have in common.
    func parts(_ model: ModelParts, _ origin: String) -> TokenizerParts {
        var parts = TokenizerParts(model: model, origin: origin)
        // The longest is found first, wherever it stands.
        parts.findsLongestFirst = true
        let name = modelName?.lowercased() ?? ""
        let isPhi3 = name.contains("phi-3") || name.contains("phi3")
        for (id, text) in tokens.enumerated() {
            // Control, unknown and user-defined tokens are recognised in text as a whole.
            let kind = kind(id)
            guard (2...4).contains(kind), !text.isEmpty else { continue }
            var token = AddedToken(id: Int32(id), content: text, isSpecial: kind != 4)
            token.stripsRight = isPhi3 && !["<unk>", "<s>", "<|endoftext|>"].contains(text)
            parts.added.append(token)
        }
        parts.special = special
        return parts
    }

    /// Texts and ids. A token without text gets a name, as in llama.cpp.
    var list: ModelParts.Vocabulary {
        var list = ModelParts.Vocabulary()
        list.texts.reserveCapacity(tokens.count)
        for (id, text) in tokens.enumerated() {
            list.texts.append(text.isEmpty ? "[EMPTY_\(id)]" : text)
            list.ids.append(Int32(id))
        }
        return list
    }

    func around(_ first: Int32?, _ last: Int32?, _ origin: String) throws(TokenizerError) -> PostProcessor? {
        for (role, id) in [("first", first), ("last", last)] {
            guard let id, !tokens.indices.contains(Int(id)) else { continue }
            throw TokenizerError(
                .malformed, "\(origin): the \(role) token of a text, \(id), is not in the vocabulary.")
        }
        return .adding(first, last)
    }

    fileprivate func bytePairParts(_ origin: String) throws(TokenizerError) -> TokenizerParts {
        let division = try GGUFPretokenizer(named: model == "gemma4" ? model : pre ?? "default", origin: origin)
        var model = ModelParts.BytePair(vocabulary: list)
        for (index, text) in merges.enumerated() {
            guard model.merges.append(pair: text) else {
                throw TokenizerError(
                    .malformed, "\(origin): entry \(index + 1) of tokenizer.ggml.merges is not a pair of tokens.")
            }
        }
        model.ignoresMerges = division.ignoresMerges
        model.fallsBackToBytes = division.isSentencePiece
        model.takesLineBreaksWhole = division.isSentencePiece
        var parts = parts(.bytePair(model), origin)
        if division.isSentencePiece {
            parts.normalizer = .replace(.text([0x20]), with: Array("▁".utf8))
            parts.pretokenizer = division.pretokenizer
            parts.decoder = TokenDecoder([.replace(.text(Array("▁".utf8)), with: [0x20]), .byteFallback, .fuse])
        } else {
            parts.pretokenizer = .sequence(division.pretokenizer.flattened + [.byteAlphabet])
            parts.decoder = .byteLevel
        }
        // Files that ask for BOS but name none are usual among these models; the token is left out.
        let first = addsBOS ?? division.addsBOS ? special.bos : nil
        let last = addsEOS ?? false ? special.eos : nil
        parts.postProcessor = .adding(first, last)
        return parts
    }

    fileprivate func sentencePieceParts(_ origin: String) throws(TokenizerError) -> TokenizerParts {
        let addsSpace = addsSpacePrefix ?? true
        var parts = parts(
            .rankedPair(
                list,
                ranks: RankedPairModel.ranks(
                    ofScores: scores.isEmpty ? Array(repeating: 0, count: tokens.count) : scores), isByteLevel: false),
            origin)
        let space = Array("▁".utf8)
        parts.normalizer = .sequence(
            (addsSpace ? [.prepend(space)] : []) + [.replace(.text([0x20]), with: space)])
        parts.decoder = TokenDecoder(
            [.replace(.text(space), with: [0x20]), .byteFallback, .fuse]
                + (addsSpace ? [.strip([0x20], start: 1, stop: 0)] : []))
        // Ids that the file does not name are those of SentencePiece.
        parts.postProcessor = try around(
            addsBOS ?? true ? special.bos ?? 1 : nil, addsEOS ?? false ? special.eos ?? 2 : nil, origin)
        return parts
    }

    fileprivate func wordPieceParts(_ origin: String) throws(TokenizerError) -> TokenizerParts {
        // Ids that the file does not name are those of BERT.
        let unknown = special.unknown ?? 100
        guard tokens.indices.contains(Int(unknown)) else {
            throw TokenizerError(.malformed, "\(origin): the unknown token, \(unknown), is not in the vocabulary.")
        }
        var parts = parts(
            .wordPiece(list, unknown: tokens[Int(unknown)], prefix: "", maximumCharacters: .max), origin)
        parts.pretokenizer = .bertWords(
            BertWords(lowercases: lowercases ?? true, stripsAccents: stripsAccents ?? lowercases ?? true))
        parts.decoder = TokenDecoder([
            .fuse, .replace(.text(Array("▁".utf8)), with: [0x20]), .strip([0x20], start: 1, stop: 0),
        ])
        parts.postProcessor = try around(special.bos ?? 101, separator ?? 102, origin)
        return parts
    }

    /// The kind of the token `id`.
    func kind(_ id: Int) -> Int { kinds.isEmpty ? 1 : kinds[id] }
}
