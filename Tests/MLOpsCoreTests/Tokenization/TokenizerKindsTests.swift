import Foundation
import MLOpsCore
import TestSupport
import Testing

/// Random tokenizers of every kind against Hugging Face's tokenizers 0.23.3, made by Fixtures/text/make_tokenizer_kinds.py.
@Suite struct TokenizerKindsTests {
    /// The committed cases; those of the file MLOPS_TOKENIZER_KINDS too.
    static let batches: [URL] = {
        let more = ProcessInfo.processInfo.environment["MLOPS_TOKENIZER_KINDS"].map { [URL(filePath: $0)] } ?? []
        return [Fixture.url("text/tokenizer-kinds.json")] + more
    }()

    struct Case {
        let tokenizer: PretrainedTokenizer
        let expected: JSONValue
    }

    static func cases(_ batch: URL) throws -> [Case] {
        let list = try JSONValue(parsing: try Data(contentsOf: batch)).array ?? []
        return try list.flatMap { item -> [Case] in
            let source = try #require(item["json"]?.string)
            let tokenizer = try PretrainedTokenizer(parsing: Array(source.utf8))
            return (item["cases"]?.array ?? []).map { Case(tokenizer: tokenizer, expected: $0) }
        }
    }

    static func ids(_ value: JSONValue?) -> [Int32] { (value?.array ?? []).compactMap { $0.int.map(Int32.init) } }

    @Test(arguments: batches) func idsAreTheReferences(batch: URL) throws {
        let cases = try Self.cases(batch)
        #expect(cases.count >= 100)
        for item in cases {
            let text = try #require(item.expected["text"]?.string)
            guard item.expected["ids"] != nil else {
                // The reference cannot express the text, or fails otherwise.
                _ = try? item.tokenizer.encode(text)
                continue
            }
            #expect(try item.tokenizer.encode(text) == Self.ids(item.expected["ids"]), "\(item.expected.text())")
            guard let special = item.expected["ids_special"] else { continue }
            let options = EncodingOptions(addsSpecialTokens: true)
            #expect(try item.tokenizer.encode(text, options) == Self.ids(special), "\(item.expected.text())")
        }
    }

    @Test(arguments: batches) func rangesLieWithinTheText(batch: URL) throws {
        for item in try Self.cases(batch) {
            let text = try #require(item.expected["text"]?.string)
            guard item.expected["ids"] != nil else { continue }
            for token in try item.tokenizer.tokens(of: text, EncodingOptions()) {
                #expect(token.range.lowerBound >= 0 && token.range.upperBound <= text.utf8.count)
            }
        }
    }

    /// tokenizers replaces nothing, which stands before every character and at the end.
    @Test func aMarkOfNoCharactersStandsEverywhere() throws {
        let source = """
            {"model": {"type": "WordLevel", "vocab": {"<unk>": 0, "aé": 1, "b": 2}, "unk_token": "<unk>"},
             "decoder": {"type": "BPEDecoder", "suffix": ""}}
            """
        let tokenizer = try PretrainedTokenizer(parsing: Array(source.utf8))
        #expect(tokenizer.decode([1, 2, 1]) == " a é  b aé")
    }

    @Test(arguments: batches) func textIsTheReferencesAtOnceAndInPieces(batch: URL) throws {
        for item in try Self.cases(batch) {
            let ids = Self.ids(item.expected["dec_ids"])
            for (key, skips) in [("all", false), ("skip", true)] {
                guard let expected = item.expected[key]?.string else { continue }
                let whole = item.tokenizer.decode(ids, skipSpecialTokens: skips)
                #expect(whole.utf8.elementsEqual(expected.utf8), "\(item.expected.text())")
                var decoder = StreamingDecoder(item.tokenizer, skipSpecialTokens: skips)
                var pieces = ids.map { decoder.append($0) }
                pieces.append(decoder.finish())
                // No piece ends inside a character: together they are the text, byte for byte.
                #expect(pieces.flatMap(\.utf8) == Array(expected.utf8), "\(pieces)")
            }
        }
    }
}
