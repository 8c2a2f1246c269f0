internal import Foundation

/// How a number or text is laid out: Python's format specification `[[fill]align][sign][#][0][width][,][.precision][type]`.
struct JinjaNumberLayout {
    var fill: String?
    var alignment: Character?
    var sign: Character?
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
            guard !isFraction, let index = value.index else { return nil }
            let radix = type == "b" ? 2 : type == "o" ? 8 : 16
            text = String(index.magnitude, radix: radix, uppercase: type == "X")
            if isAlternate, let type { text = "0\(type)" + text }
        case "c":
            guard let index = value.index, let code = UInt32(exactly: index), let scalar = Unicode.Scalar(code) else {
                return nil
            }
            return String(Character(scalar))
        case "e", "E", "f", "F", "g", "G", "%": text = fraction(abs(number))
        default: return nil
        }
        if let grouping { text = Self.grouped(text, with: grouping) }
        let isNegative = isFraction ? number.sign == .minus && !number.isNaN : number < 0
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
        case "f", "F": return Self.fixed(number, digits)
        case "%": return Self.fixed(number * 100, digits) + "%"
        default:
            let text = general(number, digits, keepsPoint: false)
            return type == "G" ? text.uppercased() : text
        }
    }

    static func fixed(_ number: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", number) }

    private func exponent(_ number: Double, _ digits: Int, uppercase: Bool) -> String {
        let text = String(format: "%.\(digits)e", number)
        return uppercase ? text.uppercased() : text
    }

    /// C's `%g`; Python's default keeps `.0` of a whole number.
    private func general(_ number: Double, _ digits: Int, keepsPoint: Bool) -> String {
        let text = String(format: "%.\(max(digits, 1))g", number)
        guard keepsPoint, !text.contains("."), !text.contains("e") else { return text }
        return text + ".0"
    }

    private static func grouped(_ text: String, with separator: Character) -> String {
        let whole = text.prefix { $0.isASCII && $0.isNumber }
        var out = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index).isMultiple(of: 3) { out.append(separator) }
            out.append(digit)
        }
        return out + text.dropFirst(whole.count)
    }
}
