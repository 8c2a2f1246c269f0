/// Words as rouge-score 0.1.2 takes them: lower case, runs of a–z and 0–9, everything else a gap.
///
/// A letter outside ASCII is a gap unless its lower case has an ASCII letter (the Kelvin sign, the dotted capital İ).
struct RougeTokenizer {
    /// Whether words of more than three characters are replaced by their Porter stem.
    let usesStemmer: Bool

    /// Returns the words of `text`, in order.
    func words(_ text: some Sequence<Unicode.Scalar>) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        func finish() {
            guard !word.isEmpty else { return }
            words.append(usesStemmer && word.count > 3 ? PorterStemmer.stem(word) : word)
            word.removeAll(keepingCapacity: true)
        }
        func take(_ value: UInt32) {
            switch value {
            case 0x61...0x7A, 0x30...0x39: word.append(UInt8(value))
            default: finish()
            }
        }
        for scalar in text {
            switch scalar.value {
            case 0x41...0x5A: take(scalar.value + 0x20)
            case 0..<0x80: take(scalar.value)
            default: for lower in scalar.properties.lowercaseMapping.unicodeScalars { take(lower.value) }
            }
        }
        finish()
        return words
    }
}
