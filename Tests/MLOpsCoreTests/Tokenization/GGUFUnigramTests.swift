import Foundation
import MLOpsCore
import TestSupport
import Testing

/// Random vocabularies of `t5` and `rwkv` against llama.cpp (llama-cpp-python 0.3.36), made by
/// Fixtures/text/make_gguf_vocabularies.py.
@Suite struct GGUFUnigramTests {
    /// The committed cases; those of the file MLOPS_GGUF_UNIGRAM too.
    static let batches: [URL] = {
        let more = ProcessInfo.processInfo.environment["MLOPS_GGUF_UNIGRAM"].map { [URL(filePath: $0)] } ?? []
        return [Fixture.url("text/gguf-unigram.json")] + more
    }()

    static func vocabularies(_ batch: URL) throws -> [JSONValue] {
        try JSONValue(parsing: try Data(contentsOf: batch)).array ?? []
    }

    static func vocabulary(_ item: JSONValue) throws -> GGUFVocabulary {
        func id(_ key: String) -> Int32? { item[key]?.int.map { Int32($0) } }
        var vocabulary = GGUFVocabulary(
            model: try #require(item["model"]?.string), pre: nil,
            tokens: (item["tokens"]?.array ?? []).compactMap(\.string), merges: [],
            kinds: (item["kinds"]?.array ?? []).compactMap(\.int),
            special: SpecialTokenIDs(eos: id("eos"), unknown: id("unk")), addsEOS: item["adds_eos"]?.bool)
        vocabulary.scores = (item["scores"]?.array ?? []).compactMap { $0.double.map(Float.init) }
        vocabulary.addsSpacePrefix = item["space"]?.bool
        vocabulary.removesExtraSpaces = item["merges_spaces"]?.bool
        vocabulary.replacementTable = [UInt8](Data(base64Encoded: item["charsmap"]?.string ?? "") ?? Data())
        return vocabulary
    }

    @Test(arguments: batches) func idsAreLlamaCpps(batch: URL) throws {
        let vocabularies = try Self.vocabularies(batch)
        #expect(vocabularies.count >= 6)
        for (index, item) in vocabularies.enumerated() {
            let tokenizer = try PretrainedTokenizer(Self.vocabulary(item))
            let lists = try #require(item["ids"]?[""]?.array)
            for (text, ids) in zip((item["texts"]?.array ?? []).compactMap(\.string), lists) {
                let expected = (ids.array ?? []).compactMap { $0.int.map(Int32.init) }
                let found = try tokenizer.encode(text, EncodingOptions(addsSpecialTokens: true))
                #expect(found == expected, "\(index) \(text.debugDescription)")
            }
        }
    }

    @Test func bytesComeBackWhole() throws {
        let item = try #require(try Self.vocabularies(Self.batches[0]).first { $0["model"]?.string == "rwkv" })
        let tokenizer = try PretrainedTokenizer(Self.vocabulary(item))
        for text in (item["texts"]?.array ?? []).compactMap(\.string) where !text.contains("<s>") {
            let ids = try tokenizer.encode(text)
            #expect(tokenizer.decode(ids).utf8.elementsEqual(text.utf8), "\(text.debugDescription)")
        }
    }

    @Test func whatDoesNotFitIsAnError() throws {
        let item = try #require(try Self.vocabularies(Self.batches[0]).first { $0["model"]?.string == "t5" })
        var vocabulary = try Self.vocabulary(item)
        vocabulary.replacementTable = [255, 0, 0, 0, 1]
        let error = try #require(throws: TokenizerError.self) { try PretrainedTokenizer(vocabulary) }
        #expect(error.message.contains("precompiled_charsmap"))
        vocabulary.replacementTable = []
        vocabulary.scores = []
        let other = try #require(throws: TokenizerError.self) { try PretrainedTokenizer(vocabulary) }
        #expect(other.message.contains("scores"))
    }

    /// A file may say any number; sums of them over a text must be countable.
    @Test(arguments: [Float.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity])
    func scoresOfAnySizeEncode(_ score: Float) throws {
        let bytes = (0..<256).map { String(format: "<0x%02X>", $0) }
        var vocabulary = GGUFVocabulary(
            model: "plamo2", pre: nil, tokens: ["<s>", "a", "aa", "b"] + bytes, merges: [],
            kinds: [3, 1, 1, 1] + bytes.map { _ in 6 }, special: SpecialTokenIDs(eos: 0))
        vocabulary.scores = [0, score, score, score] + bytes.map { _ in 0 }
        let tokenizer = try PretrainedTokenizer(vocabulary)
        let text = String(repeating: "aab", count: 1000) + "é"
        #expect(tokenizer.decode(try tokenizer.encode(text)) == text)
    }
}
