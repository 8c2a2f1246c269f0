/// SentencePiece's normalisation as llama.cpp does it: a table of replacements, then `▁` for spaces.
///
/// What a user-defined token begins with is left as it is, even where no such token follows and a character is cut in two; the
/// rest of that character is lost, as it is there. So the result may hold bytes that are not UTF-8.
struct SpacingNormalizer: Sendable, Hashable {
    /// What is replaced first, if anything is.
    var map: PrecompiledMap?
    /// Whether the text begins with a space.
    var prependsSpace: Bool
    /// Whether spaces in a row are one, and those at the ends none.
    var mergesSpaces: Bool
    /// The beginnings of user-defined tokens.
    private var beginnings = ByteTrie()

    private static let mark = Array("▁".utf8)
    private static let replacementCharacter = Array("\u{FFFD}".utf8)[...]

    /// Creates a normalizer that leaves what `userDefined` begin with as it is.
    init(map: PrecompiledMap?, prependsSpace: Bool, mergesSpaces: Bool, userDefined: [[UInt8]]) {
        self.map = map
        self.prependsSpace = prependsSpace
        self.mergesSpaces = mergesSpaces
        for token in userDefined { beginnings.insert(token) }
    }

    /// Returns `text` changed.
    func normalized(_ text: TracedText) -> TracedText {
        var out = TracedText.Rewriting(text)
        var isPrepended = false
        var isInWord = false
        var index = 0
        while index < text.bytes.count {
            let (range, new) = part(of: text.bytes, at: index)
            for byte in new {
                if byte != 0x20 {
                    if !isInWord {
                        isInWord = true
                        if prependsSpace && !isPrepended || mergesSpaces {
                            out.put(Self.mark, for: range.lowerBound..<range.lowerBound)
                            isPrepended = true
                        }
                    }
                    out.put(CollectionOfOne(byte), for: range)
                } else {
                    isInWord = false
                    if !mergesSpaces { out.put(Self.mark, for: range) }
                }
            }
            index = range.upperBound
        }
        return out.finish()
    }

    /// The bytes that are changed together from `index` on, and what they become.
    private func part(of text: [UInt8], at index: Int) -> (range: Range<Int>, new: ArraySlice<UInt8>) {
        let kept = beginnings.depth(of: text, at: index)
        if kept > 0 { return (index..<index + kept, text[index..<index + kept]) }
        if let found = map?.longestReplacement(of: text, at: index) { return found }
        if text[index] & 0xC0 == 0x80 { return (index..<index + 1, Self.replacementCharacter) }
        let end = index + text.scalar(at: index).width
        return (index..<end, text[index..<end])
    }
}

/// Byte strings by their beginnings.
private struct ByteTrie: Sendable, Hashable {
    private struct Edge: Sendable, Hashable {
        var node: Int32
        var byte: UInt8
    }

    private var edges: [Edge: Int32] = [:]
    private var count: Int32 = 1

    mutating func insert(_ bytes: [UInt8]) {
        var node: Int32 = 0
        for byte in bytes {
            let edge = Edge(node: node, byte: byte)
            if let next = edges[edge] {
                node = next
            } else {
                edges[edge] = count
                node = count
                count += 1
            }
        }
    }

    /// How many bytes of `text` from `start` on are the beginning of a string.
    func depth(of text: [UInt8], at start: Int) -> Int {
        guard !edges.isEmpty else { return 0 }
        var node: Int32 = 0
        var index = start
        while index < text.count, let next = edges[Edge(node: node, byte: text[index])] {
            node = next
            index += 1
        }
        return index - start
    }
}
