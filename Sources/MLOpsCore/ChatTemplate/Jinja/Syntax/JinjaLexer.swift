/// Cuts a template into tokens as Jinja does with `trim_blocks` and `lstrip_blocks`.
///
/// Formats: jinja2/lexer.py 3.1. A newline after `%}` and after `#}` goes, white space between the start of a line and
/// `{%` or `{#` goes; `-` beside a tag takes all white space there, `+` keeps it.
struct JinjaLexer {
    var source: [UInt8]
    var position = 0
    var line = 1
    var tokens: [JinjaToken] = []
    /// Brackets still open inside the current tag: while there are any, the tag cannot end.
    private var open: [JinjaSign] = []

    private init(_ text: String) {
        source = Self.normalizingNewlines(Array(text.utf8))
        // One newline at the end of the template goes (`keep_trailing_newline` is off).
        if source.last == 0x0A { source.removeLast() }
    }

    /// Returns the tokens of `text`, the last one `.end`, and what is wrong where they end too early.
    ///
    /// Jinja cuts as it parses, so an error of the parser further up in the source is told first.
    static func tokens(_ text: String) throws(TemplateError) -> (tokens: [JinjaToken], failure: TemplateError?) {
        guard text.utf8.count <= JinjaLimits.sourceBytes else {
            throw TemplateError(.tooMuch, "the template is longer than \(JinjaLimits.sourceBytes) bytes", line: 1)
        }
        var lexer = JinjaLexer(text)
        do {
            try lexer.template()
            return (lexer.tokens, nil)
        } catch {
            lexer.emit(.end)
            return (lexer.tokens, error)
        }
    }

