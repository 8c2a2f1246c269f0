/// A set of Unicode scalars, as a pattern's `\p{L}`, `\s` or `[^\r\n]` names it.
///
/// Membership follows the Unicode properties of the standard library as of Unicode 16, which the reference's regular
/// expressions (Oniguruma) follow too: `\s` is White_Space, `\d` is Nd, `\w` is Alphabetic, M, Nd and Pc, and by a quirk of
/// Oniguruma the raised digits and fractions of Latin-1.
struct ScalarClass: Sendable, Hashable {
    /// One named part of a set.
    enum Item: Sendable, Hashable {
        case range(UInt32, UInt32)
        /// A bit for each general category, see ``categoryBit(_:)``.
        case categories(UInt32, ReferenceUnicode.Version)
        case whitespace
        case word
        /// Number characters of every kind, as new as the standard library knows them.
        case number
        case ranges(ScalarRanges)
        case not(ScalarClass)
    }

    /// What is in the set; of a negated one, what is not.
    let items: [Item]
    /// Whether the set holds what ``items`` do not.
    let isNegated: Bool
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
    func contains(_ scalar: Unicode.Scalar) -> Bool { contains(scalar.value) }

    /// Whether the scalar `value` is a member; a value that is no scalar is none of any.
    func contains(_ value: UInt32) -> Bool {
        if value < 128 { return ascii[Int(value)] }
        guard let scalar = Unicode.Scalar(value) else { return false }
        return Self.matches(items, scalar) != isNegated
    }

    /// The parts, for building a larger set: a negated set counts as one part.
    var parts: [Item] { isNegated ? [.not(ScalarClass(items))] : items }

    private static func matches(_ items: [Item], _ scalar: Unicode.Scalar) -> Bool {
        for item in items {
            switch item {
            case .range(let first, let last): if first <= scalar.value, scalar.value <= last { return true }
            case .categories(let mask, let version): if mask & bit(of: scalar, version) != 0 { return true }
            case .number: if numberCategories & categoryBit(scalar.properties.generalCategory) != 0 { return true }
            case .ranges(let ranges): if ranges.contains(scalar.value) { return true }
            case .whitespace: if scalar.properties.isWhitespace { return true }
            case .word:
                let isPart =
                    scalar.value < 128
                    ? isWord(scalar) : CategoryTable.version16[scalar.value] & CategoryTable.wordBit != 0
                if isPart { return true }
            case .not(let other): if !other.contains(scalar) { return true }
            }
        }
        return false
    }

    /// Whether `scalar` is part of a word: a letter, a mark, a digit or a connector. For ``CategoryTable``, which knows.
    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if (1 << category(of: scalar, .version16)) & wordCategories != 0 { return true }
        return scalar.properties.isAlphabetic && !ReferenceUnicode.regexAdditions.contains(scalar.value)
    }

    /// The bit of the scalar's general category.
    private static func bit(of scalar: Unicode.Scalar, _ version: ReferenceUnicode.Version) -> UInt32 {
        if scalar.value < 128 { return 1 << category(of: scalar, version) }
        return 1 << UInt32(CategoryTable.table(version)[scalar.value] & CategoryTable.categoryBits)
    }

    private static let wordCategories =
        categories["M", default: 0] | categories["Nd", default: 0] | categories["Pc", default: 0]

    private static let numberCategories = categories["N", default: 0]

    /// The number of the scalar's general category in a version of Unicode.
    static func category(of scalar: Unicode.Scalar, _ version: ReferenceUnicode.Version) -> UInt32 {
        if scalar.value == 0x295 { return number(of: .lowercaseLetter) }
        if ReferenceUnicode.regexAdditions.contains(scalar.value)
            || version == .version15 && ReferenceUnicode.additions16.contains(scalar.value)
        {
            return number(of: .unassigned)
        }
        return number(of: scalar.properties.generalCategory)
    }

    /// The categories of letters.
    static let letters = categories["L", default: 0]
    /// The categories of numbers.
    static let numbers = categories["N", default: 0]

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

    private static func categoryBit(_ category: Unicode.GeneralCategory) -> UInt32 { 1 << number(of: category) }

    /// A number for each general category, below 32.
    static func number(of category: Unicode.GeneralCategory) -> UInt32 {
        switch category {
        case .uppercaseLetter: 0
        case .lowercaseLetter: 1
        case .titlecaseLetter: 2
        case .modifierLetter: 3
        case .otherLetter: 4
        case .nonspacingMark: 5
        case .spacingMark: 6
        case .enclosingMark: 7
        case .decimalNumber: 8
        case .letterNumber: 9
        case .otherNumber: 10
        case .connectorPunctuation: 11
        case .dashPunctuation: 12
        case .openPunctuation: 13
        case .closePunctuation: 14
        case .initialPunctuation: 15
        case .finalPunctuation: 16
        case .otherPunctuation: 17
        case .mathSymbol: 18
        case .currencySymbol: 19
        case .modifierSymbol: 20
        case .otherSymbol: 21
        case .spaceSeparator: 22
        case .lineSeparator: 23
        case .paragraphSeparator: 24
        case .control: 25
        case .format: 26
        case .surrogate: 27
        case .privateUse: 28
        case .unassigned: 29
        @unknown default: 30
        }
    }
}

extension ScalarClass {
    /// `\s`
    static let whitespace = ScalarClass([.whitespace])
    /// `\w` in a set.
    static let word = ScalarClass([.word])
    /// `\d`
    static let digit = ScalarClass([.categories(categories["Nd", default: 0], .version16)])
    /// Number characters of every kind.
    static let number = ScalarClass([.number])
    /// Every kind of punctuation, and the symbols ASCII counts as such.
    static let punctuation = ScalarClass([.ranges(ReferenceUnicode.punctuation)])
    /// `\w` outside a set, where by a quirk of Oniguruma the raised digits and fractions of Latin-1 belong to it.
    static let looseWord = ScalarClass([.word, .range(0xB2, 0xB3), .range(0xB9, 0xB9), .range(0xBC, 0xBE)])
    /// What Rust's regular expressions hold for part of a word.
    static let wordPart = ScalarClass([.word, .range(0x200C, 0x200D)])
    /// `.`
    static let anyButNewLine = ScalarClass([.range(0x0A, 0x0A)], negated: true)
    /// Marks, for llama.cpp.
    static let marks15 = ScalarClass([.categories(categories["M", default: 0], .version15)])
    /// Symbols, for llama.cpp.
    static let signs15 = ScalarClass([.categories(categories["S", default: 0], .version15)])
    /// Punctuation, for llama.cpp.
    static let punctuation15 = ScalarClass([.categories(categories["P", default: 0], .version15)])
}
