/// The meaning of plain text in YAML as OmegaConf reads it: YAML 1.1 without dates, with `1e-3` a number.
///
/// `yes`, `on` and their kin are truth values, `0o17` is text, `017` is octal, `1_000` a number and `1:30` ninety.
enum YAMLScalar {
    /// Returns what plain text means, or nil for a whole number with more digits than Python reads.
    static func content(of text: String) -> ConfigNode.Content? {
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            if isInteger(text) {
                if let value = integer(text) { return .integer(value) }
                return bigInteger(text).map { .bigInteger($0.description) }
            }
            if isFloat(text), let value = float(text) { return .number(value) }
            return .string(text)
        default:
            if nulls.contains(text) { return .null }
            if let value = bools[text] { return .bool(value) }
            return .string(text)
        }
    }

    /// The truth value that a word in small letters is.
    static func truth(_ word: String) -> Bool? { bools[word] }

    /// What PyYAML reads for the tag `!!int`, whatever the text looks like; nil when it is no whole number.
    static func whole(_ text: String) -> ConfigNode.Content? {
        let unsigned = unsigned(text).filter { $0 != "_" }
        if isInteger(text) || unsigned.contains(":") {
            if let value = integer(text) { return .integer(value) }
            return isInteger(text) ? bigInteger(text).map { .bigInteger($0.description) } : nil
        }
        let digits = (text.hasPrefix("-") ? "-" : "") + unsigned.trimmingPrefix { $0 == " " }
        return Int64(digits).map { .integer($0) }
    }

    /// What PyYAML reads for the tag `!!float`; nil when it is no number.
    static func fraction(_ text: String) -> Double? {
        if isFloat(text) { return float(text) }
        return float(text.lowercased())
    }

    /// Whether plain text has a meaning in YAML 1.1 that a value cannot have: `=` and `<<`.
    static func isReserved(_ text: String) -> Bool { text == "=" || text == "<<" }

    private static let nulls: Set<String> = ["~", "null", "Null", "NULL"]
    private static let bools: [String: Bool] = [
        "yes": true, "Yes": true, "YES": true, "true": true, "True": true, "TRUE": true, "on": true, "On": true,
        "ON": true,
        "no": false, "No": false, "NO": false, "false": false, "False": false, "FALSE": false, "off": false,
        "Off": false,
        "OFF": false,
    ]

    // MARK: Whole numbers

    /// Whether plain text is a whole number: decimal, `0b101`, `017`, `0x1F`, or base sixty (`1:30`).
    static func isInteger(_ text: String) -> Bool {
        let digits = unsigned(text)
        guard let first = digits.first else { return false }
        if first == "0" {
            if digits.count == 1 { return true }
            let rest = digits.dropFirst()
            if rest.first == "b" { return rest.count > 1 && rest.dropFirst().allSatisfy { "01_".contains($0) } }
            if rest.first == "x" {
                return rest.count > 1 && rest.dropFirst().allSatisfy { $0 == "_" || ($0.isASCII && $0.isHexDigit) }
            }
            return rest.allSatisfy { "01234567_".contains($0) }
        }
        guard isDigit(first) else { return false }
        let fields = digits.split(separator: ":", omittingEmptySubsequences: false)
        guard fields[0].allSatisfy({ isDigit($0) || $0 == "_" }) else { return false }
        return fields.dropFirst().allSatisfy(isSixtieth)
    }

    private static func integer(_ text: String) -> Int64? {
        let digits = unsigned(text).filter { $0 != "_" }
        let sign = text.hasPrefix("-") ? "-" : ""
        if digits == "0" { return 0 }
        if digits.hasPrefix("0b") { return Int64(sign + digits.dropFirst(2), radix: 2) }
        if digits.hasPrefix("0x") { return Int64(sign + digits.dropFirst(2), radix: 16) }
        if digits.hasPrefix("0") { return Int64(sign + digits, radix: 8) }
        guard digits.contains(":") else { return Int64(sign + digits) }
        var total: Int64 = 0
        for field in digits.split(separator: ":") {
            guard let value = Int64(field) else { return nil }
            let (scaled, overflow) = total.multipliedReportingOverflow(by: 60)
            let (sum, carry) = scaled.addingReportingOverflow(value)
            guard !overflow, !carry else { return nil }
            total = sum
        }
        return sign.isEmpty ? total : -total
    }

    /// The most digits that Python's `int` takes.
    static let maximumDigits = 4_300

    private static func bigInteger(_ text: String) -> BigInteger? {
        let digits = unsigned(text).filter { $0 != "_" }
        let isNegative = text.hasPrefix("-")
        guard digits.utf8.count <= maximumDigits else { return nil }
        if digits.hasPrefix("0b") { return BigInteger(digits: digits.dropFirst(2), radix: 2, isNegative: isNegative) }
        if digits.hasPrefix("0x") { return BigInteger(digits: digits.dropFirst(2), radix: 16, isNegative: isNegative) }
        if digits.hasPrefix("0") { return BigInteger(digits: digits, radix: 8, isNegative: isNegative) }
        var total = BigInteger(0)
        for field in digits.split(separator: ":") {
            guard let value = BigInteger(digits: field) else { return nil }
            total = total * BigInteger(60) + value
        }
        return isNegative ? -total : total
    }

    // MARK: Other numbers

    /// Whether plain text is a number with a point, an exponent, or one of `.inf` and `.nan`.
    static func isFloat(_ text: String) -> Bool {
        let digits = unsigned(text)
        if [".inf", ".Inf", ".INF"].contains(digits) { return true }
        if [".nan", ".NaN", ".NAN"].contains(text) { return true }
        var rest = digits
        guard let first = rest.first else { return false }
        if first == "." {
            // A sign before a leading point makes it text, as in OmegaConf.
            guard digits.count == text.count else { return false }
            rest.removeFirst()
            guard let next = rest.first, isDigit(next) else { return false }
            rest = rest.drop { isDigit($0) || $0 == "_" }
            return rest.isEmpty || isExponent(rest, signRequired: true)
        }
        guard isDigit(first) else { return false }
        let whole = rest.prefix { isDigit($0) || $0 == "_" }
        // OmegaConf's own forms of a number, with an exponent that needs no sign, have underscores between digits only.
        let isStrict = whole.split(separator: "_", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
        rest = rest[whole.endIndex...]
        if rest.first == ":" {
            guard let point = rest.firstIndex(of: ".") else { return false }
            let fields = rest[..<point].dropFirst().split(separator: ":", omittingEmptySubsequences: false)
            return fields.allSatisfy(isSixtieth)
                && rest[rest.index(after: point)...].allSatisfy { isDigit($0) || $0 == "_" }
        }
        if rest.first == "." {
            rest = rest.dropFirst().drop { isDigit($0) || $0 == "_" }
            return rest.isEmpty || isExponent(rest, signRequired: !isStrict)
        }
        return isStrict && isExponent(rest, signRequired: false)
    }

    private static func float(_ text: String) -> Double? {
        let digits = unsigned(text).filter { $0 != "_" }
        let sign: Double = text.hasPrefix("-") ? -1 : 1
        switch digits.lowercased() {
        case ".inf": return sign * .infinity
        case ".nan": return .nan
        default: break
        }
        if digits.contains(":") {
            var total = 0.0
            for field in digits.split(separator: ":") {
                guard let value = PythonText.double(field) else { return nil }
                total = total * 60 + value
            }
            return sign * total
        }
        return PythonText.double(digits).map { sign * $0 }
    }

    // MARK: Pieces

    private static func unsigned(_ text: String) -> Substring {
        text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : Substring(text)
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) && character.isASCII }

    private static func isSixtieth(_ field: some StringProtocol) -> Bool {
        guard (1...2).contains(field.count), field.allSatisfy(isDigit), let first = field.first else { return false }
        return field.count == 1 || ("0"..."5").contains(first)
    }

    private static func isExponent(_ text: Substring, signRequired: Bool) -> Bool {
        guard let letter = text.first, letter == "e" || letter == "E" else { return false }
        var rest = text.dropFirst()
        if rest.first == "+" || rest.first == "-" { rest.removeFirst() } else if signRequired { return false }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }
}
