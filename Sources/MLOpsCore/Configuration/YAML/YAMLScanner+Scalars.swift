/// Plain, quoted and block scalars.
extension YAMLScanner {
    private var isAtDocumentSign: Bool {
        let sign = prefix(3)
        return (sign == "---" || sign == "...") && Self.isBlank(peek(3))
    }

    // MARK: Plain

    mutating func plainScalar() -> YAMLToken {
        let start = mark
        var end = mark
        var value = ""
        var spaces: String? = ""
        let leastColumn = indent + 1
        while peek() != "#" {
            var length = 0
            while !endsPlain(length) { length += 1 }
            guard length > 0 else { break }
            allowsKey = false
            value += (spaces ?? "") + prefix(length)
            forward(length)
            end = mark
            spaces = plainSpaces()
            if spaces?.isEmpty ?? true || peek() == "#" || flowLevel == 0 && mark.column < leastColumn { break }
        }
        return YAMLToken(kind: .scalar(value, isPlain: true), start: start, end: end)
    }

    private func endsPlain(_ offset: Int) -> Bool {
        let scalar = peek(offset)
        if Self.isBlank(scalar) { return true }
        if flowLevel > 0, ",?[]{}".unicodeScalars.contains(scalar) { return true }
        guard scalar == ":" else { return false }
        let next = peek(offset + 1)
        return Self.isBlank(next) || flowLevel > 0 && ",[]{}".unicodeScalars.contains(next)
    }

    /// What white space between words stands for; nil when a document ends there.
    private mutating func plainSpaces() -> String? {
        let begin = mark.index
        skipSpaces()
        guard Self.isBreak(peek()) else { return String(repeating: " ", count: mark.index - begin) }
        let first = lineBreak()
        allowsKey = true
        if isAtDocumentSign { return nil }
        var breaks = ""
        while peek() == " " || Self.isBreak(peek()) {
            if peek() == " " {
                forward()
            } else {
                breaks += lineBreak()
                if isAtDocumentSign { return nil }
            }
        }
        return Self.folded(first, breaks)
    }

    /// A single line break is a space, of several the first is nothing.
    private static func folded(_ first: String, _ breaks: String) -> String {
        first != "\n" ? first + breaks : breaks.isEmpty ? " " : breaks
    }

    // MARK: Quoted

    mutating func flowScalar(isDouble: Bool) throws(YAMLSyntaxError) -> YAMLToken {
        let start = mark
        let quote = peek()
        forward()
        var value = try quotedWord(isDouble, start)
        while peek() != quote {
            value += try quotedSpaces(start)
            value += try quotedWord(isDouble, start)
        }
        forward()
        return YAMLToken(kind: .scalar(value, isPlain: false), start: start, end: mark)
    }

    private mutating func quotedWord(_ isDouble: Bool, _ start: YAMLMark) throws(YAMLSyntaxError) -> String {
        var value = ""
        while true {
            let scalar = peek()
            switch scalar {
            case "'" where !isDouble && peek(1) == "'":
                value += "'"
                forward(2)
            case "'" where !isDouble, "\"" where isDouble: return value
            case "\\" where isDouble: value += try escape(start)
            case let blank where Self.isBlank(blank): return value
            default:
                value.unicodeScalars.append(scalar)
                forward()
            }
        }
    }

    private mutating func escape(_ start: YAMLMark) throws(YAMLSyntaxError) -> String {
        let context = "while scanning a double-quoted scalar"
        forward()
        let letter = peek()
        if let meaning = Self.meanings[letter] {
            forward()
            return meaning
        }
        if let length = Self.codeLengths[letter] {
            forward()
            for offset in 0..<length where !peek(offset).properties.isASCIIHexDigit {
                throw YAMLSyntaxError(
                    "expected escape sequence of \(length) hexadecimal numbers, but found "
                        + Self.shown(peek(offset)), at: mark, context: context, from: start)
            }
            let code = UInt32(prefix(length), radix: 16) ?? 0
            func problem(_ words: String) -> YAMLSyntaxError {
                YAMLSyntaxError(words, at: mark, context: context, from: start)
            }
            guard code <= Int32.max else { throw problem("Python int too large to convert to C int") }
            guard code < 0x11_0000 else { throw problem("chr() arg not in range(0x110000)") }
            forward(length)
            return Unicode.Scalar(code).map { String($0) } ?? HalfCharacters.text(code) ?? ""
        }
        if Self.isBreak(letter) {
            _ = lineBreak()
            return try quotedBreaks(start)
        }
        throw YAMLSyntaxError(
            "found unknown escape character \(Self.shown(letter))", at: mark, context: context, from: start)
    }

