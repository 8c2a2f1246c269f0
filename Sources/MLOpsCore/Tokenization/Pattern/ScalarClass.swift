/// A set of Unicode scalars, as a pattern's `\p{L}`, `\s` or `[^\r\n]` names it.
///
/// Membership follows the Unicode properties of the standard library, which the reference's regular expressions
/// (Oniguruma) follow too: `\s` is White_Space, `\d` is Nd, `\w` is Alphabetic, M, Nd and Pc.
struct ScalarClass: Sendable, Hashable {
    /// One named part of a set.
    enum Item: Sendable, Hashable {
        case range(UInt32, UInt32)
        /// A bit for each general category, see ``categoryBit(_:)``.
        case categories(UInt32)
        case whitespace
        case word
        case not(ScalarClass)
    }

    private let items: [Item]
    private let isNegated: Bool
    /// Membership of the first 128 scalars, which most text is made of.
    private let ascii: [Bool]

    init(_ items: [Item], negated: Bool = false) {
        self.items = items
        self.isNegated = negated
        ascii = (0..<128).map { value in
            Unicode.Scalar(value).map { Self.matches(items, $0) != negated } ?? false
        }
    }

    /// Whether `scalar` is a member.
    func contains(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 128 ? ascii[Int(scalar.value)] : Self.matches(items, scalar) != isNegated
    }

    /// The parts, for building a larger set: a negated set counts as one part.
    var parts: [Item] { isNegated ? [.not(self)] : items }

    private static func matches(_ items: [Item], _ scalar: Unicode.Scalar) -> Bool {
        for item in items {
            switch item {
            case .range(let first, let last): if first <= scalar.value, scalar.value <= last { return true }
            case .categories(let mask): if mask & categoryBit(scalar.properties.generalCategory) != 0 { return true }
            case .whitespace: if scalar.properties.isWhitespace { return true }
            case .word: if isWord(scalar) { return true }
            case .not(let other): if !other.contains(scalar) { return true }
            }
        }
        return false
    }

    /// Whether `\w` matches `scalar`.
    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic
            || categoryBit(scalar.properties.generalCategory)
                & (categories["M", default: 0] | categories["Nd", default: 0] | categories["Pc", default: 0]) != 0
    }

    /// Masks of the general categories and their groups, by their short names.
    static let categories: [String: UInt32] = {
        let letters: [(String, Unicode.GeneralCategory)] = [
            ("Lu", .uppercaseLetter), ("Ll", .lowercaseLetter), ("Lt", .titlecaseLetter), ("Lm", .modifierLetter),
            ("Lo", .otherLetter), ("Mn", .nonspacingMark), ("Mc", .spacingMark), ("Me", .enclosingMark),
            ("Nd", .decimalNumber), ("Nl", .letterNumber), ("No", .otherNumber), ("Pc", .connectorPunctuation),
            ("Pd", .dashPunctuation), ("Ps", .openPunctuation), ("Pe", .closePunctuation), ("Pi", .initialPunctuation),
            ("Pf", .finalPunctuation), ("Po", .otherPunctuation), ("Sm", .mathSymbol), ("Sc", .currencySymbol),
            ("Sk", .modifierSymbol), ("So", .otherSymbol), ("Zs", .spaceSeparator), ("Zl", .lineSeparator),
            ("Zp", .paragraphSeparator), ("Cc", .control), ("Cf", .format), ("Cs", .surrogate), ("Co", .privateUse),
            ("Cn", .unassigned),
        ]
        var masks: [String: UInt32] = [:]
        for (name, category) in letters {
            masks[name] = categoryBit(category)
            masks[String(name.prefix(1)), default: 0] |= categoryBit(category)
        }
        return masks
    }()

    private static func categoryBit(_ category: Unicode.GeneralCategory) -> UInt32 {
        switch category {
        case .uppercaseLetter: 1 << 0
        case .lowercaseLetter: 1 << 1
        case .titlecaseLetter: 1 << 2
        case .modifierLetter: 1 << 3
        case .otherLetter: 1 << 4
        case .nonspacingMark: 1 << 5
        case .spacingMark: 1 << 6
        case .enclosingMark: 1 << 7
        case .decimalNumber: 1 << 8
        case .letterNumber: 1 << 9
        case .otherNumber: 1 << 10
        case .connectorPunctuation: 1 << 11
        case .dashPunctuation: 1 << 12
        case .openPunctuation: 1 << 13
        case .closePunctuation: 1 << 14
        case .initialPunctuation: 1 << 15
        case .finalPunctuation: 1 << 16
        case .otherPunctuation: 1 << 17
        case .mathSymbol: 1 << 18
        case .currencySymbol: 1 << 19
        case .modifierSymbol: 1 << 20
        case .otherSymbol: 1 << 21
        case .spaceSeparator: 1 << 22
        case .lineSeparator: 1 << 23
        case .paragraphSeparator: 1 << 24
        case .control: 1 << 25
        case .format: 1 << 26
        case .surrogate: 1 << 27
        case .privateUse: 1 << 28
        case .unassigned: 1 << 29
        @unknown default: 1 << 30
        }
    }
}

extension ScalarClass {
    /// `\s`
    static let whitespace = ScalarClass([.whitespace])
    /// `\w`
    static let word = ScalarClass([.word])
    /// `\d`
    static let digit = ScalarClass([.categories(categories["Nd", default: 0])])
    /// `\p{N}`
    static let number = ScalarClass([.categories(categories["N", default: 0])])
    /// Every kind of punctuation, and the symbols ASCII counts as such.
    static let punctuation = ScalarClass([
        .categories(categories["P", default: 0]), .range(0x21, 0x2F), .range(0x3A, 0x40), .range(0x5B, 0x60),
        .range(0x7B, 0x7E),
    ])
    /// `.`
    static let anyButNewLine = ScalarClass([.range(0x0A, 0x0A)], negated: true)
}
