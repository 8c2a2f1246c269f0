/// Directives, anchors and tags.
extension YAMLScanner {
    private func failure(
        _ problem: String, _ context: String, _ start: YAMLMark
    ) -> YAMLSyntaxError {
        YAMLSyntaxError(problem, at: mark, context: context, from: start)
    }

    // MARK: Directives

    mutating func directive() throws(YAMLSyntaxError) -> YAMLToken {
        let start = mark
        forward()
        let context = "while scanning a directive"
        func unexpected(_ expected: String) -> YAMLSyntaxError {
            failure("expected \(expected), but found \(Self.shown(peek()))", context, start)
        }
        var length = 0
        while Self.isWord(peek(length)) { length += 1 }
        guard length > 0 else { throw unexpected("alphabetic or numeric character") }
        let name = prefix(length)
        forward(length)
        guard peek() == " " || Self.isBreakOrEnd(peek()) else { throw unexpected("alphabetic or numeric character") }
        var value: YAMLDirective?
        switch name {
        case "YAML":
            skipSpaces()
            guard let major = digits() else { throw unexpected("a digit") }
            guard peek() == "." else { throw unexpected("a digit or '.'") }
            forward()
            guard digits() != nil else { throw unexpected("a digit") }
            guard peek() == " " || Self.isBreakOrEnd(peek()) else { throw unexpected("a digit or ' '") }
            value = .version(major: major)
        case "TAG":
            skipSpaces()
            let handle = try tagHandle("directive", start)
            guard peek() == " " else { throw unexpected("' '") }
            skipSpaces()
            let prefix = try tagURI("directive", start)
            guard peek() == " " || Self.isBreakOrEnd(peek()) else { throw unexpected("' '") }
            value = .tag(handle: handle, prefix: prefix)
        default: skipLine()
        }
        let end = mark
        skipSpaces()
        if peek() == "#" { skipLine() }
        guard Self.isBreakOrEnd(peek()) else { throw unexpected("a comment or a line break") }
        _ = lineBreak()
        return YAMLToken(kind: .directive(name: name, value), start: start, end: end)
    }

    private mutating func digits() -> Int? {
        var length = 0
        while case "0"..."9" = peek(length) { length += 1 }
        guard length > 0 else { return nil }
        let value = Int(prefix(length)) ?? .max
        forward(length)
        return value
    }

    // MARK: Anchors

    mutating func anchor() throws(YAMLSyntaxError) -> YAMLToken {
        let start = mark
        let isAlias = peek() == "*"
        let context = "while scanning an \(isAlias ? "alias" : "anchor")"
        forward()
        var length = 0
        while Self.isWord(peek(length)) { length += 1 }
        let name = prefix(length)
        forward(length)
        guard length > 0, Self.isBlank(peek()) || "?:,]}%@`".unicodeScalars.contains(peek()) else {
            throw failure(
                "expected alphabetic or numeric character, but found \(Self.shown(peek()))", context, start)
        }
        return YAMLToken(kind: isAlias ? .alias(name) : .anchor(name), start: start, end: mark)
    }

    // MARK: Tags

    mutating func tag() throws(YAMLSyntaxError) -> YAMLToken {
        let start = mark
        var handle: String?
        let suffix: String
        if peek(1) == "<" {
            forward(2)
            suffix = try tagURI("tag", start)
            guard peek() == ">" else {
                throw failure("expected '>', but found \(Self.shown(peek()))", "while parsing a tag", start)
            }
            forward()
        } else if Self.isBlank(peek(1)) {
            suffix = "!"
            forward()
        } else {
            var length = 1
            while peek(length) != "!", peek(length) != " ", !Self.isBreakOrEnd(peek(length)) { length += 1 }
            if peek(length) == "!" {
                handle = try tagHandle("tag", start)
            } else {
                handle = "!"
                forward()
            }
            suffix = try tagURI("tag", start)
        }
        guard peek() == " " || Self.isBreakOrEnd(peek()) else {
            throw failure("expected ' ', but found \(Self.shown(peek()))", "while scanning a tag", start)
        }
        return YAMLToken(kind: .tag(handle: handle, suffix: suffix), start: start, end: mark)
    }

    private mutating func tagHandle(_ what: String, _ start: YAMLMark) throws(YAMLSyntaxError) -> String {
        func unexpected() -> YAMLSyntaxError {
            failure("expected '!', but found \(Self.shown(peek()))", "while scanning a \(what)", start)
        }
        guard peek() == "!" else { throw unexpected() }
        var length = 1
        if peek(length) != " " {
            while Self.isWord(peek(length)) { length += 1 }
            guard peek(length) == "!" else {
                forward(length)
                throw unexpected()
            }
            length += 1
        }
        let value = prefix(length)
        forward(length)
        return value
    }

    func prefix(_ count: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text[mark.index..<min(mark.index + count, text.count)])
        return String(view)
    }

    private mutating func tagURI(_ what: String, _ start: YAMLMark) throws(YAMLSyntaxError) -> String {
        var bytes: [UInt8] = []
        var value = ""
        var found = false
        while true {
            if peek() == "%" {
                bytes = []
                let begin = mark
                while peek() == "%" {
                    forward()
                    for offset in 0..<2 where !peek(offset).properties.isASCIIHexDigit {
                        throw failure(
                            "expected URI escape sequence of 2 hexadecimal numbers, but found "
                                + Self.shown(peek(offset)), "while scanning a \(what)", start)
                    }
                    bytes.append(UInt8(prefix(2), radix: 16) ?? 0)
                    forward(2)
                }
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw YAMLSyntaxError(
                        PythonText.decodingProblem(bytes), at: begin, context: "while scanning a \(what)", from: start)
                }
                value += text
            } else if Self.isWord(peek()) || ";/?:@&=+$,.!~*'()[]".unicodeScalars.contains(peek()) {
                value.unicodeScalars.append(peek())
                forward()
            } else {
                break
            }
            found = true
        }
        guard found else {
            throw failure("expected URI, but found \(Self.shown(peek()))", "while parsing a \(what)", start)
        }
        return value
    }
}
