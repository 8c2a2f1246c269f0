import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

/// Golden cases of Hugging Face's tokenizers 0.23.3, made by Fixtures/text/make_tokenizers.py.
@Suite struct PretrainedTokenizerTests {
    /// The committed directories; those under MLOPS_TOKENIZER_CASES too, which the script fills with random texts.
    static let directories: [URL] = {
        var roots = [Fixture.url("text/tokenizers")]
        if let more = ProcessInfo.processInfo.environment["MLOPS_TOKENIZER_CASES"] { roots.append(URL(filePath: more)) }
        return roots.flatMap { root in
            ((try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []).sorted().map {
                root.appending(path: $0)
            }
        }
    }()

    @Test(arguments: directories) func equalsTheReferenceBitForBit(directory: URL) throws {
        let json = try JSONValue(parsing: try Data(contentsOf: directory.appending(path: "tokenizer.json")))
        let tokenizer = try PretrainedTokenizer(json: json)
        let cases = try JSONValue(parsing: try Data(contentsOf: directory.appending(path: "cases.json"))).array ?? []
        #expect(cases.count > 100)
        var differences = 0
        for item in cases {
            let text = try #require(item["text"]?.string)
            let tokens = try tokenizer.tokens(of: text, EncodingOptions())
            let ids = tokens.map(\.id)
            let same =
                try ids == Self.ids(item["ids"])
                && tokenizer.encode(text, EncodingOptions(addsSpecialTokens: true)) == Self.ids(item["ids_special"])
                && Self.equal(tokenizer.decode(ids), item["decoded"])
                && Self.equal(tokenizer.decode(ids, skipSpecialTokens: false), item["decoded_all"])
                && Self.equal(tokenizer.decode(Self.ids(item["part"]), skipSpecialTokens: false), item["decoded_part"])
            if !same, differences < 5 {
                Issue.record(
                    "\(item.text()) gave \(ids), \(tokenizer.decode(ids).debugDescription), part \(tokenizer.decode(Self.ids(item["part"]), skipSpecialTokens: false).debugDescription)"
                )
            }
            if !same { differences += 1 }
            // Ranges run forward over the whole text, without holes where nothing was changed.
            #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0.range.lowerBound <= $1.range.lowerBound })
            #expect(tokens.allSatisfy { $0.range.lowerBound >= 0 && $0.range.upperBound <= text.utf8.count })
            for id in ids { #expect(tokenizer.token(id).flatMap(tokenizer.id(of:)) == id) }
        }
        #expect(differences == 0, "\(differences) of \(cases.count) differ")
    }

    static func ids(_ value: JSONValue?) -> [Int32] { (value?.array ?? []).compactMap { $0.int.map(Int32.init) } }

    /// By scalars: `String` holds canonically equivalent texts for equal.
    static func equal(_ text: String, _ expected: JSONValue?) -> Bool {
        text.unicodeScalars.elementsEqual((expected?.string ?? "").unicodeScalars)
    }
}
