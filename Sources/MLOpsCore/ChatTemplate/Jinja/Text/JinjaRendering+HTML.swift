extension JinjaRendering {
    /// Returns the text in HTML's escapes, marked so that it is not escaped again.
    func escaped(_ text: JinjaText) throws(TemplateError) -> JinjaText {
        if text.isSafe { return text }
        try reserve(bytes: text.bytes.count)
        var out = JinjaText()
        for (range, origin) in text.ranges {
            for byte in text.bytes[range] {
                switch byte {
                case 0x26: out.append("&amp;", origin: origin)
                case 0x3C: out.append("&lt;", origin: origin)
                case 0x3E: out.append("&gt;", origin: origin)
                case 0x27: out.append("&#39;", origin: origin)
                case 0x22: out.append("&#34;", origin: origin)
                default: out.append(CollectionOfOne(byte), origin: origin)
                }
            }
        }
        out.isSafe = true
        return out
    }

    /// Returns the text without comments and tags, its white space as single blanks and its escapes as characters.
    func withoutTags(_ text: JinjaText) throws(TemplateError) -> JinjaText {
        var text = text
        for (open, close) in [("<!--", "-->"), ("<", ">")] {
            var out = JinjaText()
            var start = 0
            while let begin = try find(JinjaText(open), in: text, from: start),
                let end = try find(JinjaText(close), in: text, from: begin + 1)
            {
                out.append(text.slice(start..<begin))
                start = end + close.utf8.count
            }
            out.append(text.slice(start..<text.bytes.count))
            text = out
        }
        return try unescaped(try join(try splitAtSpace(text), with: JinjaText(" ")))
    }

    /// Returns the text with HTML's names and numbers of characters turned back, as Python's `html.unescape` does; it is
    /// marked as HTML no more.
    func unescaped(_ text: JinjaText) throws(TemplateError) -> JinjaText {
        var out: [UInt8] = []
        var rest = text.bytes[...]
        while let place = rest.firstIndex(of: 0x26) {
            out += rest[..<place]
            rest = rest[(place + 1)...]
            if let (character, count) = HTMLCharacters.reference(rest) {
                out += character
                rest = rest.dropFirst(count)
            } else {
                out.append(0x26)
            }
        }
        out += rest
        try reserve(bytes: out.count)
        return JinjaText(out, origin: text.joinedOrigin)
    }
}
