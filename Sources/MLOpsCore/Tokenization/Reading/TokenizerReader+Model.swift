internal import OrderedCollections

extension TokenizerReader {
    /// The `model` of a `tokenizer.json`.
    ///
    /// - Parameter lists: its vocabulary and merges, where they were read from the file's bytes.
    func model(_ value: JSONValue?, _ lists: ModelLists?) throws(TokenizerError) -> ModelParts {
        guard let value, value.object != nil else { throw malformed("there is no model") }
        let lists = if let lists { lists } else { try self.lists(value) }
        guard lists.hasVocabulary else { throw malformed("there is no model with a vocabulary") }
        guard value["type"] == nil || value["type"]?.string != nil else {
            throw malformed("the model's type is no text")
        }
        switch value["type"]?.string ?? Self.kind(of: value, lists) {
        case "BPE": return .bytePair(try bytePair(value, lists))
        case "Unigram": return .unigram(try unigram(value, lists))
        case "WordPiece":
            return .wordPiece(
                try entries(lists), unknown: try text(value, "unk_token", "model"),
                prefix: try text(value, "continuing_subword_prefix", "model"),
                maximumCharacters: try number(value, "max_input_chars_per_word", "model", in: 0...Int(Int32.max)))
        case "WordLevel": return .wordLevel(try entries(lists), unknown: try text(value, "unk_token", "model"))
        case let kind: throw unsupported("the model \(kind)")
        }
    }

    /// Files of old versions do not say the kind.
    private static func kind(of value: JSONValue, _ lists: ModelLists) -> String {
        if lists.merges != nil { return "BPE" }
        if lists.scores != nil { return "Unigram" }
        let isWordPiece =
            value["continuing_subword_prefix"]?.string != nil && value["max_input_chars_per_word"]?.int ?? -1 >= 0
        return isWordPiece ? "WordPiece" : "WordLevel"
    }

    private func entries(_ lists: ModelLists) throws(TokenizerError) -> ModelParts.Vocabulary {
        guard lists.scores == nil else { throw malformed("the vocabulary is not an object") }
        return lists.vocabulary
    }

    private func bytePair(_ value: JSONValue, _ lists: ModelLists) throws(TokenizerError) -> ModelParts.BytePair {
        var model = ModelParts.BytePair(vocabulary: try entries(lists))
        guard let merges = lists.merges else { throw malformed("the model has no list of merges") }
        model.merges = merges
        model.unknown = try optionalText(value, "unk_token", "model")
        model.fusesUnknown = try optionalFlag(value, "fuse_unk", "model") ?? false
        model.ignoresMerges = try optionalFlag(value, "ignore_merges", "model") ?? false
        model.fallsBackToBytes = try optionalFlag(value, "byte_fallback", "model") ?? false
        model.continuingPrefix = try optionalText(value, "continuing_subword_prefix", "model") ?? ""
        model.endSuffix = try optionalText(value, "end_of_word_suffix", "model") ?? ""
        if let dropout = value["dropout"], !dropout.isNull, !(0...1).contains(dropout.double ?? -1) {
            throw malformed("the model's dropout is \(dropout.text().prefix(60)), not a number from 0 to 1")
        }
        return model
    }

    private func unigram(_ value: JSONValue, _ lists: ModelLists) throws(TokenizerError) -> ModelParts.Unigram {
        guard let scores = lists.scores, scores.count <= Int(PretrainedTokenizer.maximumVocabulary) else {
            throw malformed("the vocabulary of a Unigram model is not a list of tokens and scores")
        }
        var model = ModelParts.Unigram(vocabulary: lists.vocabulary, scores: scores)
        if let unknown = value["unk_id"], !unknown.isNull {
            model.unknownID = try id(value, "unk_id", "model")
        }
        model.fallsBackToBytes = try flag(value, "byte_fallback", "model", default: false)
        return model
    }
}

/// The long lists of a model.
struct ModelLists {
    /// Tokens and ids.
    var vocabulary = ModelParts.Vocabulary()
    /// Whether there is a vocabulary, if only an empty one.
    var hasVocabulary = false
    /// Scores by id, of a vocabulary that has them.
    var scores: [Double]?
    /// Pairs to merge, left and right one after the other, when there is such a list.
    var merges: TokenList?
}

extension TokenizerReader {
    /// The lists of a model that was read as JSON.
    private func lists(_ model: JSONValue) throws(TokenizerError) -> ModelLists {
        guard let vocabulary = model["vocab"] else { throw malformed("there is no model with a vocabulary") }
        var lists = ModelLists(hasVocabulary: true)
        if let members = vocabulary.object {
            lists.vocabulary.texts.reserveCapacity(members.count)
            for (text, id) in members {
                guard let id = self.id(id) else {
                    throw malformed("the token \"\(text.prefix(60))\" has no whole number as id")
                }
                lists.vocabulary.append(text.utf8, id: id)
            }
        } else {
            guard let entries = vocabulary.array else { throw malformed("the vocabulary is no list") }
            var scores: [Double] = []
            for (index, item) in entries.enumerated() {
                guard item.array?.count == 2, let text = item[0]?.string, let score = item[1]?.double,
                    let id = Int32(exactly: index)
                else {
                    throw malformed("entry \(index + 1) of the vocabulary is not a token and its score")
                }
                lists.vocabulary.append(text.utf8, id: id)
                scores.append(score)
            }
            lists.scores = scores
        }
        if let merges = model["merges"]?.array {
            var list = TokenList()
            list.reserveCapacity(2 * merges.count)
            let isOfPairs = merges.first?.array != nil
            for (index, merge) in merges.enumerated() where merge.string?.hasPrefix("#version") != true {
                guard (merge.array != nil) == isOfPairs, Self.append(merge, to: &list) else {
                    throw malformed("merge \(index + 1) is not a pair of tokens")
                }
            }
            lists.merges = list
        }
        return lists
    }

    /// Appends a merge, written as `"a b"` or `["a", "b"]`.
    private static func append(_ merge: JSONValue, to list: inout TokenList) -> Bool {
        if let both = merge.array {
            guard both.count == 2, let left = both[0].string, let right = both[1].string else { return false }
            list.append(left.utf8)
            list.append(right.utf8)
            return true
        }
        return merge.string.map { list.append(pair: $0) } ?? false
    }
}
