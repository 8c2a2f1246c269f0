internal import Foundation

/// Text forms of values as Python prints them, which is what interpolations, YAML dumps and chat templates write.
enum PythonText {
    /// Returns `repr` of a Python float: `1e-05`, `1000.0`, `inf`, `1e+16`.
    static func float(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
        // Swift and Python both print the shortest digits that read back; only the layout differs.
        let (digits, exponent) = shortestDigits(abs(value))
        let sign = value < 0 ? "-" : ""
        if exponent < -4 || exponent >= 16 {
            let fraction = digits.dropFirst()
            let mantissa = fraction.isEmpty ? "\(digits.prefix(1))" : "\(digits.prefix(1)).\(fraction)"
            let magnitude = abs(exponent)
            return "\(sign)\(mantissa)e\(exponent < 0 ? "-" : "+")\(magnitude < 10 ? "0" : "")\(magnitude)"
        }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        let whole = exponent + 1
        if digits.count <= whole {
            return sign + digits + String(repeating: "0", count: whole - digits.count) + ".0"
        }
        return sign + digits.prefix(whole) + "." + digits.dropFirst(whole)
    }

    /// The digits d₁d₂… and the exponent e of d₁.d₂… · 10ᵉ, for a positive finite number.
    private static func shortestDigits(_ value: Double) -> (digits: String, exponent: Int) {
        let text = "\(value)".lowercased()
        let parts = text.split(separator: "e")
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa[0]
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        var digits = String(whole + fraction)
        exponent += whole.count - 1
        let leadingZeros = digits.prefix { $0 == "0" }.count
        digits.removeFirst(leadingZeros)
        exponent -= leadingZeros
        while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        return (digits, exponent)
    }

    /// Returns `repr` of a Python text, in single quotes unless it holds such and no double ones.
    static func quoted(_ text: String) -> String {
        let quote = text.utf8.contains(0x27) && !text.utf8.contains(0x22) ? "\"" : "'"
        var out = quote
        for code in HalfCharacters.codes(of: text) {
            guard let scalar = Unicode.Scalar(code) else {
                out += "\\u" + String(code, radix: 16)
                continue
            }
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            case "'" where quote == "'": out += "\\'"
            case " "..."~": out.unicodeScalars.append(scalar)
            default:
                guard !isPrintable(scalar) else {
                    out.unicodeScalars.append(scalar)
                    continue
                }
                let digits = String(scalar.value, radix: 16)
                let (letter, width) =
                    scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                out += "\\" + letter + String(repeating: "0", count: width - digits.utf8.count) + digits
            }
        }
        return out + quote
    }

    /// Python's `str.isprintable` of one character: no control, format, private or unassigned one, and no space but ' '.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    /// Returns the number that Python's `float` reads from `text`, once underscores are gone.
    static func double(_ text: some StringProtocol) -> Double? {
        switch text.lowercased() {
        case "inf", "+inf", "infinity", "+infinity": .infinity
        case "-inf", "-infinity": -.infinity
        case "nan", "+nan", "-nan": .nan
        default:
            // Swift reads hexadecimal floats too; Python does not.
            text.utf8.contains(where: { $0 == 0x78 || $0 == 0x58 }) ? nil : strictDouble(String(text))
        }
    }

    /// Returns `text` as Python's `int` and `float` take it: without outer white space, and without single underscores
    /// between digits; nil when underscores stand anywhere else.
    static func withoutUnderscores(_ text: String) -> String? {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
        }
        var view = text.unicodeScalars[...]
        view = view.drop(while: isSpace)
        while let last = view.last, isSpace(last) { view.removeLast() }
        let text = String(view)
        guard text.contains("_") else { return text }
        let scalars = Array(text.utf8)
        for (index, byte) in scalars.enumerated() where byte == UInt8(ascii: "_") {
            let isBetween = index > 0 && index + 1 < scalars.count
            guard isBetween, (0x30...0x39).contains(scalars[index - 1]), (0x30...0x39).contains(scalars[index + 1])
            else {
                return nil
            }
        }
        return text.filter { $0 != "_" }
    }

    private static func strictDouble(_ text: String) -> Double? {
        let mantissa = text.prefix { $0 != "e" && $0 != "E" }
        guard mantissa.utf8.contains(where: { (0x30...0x39).contains($0) }) else { return nil }
        // Swift refuses "1." and ".5e3" is fine; "1e400" must be infinite as in C, not nil.
        let padded = text.replacingOccurrences(of: ".e", with: ".0e").replacingOccurrences(of: ".E", with: ".0E")
        return Double(padded.hasSuffix(".") ? padded + "0" : padded)
    }
}
