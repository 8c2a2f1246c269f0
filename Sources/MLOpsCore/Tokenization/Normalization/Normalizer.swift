/// A change made to text before it is divided.
enum Normalizer: Sendable, Hashable {
    /// One of Unicode's normal forms.
    case form(NormalForm)
    case lowercase
    /// White space at the ends goes.
    case strip(left: Bool, right: Bool)
    /// Combining marks go.
    case stripAccents
    case prepend([UInt8])
    case replace(TextTarget, with: [UInt8])
    /// Control characters go, all kinds of space become one: the clean-up of Google's translation models.
    case nmt
    /// A table of replacements made by SentencePiece.
    case precompiled(PrecompiledMap)
    case bert(BertNormalizer)
    /// SentencePiece's way with spaces.
    case spacing(SpacingNormalizer)
    /// Every byte becomes a character of the byte alphabet.
    case byteLevel
    case sequence([Normalizer])

    /// Returns `text` changed.
    ///
    /// - Throws: ``TokenizerError`` when a pattern needs too many steps on this text.
    func normalized(_ text: TracedText) throws(TokenizerError) -> TracedText {
        switch self {
        case .form(let form): return form.normalized(text)
        case .lowercase: return text.lowercased()
        case .strip(let left, let right): return text.stripped(left: left, right: right)
        case .stripAccents:
            return text.mapping { ReferenceUnicode.marks.contains($0) ? .remove : .keep }
        case .prepend(let prefix): return text.bytes.isEmpty ? text : text.replacing([0..<0], with: prefix)
        case .replace(let target, let new):
            return text.replacing(try target.matches(in: text.bytes, text.bytes.indices), with: new)
        case .nmt: return text.mapping(Self.nmtChange)
        case .precompiled(let map): return map.normalized(text)
        case .bert(let steps): return steps.normalized(text)
        case .spacing(let steps): return steps.normalized(text)
        case .byteLevel: return text.inByteAlphabet()
        case .sequence(let steps):
            var text = text
            for step in steps { text = try step.normalized(text) }
            return text
        }
    }

    private static func nmtChange(_ value: UInt32) -> TracedText.Change {
        switch value {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: .remove
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
            .replace([0x20])
        default: .keep
        }
    }
}

/// What is looked for in a text.
enum TextTarget: Sendable, Hashable {
    case pattern(Pattern)
    case text([UInt8])
    case one(ScalarClass)

    /// The matches in the bytes `range` of `text`, from left to right, none overlapping.
    ///
    /// - Throws: ``TokenizerError`` when a pattern needs too many steps on this text.
    func matches(in text: [UInt8], _ range: Range<Int>) throws(TokenizerError) -> [Range<Int>] {
        switch self {
        case .pattern(let pattern): return try pattern.matches(in: text, range)
        case .text(let wanted): return text.occurrences(of: wanted, in: range)
        case .one(let set):
            var found: [Range<Int>] = []
            var index = range.lowerBound
            while index < range.upperBound {
                let (value, width) = text.scalar(at: index)
                if set.contains(value) { found.append(index..<index + width) }
                index += width
            }
            return found
        }
    }

    /// The matches in `text`, however many steps they need: for patterns whose repetitions are not nested.
    func everyMatch(in text: [UInt8]) -> [Range<Int>] {
        guard case .pattern(let pattern) = self else { return (try? matches(in: text, text.indices)) ?? [] }
        // Only too many steps throw.
        return (try? pattern.matches(in: text, text.indices, steps: .max)) ?? []
    }
}

extension TracedText {
    /// Returns the text with every character in lower case, each by itself.
    func lowercased() -> TracedText {
        mapping { value in
            if value < 0x80 { return 0x41...0x5A ~= value ? .replace([UInt8(value) + 0x20]) : .keep }
            guard let scalar = Unicode.Scalar(value) else { return .keep }
            let lower = scalar.properties.lowercaseMapping
            return lower.unicodeScalars.elementsEqual(CollectionOfOne(scalar)) ? .keep : .replace(Array(lower.utf8))
        }
    }

    /// Returns the text without white space at its ends.
    func stripped(left: Bool, right: Bool) -> TracedText {
        var start = 0
        var end = bytes.count
        while left, start < end {
            let (value, width) = bytes.scalar(at: start)
            guard ScalarClass.whitespace.contains(value) else { break }
            start += width
        }
        while right, end > start {
            let last = bytes.scalarStart(before: end)
            guard ScalarClass.whitespace.contains(bytes.scalar(at: last).value) else { break }
            end = last
        }
        return slice(start..<end)
    }

    /// Returns the text with every byte as a character of the byte alphabet.
    func inByteAlphabet() -> TracedText {
        var out = Rewriting(self)
        for index in bytes.indices { out.put(ByteAlphabet.utf8(of: bytes[index]), for: index..<index + 1) }
        return out.finish()
    }
}