    /// `\r\n` and `\r` become `\n`.
    static func normalizingNewlines(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(0x0D) else { return bytes }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x0D {
                out.append(0x0A)
                if index + 1 < bytes.count, bytes[index + 1] == 0x0A { index += 1 }
            } else {
                out.append(bytes[index])
            }
            index += 1
        }
        return out
    }

    // MARK: - Looking

    func byte(_ index: Int) -> UInt8 { index < source.count ? source[index] : 0 }

    func matches(_ text: String, at index: Int) -> Bool {
        let length = text.utf8.count
        guard index + length <= source.count else { return false }
        return text.utf8.elementsEqual(source[index..<index + length])
    }

    /// The first index from `index` on that is not white space.
    func skippingSpace(from index: Int) -> Int {
        var index = index
        while let length = JinjaSpace.length(in: source, at: index) { index += length }
        return index
    }

    func failure(_ reason: String) -> TemplateError { TemplateError(.syntax, reason, line: line) }

    /// What Jinja says of a character that begins nothing, with its place in characters.
    func unexpectedCharacter() -> TemplateError {
        let scalar = JinjaSpace.scalar(in: source, at: position).0
        let place = source[..<position].count { $0 & 0xC0 != 0x80 }
        return failure("unexpected char \(PythonText.quoted(String(scalar))) at \(place)")
    }

    mutating func emit(_ kind: JinjaToken.Kind) { tokens.append(JinjaToken(kind: kind, line: line)) }

    /// Goes to `index` and counts the lines on the way.
    mutating func advance(to index: Int) {
        for byte in source[position..<index] where byte == 0x0A { line += 1 }
        position = index
    }

    // MARK: - Text

    private mutating func template() throws(TemplateError) {
        while let start = nextTag() {
            switch byte(start + 1) {
            case 0x25:
                if let raw = rawBegin(at: start) {
                    text(upTo: start, sign: raw.sign)
                    advance(to: raw.end)
                    try rawText()
                } else {
                    text(upTo: start, sign: tagSign(at: start))
                    emit(.blockBegin)
                    try tag(isBlock: true)
                }
            case 0x7B:
                text(upTo: start, sign: tagSign(at: start), isVariable: true)
                emit(.variableBegin)
                try tag(isBlock: false)
            default:
                text(upTo: start, sign: tagSign(at: start))
                try comment()
            }
        }
        text(upTo: source.count, sign: 0x2B)
        emit(.end)
    }

    /// The index of the next `{%`, `{{` or `{#`.
    private func nextTag() -> Int? {
        var index = position
        while index + 1 < source.count {
            if source[index] == 0x7B, [0x25, 0x7B, 0x23].contains(source[index + 1]) { return index }
            index += 1
        }
        return nil
    }

    private func tagSign(at start: Int) -> UInt8 {
        let sign = byte(start + 2)
        return sign == 0x2D || sign == 0x2B ? sign : 0
    }

    /// Emits the text before a tag, cut as the tag's sign says, and goes past the tag's beginning.
    private mutating func text(upTo start: Int, sign: UInt8, isVariable: Bool = false) {
        var end = start
        if sign == 0x2D {
            end = JinjaSpace.trimmingEnd(of: source, in: position..<start)
        } else if sign == 0, !isVariable {
            let lineStart = source[position..<start].lastIndex(of: 0x0A).map { $0 + 1 }
            let isLineStarting = position == 0 || source[position - 1] == 0x0A
            if let from = lineStart ?? (isLineStarting ? position : nil), from < start,
                skippingSpace(from: from) >= start
            {
                end = from
            }
        }
        if end > position { emit(.data(Array(source[position..<end]))) }
        advance(to: start)
        if start < source.count { position = min(source.count, start + (sign == 0 ? 2 : 3)) }
    }

    private mutating func comment() throws(TemplateError) {
        var index = position
        while index < source.count, !matches("#}", at: index) { index += 1 }
        guard index < source.count else { throw failure("Missing end of comment tag") }
        var end = index + 2
        switch index > position ? source[index - 1] : 0 {
        case 0x2D: end = skippingSpace(from: end)
        case 0x2B: break
        default: if byte(end) == 0x0A { end += 1 }
        }
        advance(to: end)
    }

    // MARK: - Raw

    /// `{% raw %}` at `start`: the sign before and where it ends.
    private func rawBegin(at start: Int) -> (sign: UInt8, end: Int)? {
        let sign = tagSign(at: start)
        var index = skippingSpace(from: start + (sign == 0 ? 2 : 3))
        guard matches("raw", at: index) else { return nil }
        index = skippingSpace(from: index + 3)
        if matches("-%}", at: index) { return (sign, skippingSpace(from: index + 3)) }
        return matches("%}", at: index) ? (sign, index + 2) : nil
    }

    private mutating func rawText() throws(TemplateError) {
        var start = position
        while start < source.count {
            if matches("{%", at: start) {
                let sign = tagSign(at: start)
                var index = skippingSpace(from: start + (sign == 0 ? 2 : 3))
                if matches("endraw", at: index) {
                    index = skippingSpace(from: index + 6)
                    if let end = blockEnd(at: index) {
                        text(upTo: start, sign: sign)
                        advance(to: end)
                        return
                    }
                }
            }
            start += 1
        }
        // Jinja does not miss the end of a block that holds nothing.
        guard position < source.count else { return }
        throw failure("Missing end of raw directive")
    }

    // MARK: - Tags

    /// Where the `%}` at `index` ends, with the white space it takes; nil when there is none.
    private func blockEnd(at index: Int) -> Int? {
        if matches("+%}", at: index) { return index + 3 }
        if matches("-%}", at: index) { return skippingSpace(from: index + 3) }
        guard matches("%}", at: index) else { return nil }
        return byte(index + 2) == 0x0A ? index + 3 : index + 2
    }

    private func variableEnd(at index: Int) -> Int? {
        if matches("-}}", at: index) { return skippingSpace(from: index + 3) }
        return matches("}}", at: index) ? index + 2 : nil
    }

    private mutating func tag(isBlock: Bool) throws(TemplateError) {
        open = []
        while position < source.count {
            if open.isEmpty, let end = isBlock ? blockEnd(at: position) : variableEnd(at: position) {
                emit(isBlock ? .blockEnd : .variableEnd)
                advance(to: end)
                return
            }
            try token()
        }
    }

    private mutating func token() throws(TemplateError) {
        let first = source[position]
        let afterSpace = skippingSpace(from: position)
        if afterSpace > position { return advance(to: afterSpace) }
        if (0x30...0x39).contains(first) { return try number() }
        if first == 0x27 || first == 0x22 { return try string(quote: first) }
        if first == 0x5F || first >= 0x80 || JinjaSpace.isLetter(first) { return try name() }
        guard let sign = JinjaSign.prefix(of: first, byte(position + 1)) else {
            throw unexpectedCharacter()
        }
        if let closing = sign.closing {
            open.append(closing)
        } else if sign.isClosing {
            guard let expected = open.popLast() else { throw failure("unexpected '\(sign.rawValue)'") }
            guard expected == sign else {
                throw failure("unexpected '\(sign.rawValue)', expected '\(expected.rawValue)'")
            }
        }
        emit(.sign(sign))
        position += sign.rawValue.utf8.count
    }
}
