/// Patterns that most byte-level vocabularies divide text with, matched by hand.
///
/// Equal to what ``Pattern`` finds, as the tests check, and many times as fast.
enum KnownPattern: Sendable, Hashable, BitwiseCopyable {
    /// A number character.
    case number(ReferenceUnicode.Version)
    /// GPT-2's.
    case gpt2(ReferenceUnicode.Version)
    /// Llama 3's and Qwen 2's: so many digits in a piece at most; `longS`: whether `ſ` counts as an `s`.
    case words(digits: Int, longS: Bool, ReferenceUnicode.Version)

    /// The matcher of a pattern, if there is one.
    init?(_ source: String, _ version: ReferenceUnicode.Version) {
        switch source {
        case #"\p{N}"#: self = .number(version)
        case Pretokenizer.gpt2Pattern: self = .gpt2(version)
        case GGUFPatterns.llama3: self = .words(digits: 3, longS: false, version)
        case GGUFPatterns.originalLlama3: self = .words(digits: 3, longS: true, version)
        case GGUFPatterns.qwen2: self = .words(digits: 1, longS: false, version)
        case GGUFPatterns.originalQwen2: self = .words(digits: 1, longS: true, version)
        default: return nil
        }
    }

    /// Whether it matches something wherever it is tried, so that its matches have no gaps.
    var isGapless: Bool {
        if case .number = self { false } else { true }
    }

    /// Divides the bytes `piece` of `text` into the pattern's matches and what lies between them.
    ///
    /// - Complexity: O(*n*).
    func divide(_ text: [UInt8], _ piece: Range<Int>, into out: inout [Range<Int>]) {
        var start = piece.lowerBound
        switch self {
        case .number(let version):
            let cursor = WordCursor(text: text, end: piece.upperBound, version: version)
            while start < piece.upperBound {
                let end = cursor.number(start)
                out.append(start..<end)
                start = end
            }
        case .gpt2(let version):
            let cursor = WordCursor(text: text, end: piece.upperBound, version: version)
            while start < piece.upperBound {
                let end = cursor.gpt2(start)
                out.append(start..<end)
                start = end
            }
        case .words(let digits, let longS, let version):
            let cursor = WordCursor(text: text, end: piece.upperBound, version: version)
            while start < piece.upperBound {
                let end = cursor.words(start, digits: digits, longS: longS)
                out.append(start..<end)
                start = end
            }
        }
    }
}

/// A text, and the ends of what begins at its places.
private struct WordCursor {
    let text: [UInt8]
    let end: Int
    let version: ReferenceUnicode.Version

    init(text: [UInt8], end: Int, version: ReferenceUnicode.Version) {
        self.text = text
        self.end = end
        self.version = version
    }

    /// The kind of the character at `index`, and where it ends; nil at the end of the text.
    @inline(__always) private func kind(_ index: Int) -> (kind: WordClass, next: Int)? {
        guard index < end else { return nil }
        let first = text[index]
        if first < 0x80 { return (WordClass.ascii(first), index + 1) }
        let (value, width) = text.scalar(at: index)
        return (WordClass.of(value, version), index + width)
    }

    /// The end of the run of `kind` from `index` on.
    @inline(__always) private func run(_ wanted: WordClass, _ index: Int) -> Int {
        var index = index
        while let (kind, next) = kind(index), kind == wanted { index = next }
        return index
    }

    /// The end of the number character at `start`, or of what stands before the next one.
    @inline(__always) func number(_ start: Int) -> Int {
        guard let (first, next) = kind(start), first != .number else { return kind(start)?.next ?? end }
        var index = next
        while let (kind, next) = kind(index), kind != .number { index = next }
        return index
    }

    /// The end of GPT-2's match at `start`: a suffix, a word, a number or signs with a space before it, white space.
    @inline(__always) func gpt2(_ start: Int) -> Int {
        let first = text[start]
        if first == 0x27, let end = suffix(start + 1, foldsCase: false, longS: false) { return end }
        let from = first == 0x20 ? start + 1 : start
        if let (kind, next) = kind(from), kind != .space { return run(kind, next) }
        return space(start)
    }

    /// The end of Llama 3's match at `start`.
    @inline(__always) func words(_ start: Int, digits: Int, longS: Bool) -> Int {
        let first = text[start]
        if first == 0x27, let end = suffix(start + 1, foldsCase: true, longS: longS) { return end }
        guard let (kind, next) = kind(start) else { return end }
        switch kind {
        case .letter: return run(.letter, next)
        case .number:
            var index = next
            for _ in 1..<digits {
                guard let (kind, next) = self.kind(index), kind == .number else { break }
                index = next
            }
            return index
        case .other, .space:
            // One character of any kind but a line break may go with the letters after it.
            if first != 0x0A, first != 0x0D, self.kind(next)?.kind == .letter { return run(.letter, next) }
            if kind == .other { return lineBreaks(run(.other, next)) }
            if first == 0x20, self.kind(next)?.kind == .other { return lineBreaks(run(.other, next)) }
            return lines(start)
        }
    }

    private func lineBreaks(_ index: Int) -> Int {
        var index = index
        while index < end, text[index] == 0x0A || text[index] == 0x0D { index += 1 }
        return index
    }

    /// White space up to its last line break; without one, as GPT-2's.
    private func lines(_ start: Int) -> Int {
        var last: Int?
        var index = start
        while let (kind, next) = kind(index), kind == .space {
            if text[index] == 0x0A || text[index] == 0x0D { last = next }
            index = next
        }
        return last ?? space(start)
    }

    /// White space; its last character is left for what follows, if anything does and it is not all there is.
    private func space(_ start: Int) -> Int {
        var index = start
        var last = start
        while let (kind, next) = kind(index), kind == .space {
            last = index
            index = next
        }
        return index < end && last > start ? last : index
    }

    /// The end of the English suffix after an apostrophe; nil when there is none.
    private func suffix(_ index: Int, foldsCase: Bool, longS: Bool) -> Int? {
        func letter(_ index: Int) -> UInt8 {
            guard index < end else { return 0 }
            let byte = text[index]
            return foldsCase && 0x41...0x5A ~= byte ? byte | 0x20 : byte
        }
        switch letter(index) {
        case 0x73, 0x74, 0x6D, 0x64: return index + 1  // s t m d
        case 0x72, 0x76: return letter(index + 1) == 0x65 ? index + 2 : nil  // re ve
        case 0x6C: return letter(index + 1) == 0x6C ? index + 2 : nil  // ll
        case 0xC5: return longS && index + 1 < end && text[index + 1] == 0xBF ? index + 2 : nil  // ſ
        default: return nil
        }
    }
}
