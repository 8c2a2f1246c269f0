/// The characters that HTML writes as `&name;` or `&#number;`.
enum HTMLCharacters {
    /// What a name stands for, and whether it has to end with a semicolon.
    private struct Named {
        let bytes: [UInt8]
        let needsSemicolon: Bool
    }

    private static let table: [[UInt8]: Named] = {
        var table: [[UInt8]: Named] = [:]
        for item in names.split(whereSeparator: \.isWhitespace) {
            guard let mark = item.firstIndex(where: { $0 == ":" || $0 == "!" }) else { continue }
            let scalars = item[item.index(after: mark)...].split(separator: "+").compactMap { UInt32($0, radix: 16) }
            let text = String(String.UnicodeScalarView(scalars.compactMap(Unicode.Scalar.init)))
            table[Array(item[..<mark].utf8)] = Named(bytes: Array(text.utf8), needsSemicolon: item[mark] == ":")
        }
        return table
    }()

    /// The most characters that are taken for a name.
    private static let longestName = 32

    /// Returns what stands after an ampersand means, and how many bytes of it; nil when it means nothing.
    static func reference(_ text: ArraySlice<UInt8>) -> (bytes: [UInt8], count: Int)? {
        text.first == UInt8(ascii: "#") ? numbered(text) : named(text)
    }

    private static func named(_ text: ArraySlice<UInt8>) -> (bytes: [UInt8], count: Int)? {
        var characters = 0
        let end =
            text.firstIndex { byte in
                if [0x09, 0x0A, 0x0C, 0x20, 0x3C, 0x26, 0x23, 0x3B].contains(byte) { return true }
                if byte & 0xC0 != 0x80 { characters += 1 }
                return characters > longestName
            } ?? text.endIndex
        let name = Array(text[text.startIndex..<end])
        let isClosed = text[end...].first == UInt8(ascii: ";")
        if let found = table[name], isClosed || !found.needsSemicolon {
            return (found.bytes, name.count + (isClosed ? 1 : 0))
        }
        // The longest beginning that needs no semicolon counts.
        for count in stride(from: name.count - (isClosed ? 0 : 1), through: 2, by: -1) {
            if let found = table[Array(name[..<count])], !found.needsSemicolon { return (found.bytes, count) }
        }
        return nil
    }

    private static func numbered(_ text: ArraySlice<UInt8>) -> (bytes: [UInt8], count: Int)? {
        let isHexadecimal = text.dropFirst().first.map { $0 | 0x20 } == UInt8(ascii: "x")
        let prefix = isHexadecimal ? 2 : 1
        let digits = text.dropFirst(prefix).prefix { byte in
            let character = Character(Unicode.Scalar(byte))
            return character.isASCII && (isHexadecimal ? character.isHexDigit : character.isWholeNumber)
        }
        guard !digits.isEmpty else { return nil }
        let isClosed = text.dropFirst(prefix + digits.count).first == UInt8(ascii: ";")
        let number = UInt32(String(decoding: digits, as: UTF8.self), radix: isHexadecimal ? 16 : 10) ?? .max
        return (character(number), prefix + digits.count + (isClosed ? 1 : 0))
    }

    /// The character that a number stands for, by the rules of HTML: from 128 to 159 those of Windows' Latin letters.
    private static func character(_ number: UInt32) -> [UInt8] {
        let windows: [UInt32] = [
            0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D,
            0x17D,
            0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A, 0x153,
            0x9D,
            0x17E, 0x178,
        ]
        let isNone =
            switch number {
            case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0xFDD0...0xFDEF: true
            default: number & 0xFFFE == 0xFFFE && number <= 0x10FFFF
            }
        if isNone { return [] }
        let meant = (0x80...0x9F).contains(number) ? windows[Int(number) - 0x80] : number
        let scalar = meant == 0 ? nil : Unicode.Scalar(meant)
        return Array(String(scalar ?? "\u{FFFD}").utf8)
    }
}
