/// Finds text whose keys could make a YAML composer work for ever.
///
/// Aliases are cheap while they are only referred to, and the reader counts them as it expands them. But the composer
/// hashes the keys of every mapping, and a key may be a collection of aliases of collections of aliases. No
/// configuration has such keys, so text that has both aliases and collections in the place of keys is refused unless
/// the aliases are few.
enum YAMLAliasBound {
    /// Aliases up to which collections as keys are let through to the reader's own error.
    private static let fewAliases = 8

    /// Whether `text` has many aliases and something that may be a collection, or an alias, in a key's place.
    static func mayExplode(_ text: String) -> Bool {
        var aliases = 0
        var hasComplexKey = false
        var previous: UInt8 = 0x0A
        var inAlias = false
        var interpolationDepth = 0  // `${a}:${b}` is text, not a key
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0x0A
            let startsToken =
                isSpace(previous) || previous == 0x5B || previous == 0x7B || previous == 0x2C || previous == 0x2D
            if inAlias {
                if isSpace(byte) {
                    // `*name :` is an alias used as a key.
                    if next == 0x3A { hasComplexKey = true }
                    if !isBlank(byte) || next != 0x20 { inAlias = false }
                } else if byte == 0x2C || byte == 0x5D || byte == 0x7D {
                    inAlias = false
                }
            }
            if byte == 0x2A, startsToken, !isSpace(next) {
                aliases += 1
                inAlias = true
            }
            if byte == 0x3F, startsToken, isSpace(next) { hasComplexKey = true }
            if byte == 0x7B, previous == 0x24 { interpolationDepth += 1 }
            if byte == 0x7D, interpolationDepth > 0 {
                interpolationDepth -= 1
            } else if byte == 0x5D || byte == 0x7D, closesKey(bytes, after: index) {
                hasComplexKey = true
            }
            previous = byte
        }
        return hasComplexKey && aliases > fewAliases
    }

    /// Whether a colon follows the closing bracket at `index`, blanks apart.
    private static func closesKey(_ bytes: [UInt8], after index: Int) -> Bool {
        var index = index + 1
        while index < bytes.count, isBlank(bytes[index]) { index += 1 }
        return index < bytes.count && bytes[index] == 0x3A
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    private static func isSpace(_ byte: UInt8) -> Bool { isBlank(byte) || byte == 0x0A || byte == 0x0D }
}
