/// Numbers as the override and the interpolation grammar write them: `10`, `1_000`, `-.5`, `1e-3`, `inf`, `nan`.
enum GrammarNumber {
    /// Returns the lengths of the longest float and the longest whole number that `text` starts with.
    static func longest(_ text: ArraySlice<Character>) -> (float: Int?, integer: Int?) {
        var rest = text
        if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
        let sign = text.count - rest.count
        let three = String(rest.prefix(3)).lowercased()
        if three == "inf" || three == "nan" { return (sign + 3, nil) }

        let whole = unsigned(rest)
        var float: Int?
        var afterPoint = rest.dropFirst(whole)
        var mantissa = whole
        if afterPoint.first == "." {
            afterPoint.removeFirst()
            let fraction = digits(afterPoint)
            // `1.` is a number, a point alone is not.
            if whole > 0 || fraction > 0 {
                mantissa = whole + 1 + fraction
                float = mantissa
            }
        }
        if mantissa > 0 {
            var exponent = rest.dropFirst(mantissa)
            if exponent.first == "e" || exponent.first == "E" {
                exponent.removeFirst()
                if exponent.first == "+" || exponent.first == "-" { exponent.removeFirst() }
                let count = digits(exponent)
                if count > 0 { float = rest.count - exponent.count + count }
            }
        }
        return (float.map { $0 + sign }, whole > 0 ? whole + sign : nil)
    }

    /// `0`, or digits that do not start with 0, with single underscores between them.
    static func unsigned(_ text: ArraySlice<Character>) -> Int {
        guard let first = text.first, isDigit(first) else { return 0 }
        return first == "0" ? 1 : digits(text)
    }

    /// Digits with single underscores between them.
    private static func digits(_ text: ArraySlice<Character>) -> Int {
        var count = 0
        var index = text.startIndex
        while index < text.endIndex {
            if isDigit(text[index]) {
                count = index - text.startIndex + 1
            } else if text[index] != "_" || count != index - text.startIndex {
                break
            }
            index += 1
        }
        return count
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) && character.isASCII }
}
