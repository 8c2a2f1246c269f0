/// A stretch of text on its way to the vocabulary, which remembers where each byte came from.
///
/// Normalizers and pre-tokenizers may change characters or add a space; the tokens' ranges are still those of the
/// text as it was given.
struct TracedText: Sendable {
    /// The stretch, valid UTF-8.
    let bytes: [UInt8]
    /// Of each byte, the bytes of the original text it came from; nil while nothing has been changed.
    private let origins: [Range<Int>]?
    /// Where the stretch begins in the original text.
    private let base: Int

    /// Takes `bytes`, which begin at byte `base` of the original.
    init(_ bytes: [UInt8], base: Int = 0) {
        self.init(bytes, origins: nil, base: base)
    }

    fileprivate init(_ bytes: [UInt8], origins: [Range<Int>]?, base: Int) {
        self.bytes = bytes
        self.origins = origins
        self.base = base
    }

    /// Whether every byte is still what stood in the original text.
    var isUnchanged: Bool { origins == nil }

    /// The original bytes that the byte at `index` came from.
    func origin(ofByte index: Int) -> Range<Int> { origins?[index] ?? base + index..<base + index + 1 }

    /// The original bytes that the bytes `range` came from.
    func origin(of range: Range<Int>) -> Range<Int> {
        guard let origins else { return base + range.lowerBound..<base + range.upperBound }
        guard !range.isEmpty else {
            let place = range.lowerBound < bytes.count ? origins[range.lowerBound].lowerBound : end
            return place..<place
        }
        let lower = origins[range.lowerBound].lowerBound
        return lower..<max(lower, origins[range.upperBound - 1].upperBound)
    }

    /// Of each byte, whether it came from within `ranges` of the original text; empty when there are none.
    func marks(of ranges: [Range<Int>]) -> [Bool] {
        guard !ranges.isEmpty else { return [] }
        var next = 0
        return bytes.indices.map { index in
            let origin = origin(ofByte: index)
            while next < ranges.count, ranges[next].upperBound <= origin.lowerBound { next += 1 }
            return next < ranges.count && ranges[next].lowerBound < max(origin.upperBound, origin.lowerBound + 1)
        }
    }

    /// Returns the bytes in `range` as a text of their own.
    func slice(_ range: Range<Int>) -> TracedText {
        if range == bytes.indices { return self }
        let part = Array(bytes[range])
        guard let origins else { return TracedText(part, base: base + range.lowerBound) }
        return TracedText(part, origins: Array(origins[range]), base: base)
    }

    /// Where the stretch ends in the original text.
    private var end: Int {
        guard let origins else { return base + bytes.count }
        return origins.last?.upperBound ?? base
    }
}

extension TracedText {
    /// A changed text in the making: what is neither kept nor put is gone.
    struct Rewriting {
        private let source: TracedText
        private var bytes: [UInt8] = []
        private var origins: [Range<Int>] = []

        init(_ source: TracedText) {
            self.source = source
            bytes.reserveCapacity(source.bytes.count + 16)
            origins.reserveCapacity(source.bytes.count + 16)
        }

        /// How many bytes there are so far.
        var count: Int { bytes.count }

        /// Takes the bytes `range` of the source as they are.
        mutating func keep(_ range: Range<Int>) {
            for index in range {
                bytes.append(source.bytes[index])
                origins.append(source.origin(ofByte: index))
            }
        }

        /// Puts `new` where the bytes `range` of the source stood.
        mutating func put(_ new: some Sequence<UInt8>, for range: Range<Int>) {
            let origin = source.origin(of: range)
            for byte in new {
                bytes.append(byte)
                origins.append(origin)
            }
        }

        /// The changed text.
        func finish() -> TracedText { TracedText(bytes, origins: origins, base: source.base) }
    }

    /// Returns the text with each of `ranges` replaced by `new`.
    ///
    /// - Precondition: `ranges` are in order and do not overlap.
    func replacing(_ ranges: [Range<Int>], with new: [UInt8]) -> TracedText {
        guard !ranges.isEmpty else { return self }
        var out = Rewriting(self)
        var position = 0
        for range in ranges {
            out.keep(position..<range.lowerBound)
            out.put(new, for: range)
            position = range.upperBound
        }
        out.keep(position..<bytes.count)
        return out.finish()
    }

    /// What becomes of a scalar.
    enum Change {
        case keep, remove
        case replace([UInt8])
    }

    /// Returns the text with every scalar changed as `change` says.
    func mapping(_ change: (UInt32) -> Change) -> TracedText {
        var out: Rewriting?
        var kept = 0
        var index = 0
        while index < bytes.count {
            let (value, width) = bytes.scalar(at: index)
            defer { index += width }
            let change = change(value)
            if case .keep = change { continue }
            out = out ?? Rewriting(self)
            out?.keep(kept..<index)
            kept = index + width
            if case .replace(let new) = change { out?.put(new, for: index..<index + width) }
        }
        guard var out else { return self }
        out.keep(kept..<bytes.count)
        return out.finish()
    }
}
