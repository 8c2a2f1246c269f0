/// What the characters of a text allow it to be written as in YAML.
struct YAMLTextShape {
    /// Whether it can stand without quotes in block style.
    private(set) var allowsPlain = true
    /// Whether it can stand between single quotes.
    private(set) var allowsSingleQuotes = true
    /// Whether it has line breaks.
    private(set) var isMultiline = false

    /// Looks at `text`.
    init(_ text: String) {
        let scalars = Array(text.unicodeScalars)
        guard let first = scalars.first, let last = scalars.last else { return }
        var hasIndicators = text.hasPrefix("---") || text.hasPrefix("...")
        var hasSpecial = false
        var breakThenSpace = false
        var spaceThenBreak = false
        for (index, scalar) in scalars.enumerated() {
            let previous: Unicode.Scalar? = index > 0 ? scalars[index - 1] : nil
            let isFollowedBySpace = index + 1 == scalars.count || Self.isSpace(scalars[index + 1])
            if index == 0 {
                if "#,[]{}&*!|>'\"%@`".unicodeScalars.contains(scalar) { hasIndicators = true }
                if scalar == "?" || scalar == ":" || scalar == "-", isFollowedBySpace { hasIndicators = true }
            } else {
                if scalar == ":", isFollowedBySpace { hasIndicators = true }
                if scalar == "#", let previous, Self.isSpace(previous) { hasIndicators = true }
            }
            if Self.isBreak(scalar) { isMultiline = true }
            if !Self.isPrintable(scalar) { hasSpecial = true }
            if let previous {
                if scalar == " ", Self.isBreak(previous) { breakThenSpace = true }
                if Self.isBreak(scalar), previous == " " { spaceThenBreak = true }
            }
        }
        let hasOuterSpace = [first, last].contains { $0 == " " || Self.isBreak($0) }
        allowsPlain = !(hasIndicators || hasSpecial || isMultiline || hasOuterSpace)
        allowsSingleQuotes = !(breakThenSpace || spaceThenBreak || hasSpecial)
    }

    /// Whether a YAML 1.1 reader, or OmegaConf, takes `text` without quotes for text.
    static func isTextWhenPlain(_ text: String) -> Bool {
        guard case .string = YAMLScalar.content(of: text) else { return false }
        if YAMLScalar.isReserved(text) || ["y", "Y", "n", "N"].contains(text) || isTimestamp(text) { return false }
        // OmegaConf also quotes what Python's int() and float() read.
        return PythonText.withoutUnderscores(text).flatMap { PythonText.double($0) } == nil
    }

    /// Whether a plain YAML 1.1 reader takes `text` for a date: `2024-12-23`, with or without a time.
    static func isTimestamp(_ text: String) -> Bool {
        // Building the patterns costs more than all the rest of writing a document: nearly no text gets there.
        let head = Array(text.utf8.prefix(5))
        guard head.count == 5, head[4] == 0x2D, head[..<4].allSatisfy({ (0x30...0x39).contains($0) }) else {
            return false
        }
        let date = #/[0-9]{4}-[0-9]{2}-[0-9]{2}/#
        let full =
            #/[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?/#
        return text.wholeMatch(of: date) != nil || text.wholeMatch(of: full) != nil
    }

    static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\u{85}" || scalar == "\u{2028}" || scalar == "\u{2029}"
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\r" || scalar == "\0" || isBreak(scalar)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000..<0x10FFFF: true
        default: false
        }
    }

    /// What stands for the character `code`, or for half of one, between double quotes; nil when it stands for itself.
    static func escape(_ code: UInt32) -> String? {
        guard let scalar = Unicode.Scalar(code) else { return "\\u" + hex(code, 4) }
        switch scalar {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case "\0": return "\\0"
        case "\u{07}": return "\\a"
        case "\u{08}": return "\\b"
        case "\t": return "\\t"
        case "\n": return "\\n"
        case "\u{0B}": return "\\v"
        case "\u{0C}": return "\\f"
        case "\r": return "\\r"
        case "\u{1B}": return "\\e"
        case "\u{85}": return "\\N"
        case "\u{A0}": return nil
        case "\u{2028}": return "\\L"
        case "\u{2029}": return "\\P"
        default: break
        }
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: return nil
        case ..<0x100: return "\\x" + hex(scalar.value, 2)
        case ..<0x10000: return "\\u" + hex(scalar.value, 4)
        default: return "\\U" + hex(scalar.value, 8)
        }
    }

    private static func hex(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: width - digits.count) + digits
    }
}
