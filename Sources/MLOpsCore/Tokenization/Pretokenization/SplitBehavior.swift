/// What becomes of the parts of a text that were looked for.
enum SplitBehavior: String, Sendable, Hashable, CaseIterable {
    case removed = "Removed", isolated = "Isolated", contiguous = "Contiguous"
    case mergedWithPrevious = "MergedWithPrevious", mergedWithNext = "MergedWithNext"

    /// Divides `piece` at `matches`, leaving out empty parts.
    func divide(_ piece: Range<Int>, _ matches: [Range<Int>], inverted: Bool, into out: inout [Range<Int>]) {
        var parts: [(range: Range<Int>, isMatch: Bool)] = []
        parts.reserveCapacity(2 * matches.count + 1)
        var position = piece.lowerBound
        for match in matches {
            if match.lowerBound > position { parts.append((position..<match.lowerBound, inverted)) }
            if !match.isEmpty { parts.append((match, !inverted)) }
            position = match.upperBound
        }
        if position < piece.upperBound { parts.append((position..<piece.upperBound, inverted)) }
        let first = out.count
        switch self {
        case .isolated: for part in parts { out.append(part.range) }
        case .removed: for part in parts where !part.isMatch { out.append(part.range) }
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
