/// What is wrong with the characters of a text, although it is valid Unicode.
enum TextDefects {
    /// A defect, and the place of the first such character, counted from 1.
    struct Defect: Sendable, Hashable {
        var kind: DataFinding.Kind
        var place: Int
        /// What stands there.
        var what: String
    }

    /// Returns the first defect of each kind in `text`.
    static func find(in text: String) -> [Defect] {
        // Nearly every text has none: printable ASCII with line ends and tabs needs one look at its bytes.
        guard text.utf8.contains(where: { $0 >= 0x7F || ($0 < 0x20 && $0 != 0x0A && $0 != 0x09 && $0 != 0x0D) }) else {
            return []
        }
        let scalars = Array(text.unicodeScalars)
        var defects: [Defect] = []
        func note(_ kind: DataFinding.Kind, _ index: Int, _ what: @autoclosure () -> String) {
            guard !defects.contains(where: { $0.kind == kind }) else { return }
            defects.append(Defect(kind: kind, place: index + 1, what: what()))
        }
        for (index, scalar) in scalars.enumerated() {
            switch scalar.value {
            case 0xFFFD: note(.replacementCharacter, index, "U+FFFD")
            case 0x09, 0x0A, 0x0D: break
            case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xFDD0...0xFDEF:
                note(.controlCharacter, index, name(of: scalar))
            case let value where value & 0xFFFE == 0xFFFE: note(.controlCharacter, index, name(of: scalar))
            default: break
            }
        }
        if let index = mojibake(in: scalars) {
            let end = min(scalars.count, index + 3)
            note(.mojibake, index, "\"\(String(String.UnicodeScalarView(scalars[index..<end])))\"")
        }
        return defects
    }

    private static func name(of scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// Returns where UTF-8 was read as Windows-1252; nil when nothing looks so.
    ///
    /// A sequence of characters whose Windows-1252 bytes are the UTF-8 of one character counts: three or four of them
    /// at once, and two when they begin with Â or Ã, as those of western letters do. Other twos, and a letter with
    /// quotation marks, dashes or dots behind it, can stand in a sentence by chance: they count when they come twice.
    static func mojibake(in scalars: [Unicode.Scalar]) -> Int? {
        var doubtful: Int?
        var index = 0
        while index < scalars.count {
            guard let lead = byte(scalars[index]), (0xC2...0xF4).contains(lead) else {
                index += 1
                continue
            }
            let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
            guard index + length <= scalars.count else { return nil }
            let bytes = scalars[index..<index + length].compactMap(byte)
            guard bytes.count == length, bytes.dropFirst().allSatisfy({ (0x80...0xBF).contains($0) }),
                String(validating: bytes, as: UTF8.self) != nil
            else {
                index += 1
                continue
            }
            let isMark = bytes.dropFirst().allSatisfy(marks.contains)
            if doubtful != nil || (!isMark && (length > 2 || lead <= 0xC3)) { return doubtful ?? index }
            doubtful = index
            index += length
        }
        return nil
    }

    /// Quotation marks, dashes and dots, which stand behind a letter in any sentence.
    private static let marks: Set<UInt8> = [
        0x82, 0x84, 0x85, 0x8B, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97, 0x9B, 0xAB, 0xBB,
    ]

    /// The byte that Windows-1252 writes a character with; nil when it has none, or it is ASCII.
    private static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
        switch scalar.value {
        case 0x80...0xFF: UInt8(scalar.value)
        case 0x100...0x2122: upperHalf[scalar.value]
        default: nil
        }
    }

    /// The characters that Windows-1252 has where Latin-1 has controls.
    private static let upperHalf: [UInt32: UInt8] = [
        0x20AC: 0x80, 0x201A: 0x82, 0x0192: 0x83, 0x201E: 0x84, 0x2026: 0x85, 0x2020: 0x86, 0x2021: 0x87, 0x02C6: 0x88,
        0x2030: 0x89, 0x0160: 0x8A, 0x2039: 0x8B, 0x0152: 0x8C, 0x017D: 0x8E, 0x2018: 0x91, 0x2019: 0x92, 0x201C: 0x93,
        0x201D: 0x94, 0x2022: 0x95, 0x2013: 0x96, 0x2014: 0x97, 0x02DC: 0x98, 0x2122: 0x99, 0x0161: 0x9A, 0x203A: 0x9B,
        0x0153: 0x9C, 0x017E: 0x9E, 0x0178: 0x9F,
    ]
}
