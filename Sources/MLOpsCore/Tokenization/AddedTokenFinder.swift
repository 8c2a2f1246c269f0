/// Finds added tokens in text: leftmost, then longest.
struct AddedTokenFinder: Sendable {
    /// A step from a node over a scalar.
    private struct Edge: Hashable, Sendable {
        var node: Int32
        var scalar: UInt32
    }

    private var edges: [Edge: Int32] = [:]
    /// Of each node of the trie, the token whose spelling ends there.
    private var tokens: [AddedToken?] = [nil]
    private var asciiStarts = [Bool](repeating: false, count: 128)

    /// Creates a finder of `tokens`, each with the scalars it is spelt with.
    init(_ tokens: [(token: AddedToken, spelling: [Unicode.Scalar])]) {
        for (token, spelling) in tokens where !spelling.isEmpty {
            var node: Int32 = 0
            for scalar in spelling {
                let edge = Edge(node: node, scalar: scalar.value)
                if let next = edges[edge] {
                    node = next
                } else {
                    node = Int32(self.tokens.count)
                    self.tokens.append(nil)
                    edges[edge] = node
                }
            }
            self.tokens[Int(node)] = token
            if let first = spelling.first, first.value < 128 { asciiStarts[Int(first.value)] = true }
        }
    }

    /// Whether there is nothing to find.
    var isEmpty: Bool { tokens.count == 1 }

    /// Divides `text` into added tokens and what lies between them.
    ///
    /// - Parameter isPlain: of each scalar, whether it may not be part of an added token; empty means all may.
    func split(_ text: [Unicode.Scalar], isPlain: [Bool]) -> [(range: Range<Int>, token: AddedToken?)] {
        var parts: [(range: Range<Int>, token: AddedToken?)] = []
        var done = 0
        var position = 0
        while position < text.count {
            guard let (length, token) = longest(text, at: position, isPlain: isPlain) else {
                position += 1
                continue
            }
            var range = position..<position + length
            position = range.upperBound
            if token.isSingleWord, touchesWord(text, range) { continue }
            if token.stripsLeft {
                var start = range.lowerBound
                while start > done, text[start - 1].properties.isWhitespace { start -= 1 }
                range = start..<range.upperBound
            }
            if token.stripsRight {
                var end = range.upperBound
                while end < text.count, text[end].properties.isWhitespace { end += 1 }
                range = range.lowerBound..<end
            }
            // The white space a token took may hold the beginning of the next one, which is then gone.
            guard range.lowerBound >= done else { continue }
            if done < range.lowerBound { parts.append((done..<range.lowerBound, nil)) }
            parts.append((range, token))
            done = range.upperBound
        }
        if done < text.count { parts.append((done..<text.count, nil)) }
        return parts
    }

    private func longest(_ text: [Unicode.Scalar], at start: Int, isPlain: [Bool]) -> (Int, AddedToken)? {
        if text[start].value < 128, !asciiStarts[Int(text[start].value)] { return nil }
        var found: (Int, AddedToken)?
        var node: Int32 = 0
        var position = start
        while position < text.count, isPlain.isEmpty || !isPlain[position],
            let next = edges[Edge(node: node, scalar: text[position].value)]
        {
            node = next
            position += 1
            if let token = tokens[Int(node)] { found = (position - start, token) }
        }
        return found
    }

    private func touchesWord(_ text: [Unicode.Scalar], _ range: Range<Int>) -> Bool {
        func isWord(_ scalar: Unicode.Scalar) -> Bool {
            ScalarClass.isWord(scalar) || scalar.value == 0x200C || scalar.value == 0x200D
        }
        return range.lowerBound > 0 && isWord(text[range.lowerBound - 1])
            || range.upperBound < text.count && isWord(text[range.upperBound])
    }
}
