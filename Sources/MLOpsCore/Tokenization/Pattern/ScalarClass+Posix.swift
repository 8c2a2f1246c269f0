extension ScalarClass {
    /// The class that `[:name:]` stands for in a set; nil when there is none of the name.
    static func posix(_ name: Substring) -> ScalarClass? {
        func categories(_ names: String...) -> [Item] {
            [.categories(names.reduce(0) { $0 | Self.categories[$1, default: 0] }, .version16)]
        }
        switch name {
        case "alpha": return ScalarClass([.ranges(alphabetic)])
        case "alnum": return ScalarClass([.ranges(alphabetic)] + categories("Nd"))
        case "ascii": return ScalarClass([.range(0, 0x7F)])
        case "blank": return ScalarClass(categories("Zs") + [.range(0x09, 0x09)])
        case "cntrl": return ScalarClass(categories("Cc"))
        case "digit": return .digit
        case "graph": return ScalarClass(categories("Z", "Cc", "Cn", "Cs"), negated: true)
        case "lower": return ScalarClass([.ranges(lowercase)])
        case "print": return ScalarClass(categories("Zl", "Zp", "Cc", "Cn", "Cs"), negated: true)
        case "punct": return ScalarClass(categories("P", "S"))
        case "space": return .whitespace
        case "upper": return ScalarClass([.ranges(uppercase)])
        case "word": return .word
        case "xdigit": return .hexadecimalDigit
        default: return nil
        }
    }

    /// `\h`
    static let hexadecimalDigit = ScalarClass([.range(0x30, 0x39), .range(0x41, 0x46), .range(0x61, 0x66)])

    private static let alphabetic = ranges { $0.isAlphabetic }
    private static let lowercase = ranges { $0.isLowercase }
    private static let uppercase = ranges { $0.isUppercase }

    /// The scalars of Unicode 16 whose properties are so.
    private static func ranges(where isMember: (Unicode.Scalar.Properties) -> Bool) -> ScalarRanges {
        var bounds: [UInt32] = []
        var isInside = false
        for value in UInt32(0)...0x10FFFF {
            let holds =
                Unicode.Scalar(value).map {
                    isMember($0.properties) && !ReferenceUnicode.regexAdditions.contains(value)
                } ?? false
            guard holds != isInside else { continue }
            bounds.append(holds ? value : value - 1)
            isInside = holds
        }
        return ScalarRanges(bounds)
    }
}
