/// Finds added tokens in text: leftmost, then longest; or the longest first, wherever it stands.
struct AddedTokenFinder: Sendable {
    /// A step from a node over a byte.
    private struct Edge: Hashable, Sendable {
        var node: Int32
        var byte: UInt8
    }

    private var edges: [Edge: Int32] = [:]
    /// Of each node of the trie, the token whose spelling ends there.
    private var tokens: [AddedToken?] = [nil]
    /// A bit for each byte: whether a spelling begins with it.
    private var starts = SIMD4<UInt64>()

    private let longestFirst: Bool

    /// Creates a finder of `tokens`, each with the UTF-8 it is spelt with.
    init(_ tokens: [(token: AddedToken, spelling: [UInt8])], longestFirst: Bool = false) {
        self.longestFirst = longestFirst
        for (token, spelling) in tokens {
            guard let first = spelling.first else { continue }
            var node: Int32 = 0
            for byte in spelling {
                let edge = Edge(node: node, byte: byte)
                if let next = edges[edge] {
                    node = next
                } else {
                    node = Int32(self.tokens.count)
                    self.tokens.append(nil)
                    edges[edge] = node
                }
            }
            self.tokens[Int(node)] = token
            starts[Int(first >> 6)] |= 1 << UInt64(first & 63)
        }
    }

    /// Whether there is nothing to find.
    var isEmpty: Bool { tokens.count == 1 }

    @inline(__always) private func isStart(_ byte: UInt8) -> Bool {
        starts[Int(byte >> 6)] >> UInt64(byte & 63) & 1 != 0
    }

    /// Whether a token may stand in `text`: false of most lines, which need no more work then.
    func mayFind(in text: [UInt8]) -> Bool {
        guard !isEmpty else { return false }
        for byte in text where isStart(byte) { return true }
        return false
    }

    /// Divides `text` into added tokens and what lies between them.
    ///
    /// - Parameter isPlain: of each byte, whether it may not be part of an added token; empty means all may.
    func split(_ text: [UInt8], isPlain: [Bool]) -> [(range: Range<Int>, token: AddedToken?)] {
        var parts: [(range: Range<Int>, token: AddedToken?)] = []
        var done = 0
        for match in longestFirst ? longestMatches(text, isPlain) : leftmostMatches(text, isPlain) {
            let token = match.token
            var range = match.range
            if token.isSingleWord, touchesWord(text, range) { continue }
            if token.stripsRight {
                var end = range.upperBound
                while end < text.count {
                    let (value, width) = text.scalar(at: end)
                    guard ScalarClass.whitespace.contains(value) else { break }
                    end += width
                }
                range = range.lowerBound..<end
            }
            if token.stripsLeft {
                var start = range.lowerBound
                while start > done {
                    let previous = text.scalarStart(before: start)
                    guard ScalarClass.whitespace.contains(text.scalar(at: previous).value) else { break }
                    start = previous
                }
                // White space that the token before took is that token's.
                start = max(start, done)
                if start >= range.upperBound { continue }
                range = start..<range.upperBound
            }
            if done < range.lowerBound { parts.append((done..<range.lowerBound, nil)) }
            parts.append((range, token))
            done = range.upperBound
        }
        if done < text.count { parts.append((done..<text.count, nil)) }
        return parts
    }

    private typealias Match = (range: Range<Int>, token: AddedToken)

    private func leftmostMatches(_ text: [UInt8], _ isPlain: [Bool]) -> [Match] {
        var matches: [Match] = []
        var position = 0
        while position < text.count {
            if isStart(text[position]), let match = self.matches(text, at: position, isPlain).last {
                matches.append(match)
                position = match.range.upperBound
            } else {
                position += 1
            }
        }
        return matches
    }

    private func longestMatches(_ text: [UInt8], _ isPlain: [Bool]) -> [Match] {
        var all: [Match] = []
        for position in text.indices where isStart(text[position]) { all += matches(text, at: position, isPlain) }
        all.sort { left, right in
            let (one, other) = (left.range.count, right.range.count)
            if one != other { return one > other }
            return (left.token.id, left.range.lowerBound) < (right.token.id, right.range.lowerBound)
        }
        var isTaken = [Bool](repeating: false, count: all.isEmpty ? 0 : text.count)
        var matches: [Match] = []
        for match in all where !isTaken[match.range.lowerBound] && !isTaken[match.range.upperBound - 1] {
            for index in match.range { isTaken[index] = true }
            matches.append(match)
        }
        return matches.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// The tokens that begin at `start`, the longest last.
    private func matches(_ text: [UInt8], at start: Int, _ isPlain: [Bool]) -> [Match] {
        var found: [Match] = []
        var node: Int32 = 0
        var position = start
        while position < text.count, isPlain.isEmpty || !isPlain[position],
            let next = edges[Edge(node: node, byte: text[position])]
        {
            node = next
            position += 1
            if let token = tokens[Int(node)] { found.append((start..<position, token)) }
        }
        return found
    }

    private func touchesWord(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        return range.lowerBound > 0
            && ScalarClass.wordPart.contains(text.scalar(at: text.scalarStart(before: range.lowerBound)).value)
            || range.upperBound < text.count && ScalarClass.wordPart.contains(text.scalar(at: range.upperBound).value)
    }
}
