/// Where a character came from, in one word.
struct JinjaOrigin: Hashable, Sendable {
    /// 0 is the template, 1 other data, 2 the first message.
    let code: Int32

    static let template = JinjaOrigin(code: 0)
    static let data = JinjaOrigin(code: 1)
    static func message(_ index: Int) -> JinjaOrigin { JinjaOrigin(code: Int32(clamping: index + 2)) }

    /// The origin of what was made of both: never the template's unless both are.
    func joined(_ other: JinjaOrigin) -> JinjaOrigin {
        if self == other || other == .template { return self }
        return self == .template ? other : .data
    }

    /// The same, as the result of rendering says it.
    var source: RenderedConversation.Source {
        switch code {
        case 0: .template
        case 1: .data
        default: .message(Int(code) - 2)
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

    /// The origin of all of it together.
    var joinedOrigin: JinjaOrigin {
        if bytes.isEmpty { return .template }
        return runs.isEmpty ? origin : runs.reduce(.template) { $0.joined($1.origin) }
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
