import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// Small vocabularies against llama.cpp (llama-cpp-python 0.3.36), made by Fixtures/text/make_gguf_vocabularies.py.
@Suite struct GGUFVocabularyTests {
    static let golden = Result {
        try JSONValue(parsing: try Data(contentsOf: Fixture.url("text/gguf-vocabularies.json")))
    }

    static func vocabulary(_ item: JSONValue) throws -> GGUFVocabulary {
        func strings(_ key: String) -> [String] { (item[key]?.array ?? []).compactMap(\.string) }
        func id(_ key: String) -> Int32? { item[key]?.int.map { Int32($0) } }
        var vocabulary = GGUFVocabulary(
            model: try #require(item["model"]?.string), pre: nil, tokens: strings("tokens"), merges: strings("merges"),
            kinds: (item["kinds"]?.array ?? []).compactMap(\.int),
            special: SpecialTokenIDs(bos: id("bos"), eos: id("eos"), unknown: id("unk")))
        vocabulary.scores = (item["scores"]?.array ?? []).compactMap { $0.double.map(Float.init) }
        vocabulary.addsSpacePrefix = item["space"]?.bool
        vocabulary.separator = id("sep")
        return vocabulary
    }

    @Test(arguments: 0..<4) func idsAreLlamaCpps(index: Int) throws {
        let golden = try Self.golden.get()
        let texts = (golden["texts"]?.array ?? []).compactMap(\.string)
        let item = try #require(golden["vocabularies"]?[index])
        var vocabulary = try Self.vocabulary(item)
        for (pre, lists) in try #require(item["ids"]?.object) {
            vocabulary.pre = pre.isEmpty ? nil : pre
            let tokenizer = try PretrainedTokenizer(vocabulary)
            // Byte-level cases were made without BOS, the others with what llama.cpp adds.
            let options = EncodingOptions(addsSpecialTokens: pre.isEmpty)
            #expect(texts.count > 30 && lists.array?.count == texts.count)
            for (text, ids) in zip(texts, lists.array ?? []) {
                let expected = (ids.array ?? []).compactMap { $0.int.map(Int32.init) }
                #expect(try tokenizer.encode(text, options) == expected, "\(pre) \(text.debugDescription)")
            }
        }
    }

    @Test func anUnknownNameIsAnError() throws {
        let item = try #require(try Self.golden.get()["vocabularies"]?[0])
        var vocabulary = try Self.vocabulary(item)
        vocabulary.pre = "guesswork"
        let error = try #require(throws: TokenizerError.self) { try PretrainedTokenizer(vocabulary) }
        #expect(error.message.contains("guesswork"))
        vocabulary.model = "riddle"
        let other = try #require(throws: TokenizerError.self) { try PretrainedTokenizer(vocabulary) }
        #expect(other.message.contains("riddle"))
    }

    @Test func listsOfDifferentLengthsAreErrors() throws {
        let item = try #require(try Self.golden.get()["vocabularies"]?[1])
        let vocabulary = try Self.vocabulary(item)
        var broken = vocabulary
        broken.scores.removeLast()
        #expect(throws: TokenizerError.self) { try PretrainedTokenizer(broken) }
        broken = vocabulary
        broken.scores[0] = .nan
        #expect(throws: TokenizerError.self) { try PretrainedTokenizer(broken) }
        broken = vocabulary
        broken.kinds.append(1)
        #expect(throws: TokenizerError.self) { try PretrainedTokenizer(broken) }
    }

    @Test func decodingGivesTheTextBack() throws {
        for index in [1, 2] {
            let item = try #require(try Self.golden.get()["vocabularies"]?[index])
            let tokenizer = try PretrainedTokenizer(Self.vocabulary(item))
            for text in ["Hello, y'all!", "日本語 😀 a\u{301}", "  two", ""] {
                let ids = try tokenizer.encode(text)
                #expect(tokenizer.decode(ids) == text, "\(ids.map { tokenizer.token($0) ?? "?" })")
            }
        }
    }

    /// No kind of vocabulary takes more than a moment for a word as long as a book.
    @Test(.timeLimit(.minutes(1)), arguments: 0..<4) func aWordOfAnyLengthEnds(index: Int) throws {
        let item = try #require(try Self.golden.get()["vocabularies"]?[index])
        var vocabulary = try Self.vocabulary(item)
        vocabulary.pre = index == 0 ? "llama-bpe" : nil
        let tokenizer = try PretrainedTokenizer(vocabulary)
        for letter in ["a", "é", " ", "\u{301}"] {
            let text = String(repeating: letter, count: 300_000)
            #expect(
                try tokenizer.tokens(of: text, EncodingOptions()).allSatisfy { $0.range.upperBound <= text.utf8.count })
        }
    }
}
