internal import Foundation

/// The words of BERT as llama.cpp finds them; each begins with `▁`.
struct BertWords: Sendable, Hashable {
    /// Whether letters become small.
    var lowercases: Bool
    /// Whether accents go.
    var stripsAccents: Bool

    /// What becomes of a character.
    private enum Part {
        /// It ends a word.
        case space
        /// It is left out.
        case nothing
        /// It is a word of its own.
        case alone([UInt8])
        /// It is part of a word.
        case letter([UInt8])
    }

    /// Divides every piece of `text` into words.
    func divide(_ text: inout TracedText, _ pieces: inout [Range<Int>]) {
        var out = TracedText.Rewriting(text)
        var words: [Range<Int>] = []
        for piece in pieces {
            var start: Int?
            func end() {
                if let begun = start { words.append(begun..<out.count) }
                start = nil
            }
            func put(_ bytes: [UInt8], for range: Range<Int>) {
                if start == nil {
                    start = out.count
                    out.put(Array("▁".utf8), for: range.lowerBound..<range.lowerBound)
                }
                out.put(bytes, for: range)
            }
            var index = piece.lowerBound
            while index < piece.upperBound {
                let (value, width) = text.bytes.scalar(at: index)
                switch part(value) {
                case .space: end()
                case .nothing: break
                case .alone(let bytes):
                    end()
                    put(bytes, for: index..<index + width)
                    end()
                case .letter(let bytes): put(bytes, for: index..<index + width)
                }
                index += width
            }
            end()
        }
        text = out.finish()
        pieces = words
    }

    private func part(_ value: UInt32) -> Part {
        guard var scalar = Unicode.Scalar(value) else { return .nothing }
        if stripsAccents, value >= 0x80 {
            // The letter without what is written on it; of a Korean syllable its first sound, as in the original.
            scalar = String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars.first ?? scalar
        }
        if scalar.properties.isWhitespace { return .space }
        if scalar.value == 0 || scalar.value == 0xFFFD || Self.isControl(scalar) { return .nothing }
        if stripsAccents, ScalarClass.marks15.contains(scalar.value) { return .nothing }
        var bytes: [UInt8] = []
        bytes.append(scalar: lowercases ? Self.lowercased(scalar) : scalar.value)
        let isSign = scalar.value < 0x7F && ScalarClass.signs15.contains(scalar.value)
        if ScalarClass.punctuation15.contains(scalar.value) || isSign || BertNormalizer.isChinese(scalar.value) {
            return .alone(bytes)
        }
        return .letter(bytes)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse: true
        default: false
        }
    }

    private static func lowercased(_ scalar: Unicode.Scalar) -> UInt32 {
        if scalar.value == 0x130 { return 0x69 }
        let lower = scalar.properties.lowercaseMapping.unicodeScalars
        return lower.count == 1 ? lower.first?.value ?? scalar.value : scalar.value
    }
}
