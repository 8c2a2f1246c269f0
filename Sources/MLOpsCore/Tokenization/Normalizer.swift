internal import Foundation

/// A change made to text before it is divided.
enum Normalizer: Sendable, Hashable {
    /// Unicode's normal forms.
    enum Form: String, Sendable, Hashable {
        case nfc = "NFC", nfd = "NFD", nfkc = "NFKC", nfkd = "NFKD"
    }

    case form(Form)
    case prepend([Unicode.Scalar])
    case replace([Unicode.Scalar], with: [Unicode.Scalar])
    case sequence([Normalizer])

    /// Returns `text` changed.
    func normalized(_ text: PieceText) -> PieceText {
        switch self {
        case .form(let form): return form.normalized(text)
        case .prepend(let prefix):
            return text.scalars.isEmpty ? text : text.replacing([(0..<0, prefix)])
        case .replace(let old, let new):
            let edits = Self.occurrences(of: old, in: text.scalars).map { (range: $0, with: new) }
            return edits.isEmpty ? text : text.replacing(edits)
        case .sequence(let steps):
            return steps.reduce(text) { $1.normalized($0) }
        }
    }

    private static func occurrences(of pattern: [Unicode.Scalar], in text: [Unicode.Scalar]) -> [Range<Int>] {
        guard let first = pattern.first else { return [] }
        var found: [Range<Int>] = []
        var index = 0
        while index + pattern.count <= text.count {
            if text[index] == first, text[index..<index + pattern.count].elementsEqual(pattern) {
                found.append(index..<index + pattern.count)
                index += pattern.count
            } else {
                index += 1
            }
        }
        return found
    }
}

extension Normalizer.Form {
    /// Scalars interact only within a cluster of a starter and its marks, so each cluster is normalised by itself and what
    /// comes out of it came from all of it.
    fileprivate func normalized(_ text: PieceText) -> PieceText {
        let scalars = text.scalars
        var edits: [(range: Range<Int>, with: [Unicode.Scalar])] = []
        var start = 0
        while start < scalars.count {
            var end = start + 1
            while end < scalars.count, !isBoundary(scalars[end]) { end += 1 }
            if end - start > 1 || scalars[start].value >= 0x80 {
                let result = apply(scalars[start..<end])
                if !result.elementsEqual(scalars[start..<end]) { edits.append((start..<end, result)) }
            }
            start = end
        }
        return edits.isEmpty ? text : text.replacing(edits)
    }

    private func apply(_ scalars: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        let text = String(view)
        return switch self {
        case .nfc: Array(text.precomposedStringWithCanonicalMapping.unicodeScalars)
        case .nfd: Array(text.decomposedStringWithCanonicalMapping.unicodeScalars)
        case .nfkc:
            // In two steps: the direct mapping of Foundation on Linux leaves what it decomposed apart.
            Array(text.decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping.unicodeScalars)
        case .nfkd: Array(text.decomposedStringWithCompatibilityMapping.unicodeScalars)
        }
    }

    /// Whether `scalar` never joins with what stands before it.
    private func isBoundary(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x300 { return true }
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
