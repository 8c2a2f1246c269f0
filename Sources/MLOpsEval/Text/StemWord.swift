/// A word being stemmed: its letters, and the questions the rules of a suffix stripper ask of what a suffix leaves.
struct StemWord {
    private(set) var letters: [UInt8]

    /// Takes up `letters`, which are a–z and 0–9.
    init(_ letters: [UInt8]) {
        self.letters = letters
    }

    /// Whether the word ends in `suffix`.
    func ends(in suffix: StaticString) -> Bool {
        letters.count >= suffix.utf8CodeUnitCount
            && letters.suffix(suffix.utf8CodeUnitCount).elementsEqual(suffix.description.utf8)
    }

    /// Puts `replacement` in place of the last `count` letters.
    mutating func replaceLast(_ count: Int, with replacement: StaticString) {
        letters.removeLast(count)
        letters.append(contentsOf: replacement.description.utf8)
    }

    /// The paper's m of the word without its last `dropped` letters: how often a consonant follows a vowel.
    func measure(dropping dropped: Int) -> Int {
        let marks = consonantMarks(dropping: dropped)
        return zip(marks, marks.dropFirst()).count { !$0 && $1 }
    }

    /// The paper's *v*: whether the word without its last `dropped` letters has a vowel.
    func hasVowel(dropping dropped: Int) -> Bool {
        consonantMarks(dropping: dropped).contains(false)
    }

    /// Whether the last letter, after `dropped` are taken away, is a consonant.
    func endsInConsonant(dropping dropped: Int) -> Bool {
        consonantMarks(dropping: dropped).last ?? false
    }

    /// The paper's *d: whether the word ends in the same consonant twice.
    var endsInDoubleConsonant: Bool {
        letters.count >= 2 && letters[letters.count - 1] == letters[letters.count - 2] && endsInConsonant(dropping: 0)
    }

    /// The paper's *o for the word without its last `dropped` letters.
    ///
    /// It ends consonant, vowel, consonant other than w, x and y. To NLTK a stem of a vowel and a consonant counts too.
    func endsShort(dropping dropped: Int) -> Bool {
        let marks = consonantMarks(dropping: dropped)
        if marks.count == 2 { return !marks[0] && marks[1] }
        guard let last = letters.dropLast(dropped).last else { return false }
        return marks.suffix(3) == [true, false, true] && !"wxy".utf8.contains(last)
    }

    /// Of each letter, whether it is a consonant: not a, e, i, o, u, and a "y" only where no consonant stands before it.
    private func consonantMarks(dropping dropped: Int) -> [Bool] {
        var marks: [Bool] = []
        marks.reserveCapacity(letters.count)
        for letter in letters.dropLast(dropped) {
            switch letter {
            case UInt8(ascii: "y"): marks.append(!(marks.last ?? false))
            default: marks.append(!"aeiou".utf8.contains(letter))
            }
        }
        return marks
    }
}
