/// Text as Python's `str` methods see it, which the reference implementations of the metrics rest on.
///
/// Everything works on Unicode scalars (Python's characters), never on Swift's grapheme clusters or canonical
/// equivalence: to Python, "é" in one scalar and in two are different texts.
enum PythonText {
    /// Whether `str.split()` and `str.strip()` take `scalar` for white space.
    ///
    /// Unicode's White_Space and the four separators U+001C…U+001F.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20: true
        case 0..<0x80: false
        case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// The scalars of `str.lower()`: full mappings, and a capital sigma at a word's end becomes "ς".
    static func lowercased(_ text: String) -> [Unicode.Scalar] {
        let scalars = Array(text.unicodeScalars)
        var out: [Unicode.Scalar] = []
        out.reserveCapacity(scalars.count)
        for (index, scalar) in scalars.enumerated() {
            switch scalar.value {
            case 0x41...0x5A: out.append(Unicode.Scalar(UInt8(scalar.value + 0x20)))
            case 0..<0x80: out.append(scalar)
            case 0x3A3: out.append(isFinalSigma(at: index, in: scalars) ? "\u{3C2}" : "\u{3C3}")
            default: out.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return out
    }

    /// Unicode's Final_Sigma condition: a cased letter before, none after, case-ignorable ones skipped.
    private static func isFinalSigma(at index: Int, in scalars: [Unicode.Scalar]) -> Bool {
        let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
        guard let before, before.properties.isCased else { return false }
        let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        return after.map { !$0.properties.isCased } ?? true
    }

    /// `str.split()`: the runs of scalars that are not white space, as UTF-8.
    static func words(_ scalars: some Sequence<Unicode.Scalar>) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        for scalar in scalars {
            if isSpace(scalar) {
                if !word.isEmpty { words.append(word) }
                word.removeAll(keepingCapacity: true)
            } else {
                word.append(contentsOf: scalar.utf8)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// `str.strip()`, as scalars.
    static func stripped(_ text: String) -> String.UnicodeScalarView.SubSequence {
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, isSpace(first) { scalars.removeFirst() }
        while let last = scalars.last, isSpace(last) { scalars.removeLast() }
        return scalars
    }
}