    private static let codeLengths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
    private static let meanings: [Unicode.Scalar: String] = [
        "0": "\0", "a": "\u{07}", "b": "\u{08}", "t": "\t", "\t": "\t", "n": "\n", "v": "\u{0B}", "f": "\u{0C}",
        "r": "\r", "e": "\u{1B}", " ": " ", "\"": "\"", "\\": "\\", "/": "/", "N": "\u{85}", "_": "\u{A0}",
        "L": "\u{2028}", "P": "\u{2029}",
    ]

    private mutating func quotedSpaces(_ start: YAMLMark) throws(YAMLSyntaxError) -> String {
        var length = 0
        while peek(length) == " " || peek(length) == "\t" { length += 1 }
        let spaces = prefix(length)
        forward(length)
        guard peek() != "\0" else {
            throw YAMLSyntaxError(
                "found unexpected end of stream", at: mark, context: "while scanning a quoted scalar", from: start)
        }
        guard Self.isBreak(peek()) else { return spaces }
        let first = lineBreak()
        return Self.folded(first, try quotedBreaks(start))
    }

    private mutating func quotedBreaks(_ start: YAMLMark) throws(YAMLSyntaxError) -> String {
        var breaks = ""
        while true {
            guard !isAtDocumentSign else {
                throw YAMLSyntaxError(
                    "found unexpected document separator", at: mark, context: "while scanning a quoted scalar",
                    from: start)
            }
            while peek() == " " || peek() == "\t" { forward() }
            guard Self.isBreak(peek()) else { return breaks }
            breaks += lineBreak()
        }
    }

    // MARK: Block

    mutating func blockScalar(isFolded: Bool) throws(YAMLSyntaxError) -> YAMLToken {
        let start = mark
        forward()
        let (keeps, increment) = try blockIndicators(start)
        try endIndicatorLine(start)
        let least = max(indent + 1, 1)
        var breaks = ""
        var end = mark
        let column: Int
        if let increment {
            column = least + increment - 1
            breaks = blockBreaks(column, &end)
        } else {
            var widest = 0
            while peek() == " " || Self.isBreak(peek()) {
                if peek() == " " {
                    forward()
                    widest = max(widest, mark.column)
                } else {
                    breaks += lineBreak()
                    end = mark
                }
            }
            column = max(least, widest)
        }
        var value = ""
        var last = ""
        while mark.column == column, peek() != "\0" {
            value += breaks
            let startsWithText = peek() != " " && peek() != "\t"
            var length = 0
            while !Self.isBreakOrEnd(peek(length)) { length += 1 }
            value += prefix(length)
            forward(length)
            last = lineBreak()
            breaks = blockBreaks(column, &end)
            guard mark.column == column, peek() != "\0" else { break }
            if isFolded, last == "\n", startsWithText, peek() != " ", peek() != "\t" {
                if breaks.isEmpty { value += " " }
            } else {
                value += last
            }
        }
        if keeps != false { value += last }
        if keeps == true { value += breaks }
        return YAMLToken(kind: .scalar(value, isPlain: false), start: start, end: end)
    }

    private mutating func blockBreaks(_ column: Int, _ end: inout YAMLMark) -> String {
        var breaks = ""
        end = mark
        while mark.column < column, peek() == " " { forward() }
        while Self.isBreak(peek()) {
            breaks += lineBreak()
            end = mark
            while mark.column < column, peek() == " " { forward() }
        }
        return breaks
    }

    /// Whether line breaks at the end stay (`+`) or go (`-`), and how far the text is indented.
    private mutating func blockIndicators(_ start: YAMLMark) throws(YAMLSyntaxError) -> (keeps: Bool?, Int?) {
        func failure(_ problem: String) -> YAMLSyntaxError {
            YAMLSyntaxError(problem, at: mark, context: "while scanning a block scalar", from: start)
        }
        var keeps: Bool?
        var increment: Int?
        func isSign(_ scalar: Unicode.Scalar) -> Bool { scalar == "+" || scalar == "-" }
        if isSign(peek()) {
            keeps = peek() == "+"
            forward()
        }
        if case "0"..."9" = peek() {
            guard peek() != "0" else {
                throw failure("expected indentation indicator in the range 1-9, but found 0")
            }
            increment = Int(peek().value) - 0x30
            forward()
            if keeps == nil, isSign(peek()) {
                keeps = peek() == "+"
                forward()
            }
        }
        guard peek() == " " || Self.isBreakOrEnd(peek()) else {
            throw failure("expected chomping or indentation indicators, but found \(Self.shown(peek()))")
        }
        return (keeps, increment)
    }

    private mutating func endIndicatorLine(_ start: YAMLMark) throws(YAMLSyntaxError) {
        skipSpaces()
        if peek() == "#" { skipLine() }
        guard Self.isBreakOrEnd(peek()) else {
            throw YAMLSyntaxError(
                "expected a comment or a line break, but found \(Self.shown(peek()))", at: mark,
                context: "while scanning a block scalar", from: start)
        }
        _ = lineBreak()
    }
}
