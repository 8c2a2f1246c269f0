@testable import MLOpsEval
import Testing

@Suite struct PorterStemmerTests {
    /// Examples of Porter's paper and of NLTK's departures; a long list compared with NLTK stands in the golden fixture.
    @Test(arguments: [
        ("caresses", "caress"), ("ponies", "poni"), ("flies", "fli"), ("dies", "die"), ("agreed", "agre"),
        ("feed", "feed"),
        ("hopping", "hop"), ("falling", "fall"), ("filing", "file"), ("happy", "happi"), ("enjoy", "enjoy"),
        ("conditional", "condit"), ("skies", "sky"), ("geology", "geolog"), ("controlling", "control"),
    ])
    func stems(word: String, stem: String) {
        #expect(String(decoding: PorterStemmer.stem(Array(word.utf8)), as: UTF8.self) == stem)
    }
}
