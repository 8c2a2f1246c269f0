/// A division of text into pieces, each of which the vocabulary encodes by itself.
enum Pretokenizer: Sendable, Hashable {
    /// What becomes of the parts that were looked for.
    enum Behavior: String, Sendable, Hashable {
        case removed = "Removed", isolated = "Isolated", contiguous = "Contiguous"
        case mergedWithPrevious = "MergedWithPrevious", mergedWithNext = "MergedWithNext"
    }

    /// What is looked for.
    enum Target: Sendable, Hashable {
        case pattern(Pattern)
        case text([Unicode.Scalar])
        case one(ScalarClass)
    }

    case split(Target, Behavior, inverted: Bool)
    /// A space before every piece that has none.
    case prefixSpace
    case sequence([Pretokenizer])

    /// The division of GPT-2, which byte-level vocabularies use unless told otherwise.
    static let gpt2Pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    /// Divides every piece of `text` further.
    ///
    /// - Throws: ``TokenizerError`` when a pattern needs too many steps on this text.
    func divide(_ text: inout PieceText, _ pieces: inout [Range<Int>]) throws(TokenizerError) {
        switch self {
        case .sequence(let steps):
            for step in steps { try step.divide(&text, &pieces) }
        case .prefixSpace:
            let edits = pieces.filter { !$0.isEmpty && text.scalars[$0.lowerBound] != " " }
                .map { (range: $0.lowerBound..<$0.lowerBound, with: [" " as Unicode.Scalar]) }
            guard !edits.isEmpty else { return }
            var added = 0
            pieces = pieces.map { piece in
                let start = piece.lowerBound + added
                if !piece.isEmpty, text.scalars[piece.lowerBound] != " " { added += 1 }
                return start..<piece.upperBound + added
            }
            text = text.replacing(edits)
        case .split(let target, let behavior, let inverted):
            var out: [Range<Int>] = []
            for piece in pieces {
                let found = try target.matches(in: text.scalars[piece])
                behavior.divide(piece, found, inverted: inverted, into: &out)
            }
            pieces = out
        }
    }
}

extension Pretokenizer.Target {
    fileprivate func matches(in text: ArraySlice<Unicode.Scalar>) throws(TokenizerError) -> [Range<Int>] {
        switch self {
        case .pattern(let pattern): return try pattern.matches(in: text)
        case .one(let set): return text.indices.filter { set.contains(text[$0]) }.map { $0..<$0 + 1 }
        case .text(let wanted):
            var found: [Range<Int>] = []
            var index = text.startIndex
            while !wanted.isEmpty, index + wanted.count <= text.endIndex {
                if text[index..<index + wanted.count].elementsEqual(wanted) {
                    found.append(index..<index + wanted.count)
                    index += wanted.count
                } else {
                    index += 1
                }
            }
            return found
        }
    }
}

extension Pretokenizer.Behavior {
    /// Divides `piece` at `matches`, leaving out empty parts.
    fileprivate func divide(_ piece: Range<Int>, _ matches: [Range<Int>], inverted: Bool, into out: inout [Range<Int>])
    {
        var parts: [(range: Range<Int>, isMatch: Bool)] = []
        var position = piece.lowerBound
        for match in matches {
            if match.lowerBound > position { parts.append((position..<match.lowerBound, inverted)) }
            parts.append((match, !inverted))
            position = match.upperBound
        }
        if position < piece.upperBound { parts.append((position..<piece.upperBound, inverted)) }
        parts.removeAll { $0.range.isEmpty }
        let first = out.count
        switch self {
        case .isolated: out += parts.map(\.range)
        case .removed: out += parts.filter { !$0.isMatch }.map(\.range)
        case .contiguous:
            var previous: Bool?
            for part in parts {
                if part.isMatch == previous, let last = out.popLast() {
                    out.append(last.lowerBound..<part.range.upperBound)
                } else {
                    out.append(part.range)
                }
                previous = part.isMatch
            }
        case .mergedWithPrevious:
            var previousIsMatch = false
            for part in parts {
                if part.isMatch, !previousIsMatch, out.count > first, let last = out.popLast() {
                    out.append(last.lowerBound..<part.range.upperBound)
                } else {
                    out.append(part.range)
                }
                previousIsMatch = part.isMatch
            }
        case .mergedWithNext:
            var merged: [Range<Int>] = []
            var previousIsMatch = false
            for part in parts.reversed() {
                if part.isMatch, !previousIsMatch, let last = merged.popLast() {
                    merged.append(part.range.lowerBound..<last.upperBound)
                } else {
                    merged.append(part.range)
                }
                previousIsMatch = part.isMatch
            }
            out += merged.reversed()
        }
    }
}
