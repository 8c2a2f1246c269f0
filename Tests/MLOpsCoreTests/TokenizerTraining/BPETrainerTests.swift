import Foundation
import TestSupport
import Testing

@testable import MLOpsCore

/// Learning merges; Tests/Interop/test_tokenizer_training.py compares whole vocabularies with the reference.
@Suite struct BPETrainerTests {
    private func learn(_ texts: [String], _ trainer: BPETrainer) throws -> LearnedVocabulary {
        var counts = try PieceCounts()
        for text in texts { try counts.add(text) }
        return try trainer.train(on: counts)
    }

    private func merges(_ vocabulary: LearnedVocabulary) -> [String] {
        vocabulary.merges.map { "\(vocabulary.tokens[Int($0.left)]) \(vocabulary.tokens[Int($0.right)])" }
    }

    /// Counted by hand; `p ug` and `hug s` both occur five times, and `p` has the lower id.
    @Test func theMostFrequentPairComesFirst() throws {
        let words = [("hug", 10), ("pug", 5), ("pun", 12), ("bun", 4), ("hugs", 5)]
        let texts = words.flatMap { [String](repeating: $0.0, count: $0.1) }
        let vocabulary = try learn(texts, BPETrainer(vocabularySize: 256 + 5))
        #expect(merges(vocabulary) == ["u g", "u n", "h ug", "p un", "p ug"])
        #expect(Array(vocabulary.tokens.suffix(5)) == ["ug", "un", "hug", "pun", "pug"])
    }

    /// Of pairs that are equally frequent, the one with the lower ids: bytes are in the order of their characters.
    @Test func tiesAreDecidedByIds() throws {
        let vocabulary = try learn(["yz", "ab", "aé"], BPETrainer(vocabularySize: 300))
        #expect(merges(vocabulary) == ["a b", "a Ã", "y z", "aÃ ©"])
    }

    @Test func overlapsAreCountedFromTheLeft() throws {
        let vocabulary = try learn(["aaaaa"], BPETrainer(vocabularySize: 300))
        #expect(merges(vocabulary) == ["a a", "aa a", "aa aaa"])
    }

    @Test func settingsBoundWhatIsLearned() throws {
        let texts = ["abcd", "abcd", "abce", "xy"]
        let often = try learn(texts, BPETrainer(vocabularySize: 300, minimumFrequency: 3))
        #expect(merges(often) == ["a b", "ab c"])
        let short = try learn(texts, BPETrainer(vocabularySize: 300, maximumTokenLength: 4))
        #expect(merges(short) == ["a b", "ab c", "x y"])
    }

    /// The SHA-256 of what tokenizers 0.23.3 saves for the questions and answers of data/quickstart/train.jsonl
    /// (`test_rows` in Tests/Interop makes the same file).
    @Test func theFileIsTheOneOfTheReference() throws {
        var counts = try PieceCounts()
        try counts.add(contentsOf: Fixture.package.appending(path: "data/quickstart/train.jsonl").path)
        let vocabulary = try BPETrainer(
            vocabularySize: 1500, specialTokens: LearnedVocabulary.conversationTokens
        ).train(on: counts)
        #expect(
            Digest.sha256(Array(vocabulary.tokenizerJSON.text(.pretty).utf8))
                == "03d451291cc72048469afdab09126bbb8fbc79055e6de48c9db98fa3645bf2d3")
    }

    @Test func theTokenizerSpellsEveryText() throws {
        let home = try TemporaryDirectory()
        let texts = ["one two two three", "Ünïcødé 日本語 😀", "\t\n  \r\n", "<|im_end|>"]
        let special = LearnedVocabulary.conversationTokens
        let vocabulary = try learn(texts, BPETrainer(vocabularySize: 320, specialTokens: special))
        #expect(try vocabulary.write(to: home.url) == ["tokenizer.json", "tokenizer_config.json"])
        let tokenizer = try PretrainedTokenizer(
            json: JSONValue(parsing: Data(contentsOf: home.url.appending(path: "tokenizer.json"))))
        for text in texts + ["what it never saw: žluťoučký kůň \u{0}\u{7F}"] {
            let ids = try tokenizer.encode(text, EncodingOptions(recognisesAddedTokens: false))
            #expect(tokenizer.decode(ids, skipSpecialTokens: false) == text)
            #expect(ids.allSatisfy { $0 >= 3 }, "text never becomes a special token")
        }
        #expect(try tokenizer.encode("<|im_end|>", EncodingOptions()) == [2])
        #expect(try learn(texts, BPETrainer(vocabularySize: 300)).write(to: home.url) == ["tokenizer.json"])
    }

    @Test(arguments: [
        (BPETrainer(vocabularySize: 257, specialTokens: ["<a>", "<b>"]), "are 258"),
        (BPETrainer(vocabularySize: 1 << 21), "1048576"),
        (BPETrainer(vocabularySize: 300, specialTokens: [""]), "empty"),
        (BPETrainer(vocabularySize: 300, specialTokens: ["<a>", "<a>"]), "twice"),
        (BPETrainer(vocabularySize: 300, specialTokens: ["Ġ"]), "byte"),
    ])
    func settingsThatFitNothingAreRefused(trainer: BPETrainer, message: String) throws {
        let error = #expect(throws: TokenizerError.self) { try learn(["a"], trainer) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func textWithoutBreaksIsRefusedByLine() throws {
        var counts = try PieceCounts()
        let long = String(repeating: "x", count: PieceCounts.maximumPieceLength)
        #expect(try counts.add(linesOf: "one\n\(long)\n") == 2)
        let error = #expect(throws: TokenizerError.self) {
            try counts.add(linesOf: "one\n\(long)x\n", origin: "corpus.txt")
        }
        #expect(error?.message.hasPrefix("corpus.txt:2: 65537 bytes") == true)
    }

    @Test func filesThatAreNoTextAreRefused() throws {
        let home = try TemporaryDirectory()
        let file = home.url.appending(path: "latin1.txt")
        try Data([0x61, 0xE9, 0x0A]).write(to: file)
        var counts = try PieceCounts()
        let error = #expect(throws: TokenizerError.self) { try counts.add(contentsOf: file.path) }
        #expect(error?.message.contains("not UTF-8") == true)
        #expect(throws: FileError.self) { try counts.add(contentsOf: home.url.appending(path: "none.txt").path) }
        #expect(counts.byteCount == 0)
    }
}
