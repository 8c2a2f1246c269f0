import Foundation
import MLOpsCore
import TestSupport
import Testing

/// What the shortcuts must not change: the cache of words, ids without ranges, several threads.
@Suite struct EncodingShortcutTests {
    static let tokenizer = Result {
        try PretrainedTokenizer(
            parsing: [UInt8](try Data(contentsOf: Fixture.url("text/tokenizers/smollm2/tokenizer.json"))))
    }

    static let texts = (0..<400).map { index in
        "Line \(index): don't 12\(index % 7) naïve 日本語 \(String(repeating: "long", count: index % 9)) <|im_end|>\n"
    }

    @Test func idsAreThoseOfTheTokens() throws {
        let tokenizer = try Self.tokenizer.get()
        let text = Self.texts.joined()
        for options in [
            EncodingOptions(), EncodingOptions(addsSpecialTokens: true), EncodingOptions(plainRanges: [0..<90]),
        ] {
            let ids = try tokenizer.encode(text, options)
            #expect(ids.count > 1000)
            #expect(try tokenizer.tokens(of: text, options).map(\.id) == ids)
        }
        // Ranges of words from the cache are as good as those of words that are new.
        let tokens = try tokenizer.tokens(of: text, EncodingOptions())
        #expect(tokens.first?.range.lowerBound == 0 && tokens.last?.range.upperBound == text.utf8.count)
        #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0.range.upperBound == $1.range.lowerBound })
    }

    @Test func aTextIsItsLinesWhateverWasSeenBefore() throws {
        let tokenizer = try Self.tokenizer.get()
        for text in Self.texts {
            let fresh = try PretrainedTokenizer(
                parsing: [UInt8](try Data(contentsOf: Fixture.url("text/tokenizers/smollm2/tokenizer.json"))))
            #expect(try tokenizer.encode(text) == fresh.encode(text))
            if text.hasPrefix("Line 20") { break }
        }
    }

    @Test(arguments: [1, 2, 5]) func batchesAreTheirTexts(tasks: Int) async throws {
        let tokenizer = try Self.tokenizer.get()
        let expected = try Self.texts.map { try tokenizer.encode($0) }
        #expect(try await tokenizer.encodeBatch(Self.texts, tasks: tasks) == expected)
        #expect(try await tokenizer.encodeBatch([], tasks: tasks) == [])
        for adds in [false, true] {
            let options = EncodingOptions(addsSpecialTokens: adds)
            let ids = try await tokenizer.encodeBatch(Self.texts, options, tasks: tasks)
            let count = try await tokenizer.countBatch(Self.texts, options, tasks: tasks)
            #expect(count == ids.reduce(0) { $0 + $1.count })
        }
        #expect(try await tokenizer.encodeBatch(["", "a"], tasks: tasks) == [[], tokenizer.encode("a")])
    }

    @Test func manyCallersAtOnceAgree() async throws {
        let tokenizer = try Self.tokenizer.get()
        let expected = try Self.texts.map { try tokenizer.encode($0) }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (try? Self.texts.map { try tokenizer.encode($0) }) == expected }
            }
            for await same in group { #expect(same) }
        }
    }
}
