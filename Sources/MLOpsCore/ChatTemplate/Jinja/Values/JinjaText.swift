/// Where a character came from, in one word.
struct JinjaOrigin: Hashable, Sendable {
    /// 0 is the template, 1 other data, 2 the first message.
    let code: Int32

    static let template = JinjaOrigin(code: 0)
    static let data = JinjaOrigin(code: 1)
    static func message(_ index: Int) -> JinjaOrigin { JinjaOrigin(code: min(Int32(clamping: index + 2), mark - 1)) }

    /// Added to the code of a character that a macro or block marks as the model's own.
    private static let mark: Int32 = 1 << 30
    var isGenerated: Bool { code >= Self.mark }
    var generated: JinjaOrigin { JinjaOrigin(code: code | Self.mark) }
    private var plain: JinjaOrigin { JinjaOrigin(code: code & ~Self.mark) }

    /// The origin of what was made of both: never the template's unless both are.
    func joined(_ other: JinjaOrigin) -> JinjaOrigin {
        if self == other { return self }
        let (left, right) = (plain, other.plain)
        let both = left == right || right == .template ? left : left == .template ? right : .data
        return isGenerated && other.isGenerated ? both.generated : both
    }

    /// The same, as the result of rendering says it.
    var source: RenderedConversation.Source {
        switch plain.code {
        case 0: .template
        case 1: .data
        default: .message(Int(plain.code) - 2)
        }
    }
}

/// Text that knows where each of its characters came from.
///
/// UTF-8, always valid; positions that templates see are counted in Unicode scalars, as Python counts them.
struct JinjaText: Sendable {
    /// Characters of one origin.
    struct Run: Sendable {
        /// Where it ends, in bytes; it begins where the run before it ends.
        var end: Int
        var origin: JinjaOrigin
    }

    private(set) var bytes: [UInt8]
    /// Runs that cover the text; empty when all of it has the one `origin`.
    private(set) var runs: [Run] = []
    private var origin: JinjaOrigin
    /// Whether it was marked as HTML (`|safe`, `|escape`), so that it is not escaped again.
    var isSafe = false

    init(_ bytes: [UInt8] = [], origin: JinjaOrigin = .template) {
        self.bytes = bytes
        self.origin = origin
    }

    init(_ text: some StringProtocol, origin: JinjaOrigin = .template) {
        self.init(Array(text.utf8), origin: origin)
    }

    var isEmpty: Bool { bytes.isEmpty }
    var string: String { String(decoding: bytes, as: UTF8.self) }

    /// The same text, marked as HTML or not.
    func with(mark isSafe: Bool) -> JinjaText {
        var text = self
        text.isSafe = isSafe
        return text
    }

    /// The origin of all of it together.
    var joinedOrigin: JinjaOrigin {
        if bytes.isEmpty { return .template }
        return runs.isEmpty ? origin : runs.dropFirst().reduce(runs[0].origin) { $0.joined($1.origin) }
    }

    /// The origin of the byte at `index`.
    func origin(at index: Int) -> JinjaOrigin {
        if runs.isEmpty { return origin }
        return runs.first { index < $0.end }?.origin ?? origin
    }

    /// The runs with their ranges.
    var ranges: [(range: Range<Int>, origin: JinjaOrigin)] {
        if runs.isEmpty { return bytes.isEmpty ? [] : [(0..<bytes.count, origin)] }
        var start = 0
        return runs.map { run in
            defer { start = run.end }
            return (start..<run.end, run.origin)
        }
    }

    /// What is marked as the model's own.
    var generatedRanges: [Range<Int>] {
        ranges.reduce(into: []) { out, run in
            guard run.origin.isGenerated else { return }
            if let last = out.last, last.upperBound == run.range.lowerBound {
                out[out.count - 1] = last.lowerBound..<run.range.upperBound
            } else {
                out.append(run.range)
            }
        }
    }

    /// Marks what stands from `start` on as the model's own.
    mutating func markGenerated(from start: Int) {
        guard start < bytes.count else { return }
        var out = slice(0..<start)
        for (range, origin) in slice(start..<bytes.count).ranges {
            out.append(bytes[start + range.lowerBound..<start + range.upperBound], origin: origin.generated)
        }
        out.isSafe = isSafe
        self = out
    }

    // MARK: - Making

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    mutating func append(_ other: JinjaText) {
        if other.bytes.isEmpty { return }
        if other.runs.isEmpty { return append(other.bytes, origin: other.origin) }
        for (range, origin) in other.ranges { append(other.bytes[range], origin: origin) }
    }

    mutating func append(_ more: some Collection<UInt8>, origin newOrigin: JinjaOrigin) {
        if more.isEmpty { return }
        let end = bytes.count + more.count
        if bytes.isEmpty {
            origin = newOrigin
            runs = []
        } else if runs.isEmpty {
            if newOrigin != origin {
                runs = [Run(end: bytes.count, origin: origin), Run(end: end, origin: newOrigin)]
            }
        } else if runs[runs.count - 1].origin == newOrigin {
            runs[runs.count - 1].end = end
        } else {
            runs.append(Run(end: end, origin: newOrigin))
        }
        bytes.append(contentsOf: more)
    }

    mutating func append(_ text: String, origin: JinjaOrigin = .template) { append(text.utf8, origin: origin) }

    /// The bytes in `range`, which begins and ends between characters.
    func slice(_ range: Range<Int>) -> JinjaText {
        if range.count == bytes.count { return self }
        var part = JinjaText(Array(bytes[range]), origin: origin)
        part.isSafe = isSafe
        guard !runs.isEmpty, !range.isEmpty else { return part }
        var start = 0
        var found: [Run] = []
        for run in runs {
            let overlap =
                max(start, range.lowerBound)..<max(max(start, range.lowerBound), min(run.end, range.upperBound))
            start = run.end
            if overlap.isEmpty {
                if run.end >= range.upperBound { break }
                continue
            }
            found.append(Run(end: overlap.upperBound - range.lowerBound, origin: run.origin))
        }
        if found.count == 1 { part.origin = found[0].origin } else { part.runs = found }
        return part
    }

    /// The same characters, all of the origin `origin`.
    func with(origin: JinjaOrigin) -> JinjaText {
        var text = JinjaText(bytes, origin: origin)
        text.isSafe = isSafe
        return text
    }

    /// The same origins with every byte changed; nil unless all of it is ASCII.
    func mapASCII(_ change: (UInt8) -> UInt8) -> JinjaText? {
        guard bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        var out = self
        out.isSafe = false
        out.bytes = bytes.map(change)
        return out
    }

    /// The text with every character replaced by what `change` makes of it, origins kept.
    func mapScalars(_ change: (Unicode.Scalar, Int) -> String) -> JinjaText {
        var out = JinjaText()
        out.reserve(bytes.count)
        var index = 0
        for (range, origin) in ranges {
            while index < range.upperBound {
                let (scalar, length) = JinjaSpace.scalar(in: bytes, at: index)
                out.append(change(scalar, index).utf8, origin: origin)
                index += length
            }
        }
        return out
    }
}

extension JinjaText: Hashable {
    static func == (left: JinjaText, right: JinjaText) -> Bool { left.bytes == right.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    /// Order by code points, which is that of the bytes.
    static func < (left: JinjaText, right: JinjaText) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}
