internal import Foundation

/// How a number or text is laid out: Python's format specification `[[fill]align][sign][#][0][width][,][.precision][type]`.
struct JinjaNumberLayout {
    var fill: String?
    var alignment: Character?
    var sign: Character?
    /// `z`: a number that is zero once it is rounded has no minus.
    var hidesNegativeZero = false
    var isAlternate = false
    var isZeroFilled = false
    var width = 0
    var grouping: Character?
    var precision: Int?
    var type: Character?

    init() {}

    /// - Returns: nil when `text` is not a specification.
    init?(_ text: String) {
        var rest = Array(text.unicodeScalars.map(Character.init))[...]
        func isAlignment(_ character: Character) -> Bool { "<>=^".contains(character) }
        if rest.count > 1, isAlignment(rest[1]) {
            fill = String(rest[0])
            alignment = rest[1]
            rest = rest.dropFirst(2)
        } else if let first = rest.first, isAlignment(first) {
            alignment = first
            rest = rest.dropFirst()
        }
        if let first = rest.first, "+- ".contains(first) { sign = rest.removeFirst() }
        if rest.first == "z" {
            hidesNegativeZero = true
            rest = rest.dropFirst()
        }
        if rest.first == "#" {
            isAlternate = true
            rest = rest.dropFirst()
        }
        if rest.first == "0" {
            isZeroFilled = true
            rest = rest.dropFirst()
        }
        func number() -> Int? {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            return digits.isEmpty ? nil : Int(String(digits)) ?? .max
        }
        width = number() ?? 0
        if let first = rest.first, first == "," || first == "_" { grouping = rest.removeFirst() }
        if rest.first == "." {
            rest = rest.dropFirst()
            guard let digits = number() else { return nil }
            precision = digits
        }
        type = rest.popFirst()
        guard rest.isEmpty else { return nil }
    }

    /// The digits of a number with its sign, without padding; nil when the type does not fit.
    func digits(of value: JinjaValue) -> String? {
        let isFraction: Bool
        if case .float = value { isFraction = true } else { isFraction = false }
        if case .big(let whole) = value, [nil, "d", "n"].contains(type) {
            guard precision == nil else { return nil }
            let digits = BigInteger(isNegative: false, magnitude: whole.magnitude).description
            return signed(grouping.map { Self.grouped(digits, with: $0) } ?? digits, isNegative: whole.isNegative)
        }
        guard let number = value.number else { return nil }
        var text: String
        switch type {
        case nil, "d", "n":
            if isFraction {
                guard type != "d" else { return nil }
                text = precision.map { general(abs(number), $0, keepsPoint: true) } ?? PythonText.float(abs(number))
            } else {
                guard precision == nil else { return nil }
                if type == nil, case .bool(let flag) = value, width == 0 { return flag ? "True" : "False" }
                text = String(value.index?.magnitude ?? 0)
            }
        case "b", "o", "x", "X":
            guard !isFraction, let whole = value.whole else { return nil }
            text = Self.bits(of: whole, perDigit: type == "b" ? 1 : type == "o" ? 3 : 4)
            if type == "X" { text = text.uppercased() }
            if grouping == "_" { text = Self.grouped(text, with: "_", by: 4) }
            if isAlternate, let type { text = "0\(type)" + text }
            return signed(text, isNegative: whole.isNegative)
        case "c":
            guard let index = value.index, let code = UInt32(exactly: index), let scalar = Unicode.Scalar(code) else {
                return nil
            }
            return String(Character(scalar))
        case "e", "E", "f", "F", "g", "G", "%": text = fraction(abs(number))
        default: return nil
        }
        if let grouping { text = Self.grouped(text, with: grouping) }
        var isNegative = isFraction ? number.sign == .minus && !number.isNaN : number < 0
        if hidesNegativeZero, !text.contains(where: { ("1"..."9").contains($0) }), !text.contains("i") {
            isNegative = false
        }
        return signed(text, isNegative: isNegative)
    }

    private func signed(_ text: String, isNegative: Bool) -> String {
        (isNegative ? "-" : sign == "+" ? "+" : sign == " " ? " " : "") + text
    }

    private func fraction(_ number: Double) -> String {
        let digits = min(precision ?? 6, 1000)
        if number.isNaN || number.isInfinite {
            let word = number.isNaN ? "nan" : "inf"
            return (type?.isUppercase == true ? word.uppercased() : word) + (type == "%" ? "%" : "")
        }
        switch type {
        case "e", "E": return exponent(number, digits, uppercase: type == "E")
        case "f", "F": return Self.fixed(number, digits, keepsPoint: isAlternate)
        case "%": return Self.fixed(number * 100, digits, keepsPoint: isAlternate) + "%"
        default:
            let text = general(number, digits, keepsPoint: false)
            return type == "G" ? text.uppercased() : text
        }
    }

    static func fixed(_ number: Double, _ digits: Int, keepsPoint: Bool = false) -> String {
        String(format: "%\(keepsPoint ? "#" : "").\(digits)f", number)
    }

    private func exponent(_ number: Double, _ digits: Int, uppercase: Bool) -> String {
        let text = String(format: "%\(isAlternate ? "#" : "").\(digits)e", number)
        return uppercase ? text.uppercased() : text
    }

    /// C's `%g`; Python's default keeps `.0` of a whole number.
    private func general(_ number: Double, _ digits: Int, keepsPoint: Bool) -> String {
        let text = String(format: "%\(isAlternate ? "#" : "").\(max(digits, 1))g", number)
        guard keepsPoint, !text.contains("."), !text.contains("e") else { return text }
        return text + ".0"
    }

    /// The number with the zeros in front that its width asks for, grouped as its digits are; without grouping unchanged.
    func filled(_ text: String) -> String {
        guard isZeroFilled, alignment == nil, let grouping else { return text }
        let isBinary = type.map { "boxX".contains($0) } ?? false
        let size = isBinary ? 4 : 3
        var head = text.prefix { "+- ".contains($0) }.count
        if isBinary, isAlternate { head += 2 }
        let start = text.index(text.startIndex, offsetBy: head)
        let whole = text[start...].prefix { $0 == grouping || (isBinary ? $0.isHexDigit : "0"..."9" ~= $0) }
        var digits = whole.filter { $0 != grouping }
        let rest = text[whole.endIndex...]
        guard !digits.isEmpty else { return text }
        func length(_ count: Int) -> Int { head + count + (count - 1) / size + rest.count }
        while length(digits.count) < width { digits = "0" + digits }
        return text[..<start] + Self.grouped(digits, with: grouping, by: size) + rest
    }

    /// The digits of a number whose base is a power of two.
    private static func bits(of whole: BigInteger, perDigit width: Int) -> String {
        let bits = whole.magnitude.reversed().flatMap { limb in (0..<32).reversed().map { limb >> UInt32($0) & 1 } }
        let padded = Array(repeating: 0, count: (width - bits.count % width) % width) + bits
        var out = ""
        for start in stride(from: 0, to: padded.count, by: width) {
            let digit = padded[start..<start + width].reduce(0) { $0 << 1 | $1 }
            if digit > 0 || !out.isEmpty { out += String(digit, radix: 16) }
        }
        return out.isEmpty ? "0" : out
    }

    private static func grouped(_ text: String, with separator: Character, by size: Int = 3) -> String {
        let whole = text.prefix { size == 4 ? $0.isHexDigit : $0.isASCII && $0.isNumber }
        var out = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index).isMultiple(of: size) { out.append(separator) }
            out.append(digit)
        }
        return out + text.dropFirst(whole.count)
    }
}
