internal import Foundation

/// SentencePiece's table of replacements: a double-array trie of what is replaced, and the replacements.
///
/// ```
/// ┌ u32 bytes of the trie ┬ trie: u32 units ┬ replacements, each ended by a zero byte ┐
/// ```
/// A unit holds the label it is entered by (low byte, bit 31), whether a value hangs below it (bit 8), and the distance to its
/// children (bits 10 to 30, times 256 when bit 9 is set). Source: darts-clone.
struct PrecompiledMap: Sendable, Hashable {
    private let units: [UInt32]
    private let replacements: [UInt8]

    /// Reads a table.
    ///
    /// - Returns: nil when its parts do not fit together.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 4 else { return nil }
        func unit(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) } }
        let size = Int(unit(0))
        guard size >= 4, size % 4 == 0, size <= bytes.count - 4 else { return nil }
        units = stride(from: 4, to: 4 + size, by: 4).map(unit)
        replacements = Array(bytes[(4 + size)...])
    }

    /// Reads a table written in base64.
    init?(base64 text: String) {
        guard let data = Data(base64Encoded: text) else { return nil }
        self.init([UInt8](data))
    }

    private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }

    /// What the shortest entry that the bytes begin with is replaced by; nil when there is no such entry.
    private func replacement(of text: [UInt8], _ range: Range<Int>) -> ArraySlice<UInt8>? {
        var found: ArraySlice<UInt8>?
        forEachPrefix(of: text, range) { _, replacement in
            found = replacement
            return false
        }
        return found
    }

    /// The longest entry that the bytes from `start` on begin with, and what it is replaced by; nil when there is none.
    func longestReplacement(of text: [UInt8], at start: Int) -> (range: Range<Int>, new: ArraySlice<UInt8>)? {
        var found: (range: Range<Int>, new: ArraySlice<UInt8>)?
        forEachPrefix(of: text, start..<text.count) { end, replacement in
            found = (start..<end, replacement)
            return true
        }
        return found
    }

    /// Calls `each` with the end of every entry that the bytes begin with, the shortest first, and its replacement, until it
    /// says no.
    private func forEachPrefix(
        of text: [UInt8], _ range: Range<Int>, _ each: (_ end: Int, _ replacement: ArraySlice<UInt8>) -> Bool
    ) {
        var node = Self.offset(units[0])
        for index in range {
            let byte = text[index]
            if byte == 0 { return }
            node ^= Int(byte)
            guard node < units.count else { return }
            let unit = units[node]
            guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return }
            node ^= Self.offset(unit)
            guard unit >> 8 & 1 == 1 else { continue }
            guard node < units.count else { return }
            let start = Int(units[node] & 0x7FFF_FFFF)
            guard start < replacements.count else { return }
            let rest = replacements[start...]
            guard each(index + 1, rest[..<(rest.firstIndex(of: 0) ?? rest.endIndex)]) else { return }
        }
    }

    /// Returns `text` with every entry replaced: a short grapheme cluster as a whole, else character by character.
    func normalized(_ text: TracedText) -> TracedText {
        var out = TracedText.Rewriting(text)
        var isChanged = false
        var start = 0
        for cluster in String(decoding: text.bytes, as: UTF8.self) {
            let range = start..<start + cluster.utf8.count
            start = range.upperBound
            if range.count < 6, let new = replacement(of: text.bytes, range) {
                out.put(new, for: range)
                isChanged = true
                continue
            }
            var index = range.lowerBound
            while index < range.upperBound {
                let part = index..<index + text.bytes.scalar(at: index).width
                index = part.upperBound
                if let new = replacement(of: text.bytes, part) {
                    out.put(new, for: part)
                    isChanged = true
                } else {
                    out.keep(part)
                }
            }
        }
        return isChanged ? out.finish() : text
    }
}
