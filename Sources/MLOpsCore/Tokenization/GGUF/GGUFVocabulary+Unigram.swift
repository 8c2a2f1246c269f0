extension GGUFVocabulary {
    /// The parts of a vocabulary in which every token has a score (`t5`), with llama.cpp's defaults.
    func unigramParts(_ origin: String) throws(TokenizerError) -> TokenizerParts {
        func malformed(_ what: String) -> TokenizerError { TokenizerError(.malformed, "\(origin): \(what).") }
        guard scores.count == tokens.count else { throw malformed("it has no tokenizer.ggml.scores") }
        var model = ModelParts.Unigram(vocabulary: list, scores: scores.map(Double.init))
        let unknown = special.unknown ?? 2
        guard tokens.indices.contains(Int(unknown)) else {
            throw malformed("the unknown token, \(unknown), is not in the vocabulary")
        }
        model.unknownID = unknown
        var lowest = Float.greatestFiniteMagnitude
        var ids: [Int32] = []
        for id in tokens.indices {
            switch kind(id) {
            case 1: lowest = min(lowest, scores[id])
            // What a user defined is preferred to whatever it could be divided into.
            case 4: model.scores[id] = 0
            case 5: break
            default: continue
            }
            ids.append(Int32(id))
        }
        model.matching = .init(ids: ids, unknownScore: Double(lowest - Float(UnigramModel.unknownPenalty)))
        var map: PrecompiledMap?
        if !replacementTable.isEmpty {
            map = PrecompiledMap(replacementTable)
            guard map != nil else {
                throw malformed("the parts of tokenizer.ggml.precompiled_charsmap do not fit together")
            }
        }
        let addsSpace = addsSpacePrefix ?? false
        var parts = parts(.unigram(model), origin)
        parts.normalizer = .spacing(
            SpacingNormalizer(
                map: map, prependsSpace: addsSpace, mergesSpaces: removesExtraSpaces ?? false,
                userDefined: tokens.indices.filter { kind($0) == 4 }.map { Array(tokens[$0].utf8) }))
        parts.decoder = TokenDecoder(
            [.replace(.text(Array("▁".utf8)), with: [0x20]), .byteFallback, .fuse]
                + (addsSpace ? [.strip([0x20], start: 1, stop: 0)] : []))
        parts.postProcessor = try around(
            addsBOS ?? false ? special.bos : nil, addsEOS ?? true ? special.eos ?? 1 : nil, origin)
        return parts
    }

    /// The parts of a vocabulary in which every token has a score and texts are divided from their ends (`plamo2`).
    func backwardUnigramParts(_ origin: String) throws(TokenizerError) -> TokenizerParts {
        guard scores.count == tokens.count else {
            throw TokenizerError(.malformed, "\(origin): it has no tokenizer.ggml.scores.")
        }
        let bytes = Set(tokens.indices.filter { kind($0) == 6 }.map { Int32($0) })
        var parts = parts(.backwardUnigram(list, scores: scores, bytes: bytes), origin)
        parts.decoder = TokenDecoder([.byteFallback, .fuse])
        return parts
    }

    /// The parts of a vocabulary of which the longest token is taken each time (`rwkv`).
    func longestMatchParts(_ origin: String) throws(TokenizerError) -> TokenizerParts {
        var list = ModelParts.Vocabulary()
        for (id, text) in tokens.enumerated() { list.append(Self.unescaped(text), id: Int32(id)) }
        var parts = parts(.longestMatch(list, unknownID: special.unknown), origin)
        parts.decoder = .byteLevel
        return parts
    }

    /// The bytes that a token of RWKV stands for: `\t`, `\n`, `\r`, `\x` and two digits, or after a backslash the letter itself.
    private static func unescaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch letter {
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "x"):
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
                else {
                    bytes.append(letter)
                    continue
                }
                bytes.append(value)
                rest.removeFirst(2)
            default: bytes.append(letter)
            }
        }
        return bytes
    }
}
