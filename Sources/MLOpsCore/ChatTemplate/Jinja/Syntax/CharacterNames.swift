/// Unicode's names of characters, for the escape `\\N{DEGREE SIGN}`.
enum CharacterNames {
    /// Returns the character called `name`, in any case; nil when there is none.
    static func scalar(_ name: String) -> Unicode.Scalar? {
        let name = name.uppercased()
        // The ideographs' names are their numbers, and are not in the table.
        if let digits = name.components(after: "CJK UNIFIED IDEOGRAPH-"), let code = UInt32(digits, radix: 16) {
            return Unicode.Scalar(code).flatMap { $0.properties.isUnifiedIdeograph ? $0 : nil }
        }
        return table[name]
    }

    /// Made once, when a template first names a character: the planes that have names.
    private static let table: [String: Unicode.Scalar] = {
        var names: [String: Unicode.Scalar] = [:]
        let ranges: [ClosedRange<UInt32>] = [
            0...0x33FF, 0x4DC0...0x4DFF, 0xA000...0xABFF, 0xE000...0x1FFFF, 0xE0000...0xE01FF,
        ]
        for code in ranges.joined() {
            guard let scalar = Unicode.Scalar(code) else { continue }
            if let name = scalar.properties.name { names[name] = scalar }
            if let alias = scalar.properties.nameAlias { names[alias] = scalar }
        }
        return names
    }()
}

extension String {
    fileprivate func components(after prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}
