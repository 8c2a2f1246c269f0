import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// A small file of ranks against tiktoken 0.14.0, made by Fixtures/text/make_tiktoken.py.
@Suite struct TiktokenTests {
    static let golden = Result { try JSONValue(parsing: try Data(contentsOf: Fixture.url("text/tiktoken.json"))) }

    static func tokenizer(_ encoding: TiktokenEncoding) throws -> PretrainedTokenizer {
        let golden = try golden.get()
        let special = try #require(golden["special"]?.object).compactMapValues { $0.int.map(Int32.init) }
        return try PretrainedTokenizer(
            tiktoken: Array(try #require(golden["ranks"]?.string).utf8), encoding: encoding,
            special: Dictionary(uniqueKeysWithValues: special.map { ($0.key, $0.value) }))
    }

    @Test(arguments: TiktokenEncoding.allCases) func idsAreTiktokens(encoding: TiktokenEncoding) throws {
        let golden = try Self.golden.get()
        let tokenizer = try Self.tokenizer(encoding)
        let texts = (golden["texts"]?.array ?? []).compactMap(\.string)
        let lists = try #require(golden["ids"]?[encoding.rawValue]?.array)
        #expect(texts.count > 50 && lists.count == texts.count)
        for (text, ids) in zip(texts, lists) {
            let expected = (ids.array ?? []).compactMap { $0.int.map(Int32.init) }
            #expect(try tokenizer.encode(text) == expected, "\(text.debugDescription)")
            #expect(tokenizer.decode(expected, skipSpecialTokens: false).utf8.elementsEqual(text.utf8))
        }
    }

    @Test(arguments: [
        ("", "no tokens"), ("YQ== 0\nYg=", ":2:"), ("YQ== x", ":1:"), ("YQ== 99999999", "out of range"),
        ("YQ== 0\nYQ== 1", "twice"),
    ]) func whatIsWrongIsNamed(ranks: String, what: String) throws {
        let error = try #require(throws: TokenizerError.self) {
            try PretrainedTokenizer(tiktoken: Array(ranks.utf8), encoding: .cl100kBase)
        }
        #expect(error.message.contains(what), "\(error.message)")
    }
}
