internal import Foundation

/// Unicode's normal forms.
enum NormalForm: String, Sendable, Hashable {
    case nfc = "NFC", nfd = "NFD", nfkc = "NFKC", nfkd = "NFKD"

    /// Returns `text` in this form.
    ///
    /// Scalars interact only within a cluster of a starter and its marks, so each cluster is normalised by itself and what
    /// comes out of it came from all of it.
    func normalized(_ text: TracedText) -> TracedText {
        let bytes = text.bytes
        var out: TracedText.Rewriting?
        var kept = 0
        var start = 0
        while start < bytes.count {
            if bytes[start] < 0x80, start + 1 == bytes.count || bytes[start + 1] < 0x80 {
                start += 1
                continue
            }
            let (value, width) = bytes.scalar(at: start)
            var end = start + width
            if ReferenceUnicode.normalizationAdditions.contains(value) {
                start = end
                continue
            }
            var isSingle = true
            while end < bytes.count {
                let (next, width) = bytes.scalar(at: end)
                if isBoundary(next) { break }
                end += width
                isSingle = false
            }
            defer { start = end }
            if isSingle, value < 0x80 || Self.isInert(value) { continue }
            let result = apply(bytes[start..<end])
            if result.elementsEqual(bytes[start..<end]) { continue }
            out = out ?? TracedText.Rewriting(text)
            out?.keep(kept..<start)
            out?.put(result, for: start..<end)
            kept = end
        }
        guard var out else { return text }
        out.keep(kept..<bytes.count)
        return out.finish()
    }

    /// Whether the scalar is the same in every form when it stands alone: ideographs, kana without voice marks.
    private static func isInert(_ value: UInt32) -> Bool {
        0x4E00...0x9FFF ~= value || 0x0430...0x0438 ~= value || 0x043A...0x044F ~= value
    }

    private func apply(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let text = String(decoding: bytes, as: UTF8.self)
        return switch self {
        case .nfc: Array(text.precomposedStringWithCanonicalMapping.utf8)
        case .nfd: Array(text.decomposedStringWithCanonicalMapping.utf8)
        case .nfkc:
            // In two steps: the direct mapping of Foundation on Linux leaves what it decomposed apart.
            Array(text.decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping.utf8)
        case .nfkd: Array(text.decomposedStringWithCompatibilityMapping.utf8)
        }
    }

    /// Whether the scalar never joins with what stands before it.
    private func isBoundary(_ value: UInt32) -> Bool {
        guard value >= 0x300, let scalar = Unicode.Scalar(value) else { return true }
        if Self.isInert(value) || ReferenceUnicode.normalizationAdditions.contains(value) { return true }
        let first: Unicode.Scalar
        switch self {
        case .nfc, .nfd: first = scalar
        case .nfkc, .nfkd:
            first = String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars.first ?? scalar
        }
        // What composes with a scalar on its left: marks, Hangul vowels and trailing consonants, two Kirat Rai vowels.
        switch first.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return false
        default: break
        }
        if (0x1160...0x11FF).contains(first.value) || (0x16D67...0x16D68).contains(first.value) { return false }
        return first.properties.canonicalCombiningClass == .notReordered
    }
}
