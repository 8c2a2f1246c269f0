import Testing

@testable import MLOpsCore

/// The matchers written by hand against the general pattern engine, which the reference's cases check.
@Suite struct KnownPatternTests {
    /// A small generator, the same on every machine.
    struct Random {
        var state: UInt64

        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    static let parts = [
        " ", "  ", "\n", "\r\n", "\t", "\u{A0}", "\u{3000}", "\u{85}", "a", "Z", "é", "e\u{301}", "ſ", "K", "日本", "ᾳ",
        "'", "'s", "'S", "'ſ",
        "'ll", "'Ll", "'re", "'VE", "'d", "'x", "1", "22", "½", "Ⅷ", "٣", "!", "...", "_", "-", "😀", "\u{200D}",
        "\u{0}", "\u{7F}", "\u{88F}",
        "\u{1C89}", "\u{E000}", "$", "€",
    ]

    @Test(
        arguments: [
            #"\p{N}"#, Pretokenizer.gpt2Pattern, GGUFPatterns.llama3, GGUFPatterns.originalLlama3, GGUFPatterns.qwen2,
            GGUFPatterns.originalQwen2,
        ], [ReferenceUnicode.Version.version15, .version16]
    ) func dividesAsTheGeneralEngine(source: String, unicode: ReferenceUnicode.Version) throws {
        let pattern = try Pattern(source, unicode: unicode)
        let known = try #require(pattern.known)
        var random = Random(state: 7)
        for _ in 0..<4000 {
            let count = random.next(14)
            let text = Array((0..<count).map { _ in Self.parts[random.next(Self.parts.count)] }.joined().utf8)
            var pieces: [Range<Int>] = []
            known.divide(text, text.indices, into: &pieces)
            let matches = try pattern.matches(in: text, text.indices)
            var expected: [Range<Int>] = []
            SplitBehavior.isolated.divide(text.indices, matches, inverted: false, into: &expected)
            #expect(!known.isGapless || matches == expected)
            #expect(pieces == expected, "\(String(decoding: text, as: UTF8.self).debugDescription)")
        }
    }

    /// Every scalar of Unicode has the kind that the general engine's classes say.
    @Test func kindsAreThoseOfTheClasses() throws {
        let letter = ScalarClass([.categories(ScalarClass.letters, .version16)])
        let number = ScalarClass([.categories(ScalarClass.numbers, .version16)])
        for value in UInt32(0x80)...0x10FFFF where Unicode.Scalar(value) != nil {
            let kind = WordClass.of(value, .version16)
            #expect((kind == .letter) == letter.contains(value))
            #expect((kind == .number) == number.contains(value))
            #expect((kind == .space) == ScalarClass.whitespace.contains(value))
        }
    }
}
