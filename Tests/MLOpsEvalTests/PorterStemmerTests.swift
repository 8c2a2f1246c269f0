import Testing

@testable import MLOpsEval

@Suite struct PorterStemmerTests {
    /// Words of Porter's paper and of NLTK's departures from it.
    @Test(arguments: [
        ("caresses", "caress"), ("ponies", "poni"), ("flies", "fli"), ("dies", "die"), ("agreed", "agre"),
        ("feed", "feed"), ("hopping", "hop"), ("falling", "fall"), ("filing", "file"), ("happy", "happi"),
        ("enjoy", "enjoy"), ("conditional", "condit"), ("skies", "sky"), ("geology", "geolog"),
        ("controlling", "control"),
    ])
    func stems(word: String, stem: String) {
        #expect(String(decoding: PorterStemmer.stem(Array(word.utf8)), as: UTF8.self) == stem)
    }

    @Test func agreesWithNLTKOnAList() throws {
        let stems = try MetricFixture.stems()
        try #require(stems.count >= 2000)
        for (word, stem) in stems {
            let own = String(decoding: PorterStemmer.stem(Array(word.utf8)), as: UTF8.self)
            #expect(own == stem, "\(word) becomes \(own), not \(stem)")
        }
    }
}
