/// The clean-up that BERT's vocabularies expect.
struct BertNormalizer: Sendable, Hashable {
    /// Whether control characters go and every white space becomes a space.
    var cleansText = true
    /// Whether Chinese characters stand alone between spaces.
    var spacesChinese = true
    /// Whether accents go; nil: when letters become small.
    var stripsAccents: Bool?
    /// Whether letters become small.
    var lowercases = true

    /// Returns `text` changed.
    func normalized(_ text: TracedText) -> TracedText {
        var text = text
        if cleansText { text = text.mapping(Self.cleaned) }
        if spacesChinese {
            text = text.mapping { value in
                guard Self.isChinese(value) else { return .keep }
                var spaced: [UInt8] = [0x20]
                spaced.append(scalar: value)
                return .replace(spaced + [0x20])
            }
        }
        if stripsAccents ?? lowercases {
            text = NormalForm.nfd.normalized(text)
                .mapping { ReferenceUnicode.nonspacingMarks.contains($0) ? .remove : .keep }
        }
        return lowercases ? text.lowercased() : text
    }

    private static func cleaned(_ value: UInt32) -> TracedText.Change {
        switch value {
        case 0x09, 0x0A, 0x0D: return .replace([0x20])
        case 0x20...0x7E: return .keep
        case 0, 0xFFFD: return .remove
        default:
            if ReferenceUnicode.others.contains(value) { return .remove }
            return ScalarClass.whitespace.contains(value) ? .replace([0x20]) : .keep
        }
    }

    /// The blocks of the original's list, its slip for extension E included.
    static func isChinese(_ value: UInt32) -> Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
