/// The bytes of a `tokenizer.json`, read once: its long lists as bytes, the rest as JSON.
struct TokenizerFile {
    /// The file, with null in the places of the lists that ``lists`` holds.
    let json: JSONValue
    /// The model's vocabulary and merges.
    let lists: ModelLists
    /// The file's name, for messages.
    let origin: String

    /// Reads a file.
    ///
    /// - Throws: ``TokenizerError`` with the line and column at which it stops being JSON, or a list what it should be.
    init(_ bytes: [UInt8], origin: String) throws(TokenizerError) {
        self.origin = origin
        var lists = ModelLists()
        var parser = JSONParser(bytes)
        do throws(JSONError) {
            json = try parser.document { parser throws(JSONError) in
                guard parser.current == JSONParser.brace else { return try parser.value(depth: 0) }
                return .object(
                    try parser.object { parser, key throws(JSONError) in
                        guard key == "model", parser.current == JSONParser.brace else {
                            return try parser.value(depth: 1)
                        }
                        return .object(
                            try parser.object { parser, key throws(JSONError) in
                                try lists.read(key, &parser) ? .null : try parser.value(depth: 2)
                            })
                    })
            }
        } catch {
            throw TokenizerError(.malformed, "\(origin):\(error.line):\(error.column): \(error.reason).")
        }
        self.lists = lists
    }

    /// The id of the token spelt `token`, an added one first.
    func id(of token: String) -> Int32? {
        let added = json["added_tokens"]?.array?.first {
            $0["content"]?.string?.utf8.elementsEqual(token.utf8) ?? false
        }
        if let id = added?["id"]?.int { return Int32(exactly: id) }
        let texts = lists.vocabulary.texts
        let bytes = Array(token.utf8)
        let index = (0..<texts.count).first { texts.range($0).count == bytes.count && texts[$0].elementsEqual(bytes) }
        return index.map { lists.vocabulary.ids[$0] }
    }
}

extension ModelLists {
    /// Reads the member `key` of a model if it is one of the lists.
    ///
    /// - Returns: whether it is; else nothing has been read.
    fileprivate mutating func read(_ key: String, _ parser: inout JSONParser) throws(JSONError) -> Bool {
        switch (key, parser.current) {
        case ("vocab", JSONParser.brace): try readIDs(&parser)
        case ("vocab", JSONParser.bracket): try readScores(&parser)
        case ("merges", JSONParser.bracket): try readMerges(&parser)
        case ("vocab", _): throw parser.failure("the vocabulary is neither an object nor a list")
        default: return false
        }
        return true
    }

    /// `{"token": id, …}`
    private mutating func readIDs(_ parser: inout JSONParser) throws(JSONError) {
        hasVocabulary = true
        try parser.entries { parser throws(JSONError) in
            try vocabulary.texts.append { bytes throws(JSONError) in try parser.string(into: &bytes) }
            try parser.colon()
            guard case .integer(let number) = try parser.value(depth: 3), number >= 0, let id = Int32(exactly: number)
            else {
                let token = vocabulary.texts.text(vocabulary.texts.count - 1)
                throw parser.failure("the token \"\(token)\" has no whole number as id")
            }
            vocabulary.ids.append(id)
        }
    }

    /// `[["token", score], …]`
    private mutating func readScores(_ parser: inout JSONParser) throws(JSONError) {
        hasVocabulary = true
        var scores: [Double] = []
        try parser.array { parser throws(JSONError) in
            let number = scores.count + 1
            let start = parser.position
            var hasText = false
            var score: Double?
            guard parser.current == JSONParser.bracket else {
                throw parser.failure("entry \(number) of the vocabulary is not a token and its score")
            }
            try parser.array { parser throws(JSONError) in
                if !hasText, parser.current == JSONParser.quote {
                    try vocabulary.texts.append { bytes throws(JSONError) in try parser.string(into: &bytes) }
                    hasText = true
                } else if hasText, score == nil, let value = try parser.value(depth: 4).double {
                    score = value
                } else {
                    throw parser.failure("entry \(number) of the vocabulary is not a token and its score", at: start)
                }
            }
            guard let score, let id = Int32(exactly: scores.count) else {
                throw parser.failure("entry \(number) of the vocabulary is not a token and its score", at: start)
            }
            vocabulary.ids.append(id)
            scores.append(score)
        }
        self.scores = scores
    }

    /// `["a b", …]` or `[["a", "b"], …]`
    private mutating func readMerges(_ parser: inout JSONParser) throws(JSONError) {
        var merges = TokenList()
        var scratch: [UInt8] = []
        // Pairs, or texts of both: not some of each.
        var form: UInt8?
        try parser.array { parser throws(JSONError) in
            let start = parser.position
            let number = merges.count / 2 + 1
            let kind = parser.current
            guard form == nil || form == kind else {
                throw parser.failure("merge \(number) is not written as those before it", at: start)
            }
            form = kind
            var count = 0
            switch parser.current {
            case JSONParser.quote:
                scratch.removeAll(keepingCapacity: true)
                try parser.string(into: &scratch)
                if scratch.starts(with: "#version".utf8) { return }
                if merges.append(pair: scratch) { count = 2 }
            case JSONParser.bracket:
                try parser.array { parser throws(JSONError) in
                    guard parser.current == JSONParser.quote else {
                        throw parser.failure("merge \(number) is not a pair of tokens", at: start)
                    }
                    try merges.append { bytes throws(JSONError) in try parser.string(into: &bytes) }
                    count += 1
                }
            default: break
            }
            guard count == 2 else { throw parser.failure("merge \(number) is not a pair of tokens", at: start) }
        }
        self.merges = merges
    }
}
