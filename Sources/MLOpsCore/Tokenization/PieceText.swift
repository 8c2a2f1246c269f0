/// A stretch of text on its way to the vocabulary, which remembers where each byte came from.
///
/// Normalizers and pre-tokenizers may change characters or add a space; the tokens' ranges are still those of the
/// text as it was given.
struct PieceText: Sendable {
    /// Where a scalar came from, and whether it is still what stood there.
    private struct Source: Sendable {
        var range: Range<Int>
        var isKept: Bool
    }

    /// The text's scalars.
    private(set) var scalars: [Unicode.Scalar]
    /// Of each scalar, the UTF-8 bytes of the original text it came from; nil while nothing has been changed.
    private var sources: [Source]?
    /// Where the stretch begins in the original text.
    private let base: Int
    /// Of each scalar and the end, its byte within the stretch.
    private(set) var starts: [Int]

    /// Takes `text`, which begins at byte `base` of the original.
    init(_ text: some Sequence<Unicode.Scalar>, base: Int) {
        self.scalars = Array(text)
        self.base = base
        self.starts = []
        measure()
    }

    private init(_ scalars: [Unicode.Scalar], sources: [Source], base: Int) {
        self.scalars = scalars
        self.sources = sources
        self.base = base
        self.starts = []
        measure()
    }

    private mutating func measure() {
        starts = []
        starts.reserveCapacity(scalars.count + 1)
        var offset = 0
        for scalar in scalars {
            starts.append(offset)
            offset += UTF8.width(scalar)
        }
        starts.append(offset)
    }

    /// The original bytes that the scalar at `index` came from.
    func source(of index: Int) -> Range<Int> {
        sources?[index].range ?? base + starts[index]..<base + starts[index + 1]
    }

    /// The UTF-8 bytes of the scalars in `range`.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(starts[range.upperBound] - starts[range.lowerBound])
        for index in range { out.append(contentsOf: UTF8.encode(scalars[index]) ?? UTF8.encodedReplacementCharacter) }
        return out
    }

    /// The original bytes that bytes `range` of the piece `piece` came from.
    func source(ofBytes range: Range<Int>, in piece: Range<Int>) -> Range<Int> {
        let offset = starts[piece.lowerBound]
        guard sources != nil else { return base + offset + range.lowerBound..<base + offset + range.upperBound }
        guard !range.isEmpty else { return source(of: piece.lowerBound) }
        let first = scalar(atByte: offset + range.lowerBound, in: piece)
        let last = scalar(atByte: offset + range.upperBound - 1, in: piece)
        let lower = original(ofByte: offset + range.lowerBound, in: first)
        let upper = original(ofByte: offset + range.upperBound - 1, in: last)
        return lower.lowerBound..<max(lower.lowerBound, upper.upperBound)
    }

    /// The scalar whose bytes hold `byte`.
    private func scalar(atByte byte: Int, in piece: Range<Int>) -> Int {
        var lower = piece.lowerBound
        var upper = piece.upperBound
        while upper - lower > 1 {
            let middle = (lower + upper) / 2
            if starts[middle] <= byte { lower = middle } else { upper = middle }
        }
        return lower
    }

    /// A byte of a scalar that was kept came from one byte; of one that was changed, from all of its source.
    private func original(ofByte byte: Int, in index: Int) -> Range<Int> {
        let source = source(of: index)
        guard sources?[index].isKept ?? true else { return source }
        let start = source.lowerBound + byte - starts[index]
        return start..<start + 1
    }

    /// Returns the text with the scalars of each of `ranges` replaced; what is put in comes from where they came from.
    ///
    /// - Precondition: `edits` are in order and do not overlap.
    func replacing(_ edits: [(range: Range<Int>, with: [Unicode.Scalar])]) -> PieceText {
        var out: [Unicode.Scalar] = []
        var from: [Source] = []
        var position = 0
        func keep(to end: Int) {
            for index in position..<end {
                out.append(scalars[index])
                from.append(sources?[index] ?? Source(range: source(of: index), isKept: true))
            }
        }
        for edit in edits {
            keep(to: edit.range.lowerBound)
            let start = edit.range.lowerBound < scalars.count ? source(of: edit.range.lowerBound).lowerBound : end
            let stop = edit.range.isEmpty ? start : source(of: edit.range.upperBound - 1).upperBound
            out += edit.with
            from += Array(repeating: Source(range: start..<stop, isKept: false), count: edit.with.count)
            position = edit.range.upperBound
        }
        keep(to: scalars.count)
        return PieceText(out, sources: from, base: base)
    }

    /// Of each scalar, whether it came from within `ranges` of the original text; empty when there are none.
    func marks(of ranges: [Range<Int>]) -> [Bool] {
        guard !ranges.isEmpty else { return [] }
        var next = 0
        return scalars.indices.map { index in
            let source = source(of: index)
            while next < ranges.count, ranges[next].upperBound <= source.lowerBound { next += 1 }
            return next < ranges.count && ranges[next].lowerBound < max(source.upperBound, source.lowerBound + 1)
        }
    }

    /// Returns the scalars in `range` as a text of their own.
    func slice(_ range: Range<Int>) -> PieceText {
        if range == scalars.indices { return self }
        if let sources { return PieceText(Array(scalars[range]), sources: Array(sources[range]), base: base) }
        return PieceText(scalars[range], base: base + starts[range.lowerBound])
    }

    private var end: Int { scalars.isEmpty ? base : source(of: scalars.count - 1).upperBound }
}
