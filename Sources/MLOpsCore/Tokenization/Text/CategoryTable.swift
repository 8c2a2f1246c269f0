/// The general categories of characters, looked up in a table where the standard library searches.
///
/// Made when the first character outside ASCII is asked for, in about two milliseconds.
struct CategoryTable: Sendable {
    /// Of each scalar of the basic plane, its category's number, and whether it is white space in the highest bit.
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
        return scalar.properties.isWhitespace ? category | 0x80 : category
    }

    /// The category's number of the scalar `value`, and whether it is white space in the highest bit.
    @inline(__always) subscript(value: UInt32) -> UInt8 {
        value < 0x10000 ? entries[Int(value)] : Self.entry(value, version)
    }
}

/// The kinds of character that the patterns of byte-level vocabularies tell apart.
enum WordClass: UInt8, Sendable {
    case other, letter, number, space

    /// Of the scalars of ASCII.
    static let ascii: [WordClass] = (UInt32(0)..<128).map { value in
        switch value {
        case 0x41...0x5A, 0x61...0x7A: .letter
        case 0x30...0x39: .number
        case 0x09...0x0D, 0x20: .space
        default: .other
        }
    }

    /// The kind of the scalar `value`, which is not of ASCII.
    static func of(_ value: UInt32, _ version: ReferenceUnicode.Version) -> WordClass {
        let entry = CategoryTable.table(version)[value]
        if entry & 0x80 != 0 { return .space }
        let bit = UInt32(1) << UInt32(entry)
        if bit & ScalarClass.letters != 0 { return .letter }
        return bit & ScalarClass.numbers != 0 ? .number : .other
    }
}
