/// The Porter stemmer with the departures from the paper that NLTK makes, for lower-case words of a–z and 0–9.
///
/// M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980. The departures are those of NLTK's
/// `NLTK_EXTENSIONS` mode, which rouge-score uses: irregular forms, `-ies` and `-ied` of four letters, `y` after a
/// consonant, `-bli`, `-fulli`, `-logi`, and words of one or two letters left alone.
enum PorterStemmer {
    /// Returns the stem of `word`.
    static func stem(_ word: [UInt8]) -> [UInt8] {
        if let irregular = irregularForms[word] { return irregular }
        guard word.count > 2 else { return word }
        var word = StemWord(word)
        dropPlural(&word)
        dropPast(&word)
        if word.ends(in: "y"), word.letters.count > 2, word.endsInConsonant(dropping: 1) {
            word.replaceLast(1, with: "i")
        }
        shortenDerivation(&word)
        apply(adjectival, to: &word) { $0.measure(dropping: $1) > 0 }
        dropResidue(&word)
        tidy(&word)
        return word.letters
    }

    // MARK: Steps 1a and 1b: plurals and past forms

    private static func dropPlural(_ word: inout StemWord) {
        if word.ends(in: "sses") {
            word.replaceLast(2, with: "")
        } else if word.ends(in: "ies") {
            word.replaceLast(word.letters.count == 4 ? 1 : 2, with: "")
        } else if word.ends(in: "s"), !word.ends(in: "ss") {
            word.replaceLast(1, with: "")
        }
    }

    private static func dropPast(_ word: inout StemWord) {
        if word.ends(in: "ied") {
            word.replaceLast(word.letters.count == 4 ? 1 : 2, with: "")
        } else if word.ends(in: "eed") {
            if word.measure(dropping: 3) > 0 { word.replaceLast(1, with: "") }
        } else if word.ends(in: "ed"), word.hasVowel(dropping: 2) {
            word.replaceLast(2, with: "")
            restoreEnding(&word)
        } else if word.ends(in: "ing"), word.hasVowel(dropping: 3) {
            word.replaceLast(3, with: "")
            restoreEnding(&word)
        }
    }

    /// Gives a verb back the "e" it lost, or takes the letter it doubled.
    private static func restoreEnding(_ word: inout StemWord) {
        if word.ends(in: "at") || word.ends(in: "bl") || word.ends(in: "iz") {
            word.replaceLast(0, with: "e")
        } else if word.endsInDoubleConsonant {
            if !word.ends(in: "l"), !word.ends(in: "s"), !word.ends(in: "z") { word.replaceLast(1, with: "") }
        } else if word.measure(dropping: 0) == 1, word.endsShort(dropping: 0) {
            word.replaceLast(0, with: "e")
        }
    }

    // MARK: Steps 2 to 4: suffixes

    private struct Rule {
        let suffix: StaticString, replacement: StaticString
        init(_ suffix: StaticString, _ replacement: StaticString) {
            self.suffix = suffix
            self.replacement = replacement
        }
    }

    /// Applies the first rule whose suffix the word has, if `condition` holds of the word and the suffix's length;
    /// a later rule is not tried either way.
    private static func apply(_ rules: [Rule], to word: inout StemWord, if condition: (StemWord, Int) -> Bool) {
        guard let rule = rules.first(where: { word.ends(in: $0.suffix) }) else { return }
        let count = rule.suffix.utf8CodeUnitCount
        if condition(word, count) { word.replaceLast(count, with: rule.replacement) }
    }

    private static func shortenDerivation(_ word: inout StemWord) {
        // "-alli" goes first, and what it leaves is looked at again.
        while word.ends(in: "alli"), word.measure(dropping: 4) > 0 { word.replaceLast(2, with: "") }
        // The "l" of "-logi" belongs to the stem, so that "geologi" counts like "archaeologi".
        let isLogi = word.ends(in: "logi")
        apply(derivational, to: &word) { $0.measure(dropping: isLogi ? 3 : $1) > 0 }
    }

    private static func dropResidue(_ word: inout StemWord) {
        apply(residual, to: &word) { word, count in
            guard word.measure(dropping: count) > 1 else { return false }
            guard word.ends(in: "ion") else { return true }
            return word.ends(in: "sion") || word.ends(in: "tion")
        }
    }

    private static let derivational = [
        Rule("ational", "ate"), Rule("tional", "tion"), Rule("enci", "ence"), Rule("anci", "ance"), Rule("izer", "ize"),
        Rule("bli", "ble"), Rule("alli", "al"), Rule("entli", "ent"), Rule("eli", "e"), Rule("ousli", "ous"),
        Rule("ization", "ize"), Rule("ation", "ate"), Rule("ator", "ate"), Rule("alism", "al"), Rule("iveness", "ive"),
        Rule("fulness", "ful"), Rule("ousness", "ous"), Rule("aliti", "al"), Rule("iviti", "ive"),
        Rule("biliti", "ble"), Rule("fulli", "ful"), Rule("logi", "log"),
    ]
    private static let adjectival = [
        Rule("icate", "ic"), Rule("ative", ""), Rule("alize", "al"), Rule("iciti", "ic"), Rule("ical", "ic"),
        Rule("ful", ""), Rule("ness", ""),
    ]
    private static let residual: [Rule] = [
        Rule("al", ""), Rule("ance", ""), Rule("ence", ""), Rule("er", ""), Rule("ic", ""), Rule("able", ""),
        Rule("ible", ""), Rule("ant", ""), Rule("ement", ""), Rule("ment", ""), Rule("ent", ""), Rule("ion", ""),
        Rule("ou", ""), Rule("ism", ""), Rule("ate", ""), Rule("iti", ""), Rule("ous", ""), Rule("ive", ""),
        Rule("ize", ""),
    ]

    // MARK: Step 5: a final "e", a double "l"

    private static func tidy(_ word: inout StemWord) {
        if word.ends(in: "e") {
            let measure = word.measure(dropping: 1)
            if measure > 1 || (measure == 1 && !word.endsShort(dropping: 1)) { word.replaceLast(1, with: "") }
        }
        if word.ends(in: "ll"), word.measure(dropping: 1) > 1 { word.replaceLast(1, with: "") }
    }

    private static let irregularForms: [[UInt8]: [UInt8]] = {
        let forms = [
            "sky": ["sky", "skies"], "die": ["dying"], "lie": ["lying"], "tie": ["tying"], "news": ["news"],
            "inning": ["innings", "inning"], "outing": ["outings", "outing"], "canning": ["cannings", "canning"],
            "howe": ["howe"], "proceed": ["proceed"], "exceed": ["exceed"], "succeed": ["succeed"],
        ]
        return forms.reduce(into: [:]) { table, form in
            for inflected in form.value { table[Array(inflected.utf8)] = Array(form.key.utf8) }
        }
    }()
}
