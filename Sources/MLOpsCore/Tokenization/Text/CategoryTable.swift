/// The general categories of characters, looked up in a table where the standard library searches.
///
/// Made when the first character outside ASCII is asked for, in about two milliseconds.
struct CategoryTable: Sendable {
    /// The bits of an entry that hold the category's number.
    static let categoryBits: UInt8 = 0x1F
    /// The bit of what is part of a word.
    static let wordBit: UInt8 = 0x20
    /// The bit of white space.
    static let spaceBit: UInt8 = 0x40

    /// Of each scalar of the basic plane, its category's number, whether it is part of a word and whether it is white space.
    private let entries: [UInt8]
    private let version: ReferenceUnicode.Version

    /// Of llama.cpp's Unicode.
    static let version15 = CategoryTable(.version15)
    /// Of the Unicode of Hugging Face's tokenizers.
    static let version16 = CategoryTable(.version16)

    /// The table of a version.
    @inline(__always) static func table(_ version: ReferenceUnicode.Version) -> CategoryTable {
        version == .version16 ? version16 : version15
    }

    private init(_ version: ReferenceUnicode.Version) {
        self.version = version
        entries = (UInt32(0)..<0x10000).map { Self.entry($0, version) }
    }

    private static func entry(_ value: UInt32, _ version: ReferenceUnicode.Version) -> UInt8 {
        guard let scalar = Unicode.Scalar(value) else { return UInt8(ScalarClass.number(of: .unassigned)) }
        let category = UInt8(ScalarClass.category(of: scalar, version))
        return category | (ScalarClass.isWord(scalar) ? wordBit : 0) | (scalar.properties.isWhitespace ? spaceBit : 0)
    }

    /// The category's number of the scalar `value`, whether it is part of a word and whether it is white space.
    @inline(__always) subscript(value: UInt32) -> UInt8 {
        value < 0x10000 ? entries[Int(value)] : Self.entry(value, version)
    }
}

/// The kinds of character that the patterns of byte-level vocabularies tell apart.
enum WordClass: UInt8, Sendable {
    case other, letter, number, space

    /// The kind of a scalar of ASCII.
    @inline(__always) static func ascii(_ byte: UInt8) -> WordClass {
        let bit = UInt64(1) << UInt64(byte & 63)
        if byte >= 64 { return letters & bit != 0 ? .letter : .other }
        if digits & bit != 0 { return .number }
        return spaces & bit != 0 ? .space : .other
    }

    // A bit for each: A to Z and a to z of the upper half, 0 to 9, and what is white space of the lower one.
    private static let letters: UInt64 = 0x07FF_FFFE_07FF_FFFE
    private static let digits: UInt64 = 0x03FF_0000_0000_0000
    private static let spaces: UInt64 = 0x0000_0001_0000_3E00

    /// The kind of the scalar `value`, which is not of ASCII.
    static func of(_ value: UInt32, _ version: ReferenceUnicode.Version) -> WordClass {
        let entry = CategoryTable.table(version)[value]
        if entry & CategoryTable.spaceBit != 0 { return .space }
        let bit = UInt32(1) << UInt32(entry & CategoryTable.categoryBits)
        if bit & ScalarClass.letters != 0 { return .letter }
        return bit & ScalarClass.numbers != 0 ? .number : .other
    }
}
