extension JinjaRendering {
    /// The byte at which `needle` first stands in `text`, at or after `start`; counts its work.
    func find(_ needle: JinjaText, in text: JinjaText, from start: Int = 0, to end: Int? = nil) throws(TemplateError)
        -> Int?
    {
        let needle = needle.bytes
        let bytes = text.bytes
        let end = end ?? bytes.count
        guard let first = needle.first else { return start <= end ? start : nil }
        var index = start
        var work = 0
        while index + needle.count <= end {
            if bytes[index] == first {
                var length = 1
                while length < needle.count, bytes[index + length] == needle[length] { length += 1 }
                work += length
                if length == needle.count {
                    try spend(1 + (index - start + work) >> 4)
                    return index
                }
                if work > 1 << 16 {
                    try spend(work >> 4)
                    work = 0
                }
            }
            index += 1
        }
        try spend(1 + (max(0, index - start) + work) >> 4)
        return nil
    }

    /// The byte at which `needle` last stands in `text`.
    func findLast(
        _ needle: JinjaText, in text: JinjaText, from start: Int = 0, to end: Int? = nil
    ) throws(TemplateError) -> Int? {
        var index = (end ?? text.bytes.count) - needle.bytes.count
        while index >= start {
            try spend(1 + needle.bytes.count >> 6)
            if text.bytes[index..<index + needle.bytes.count].elementsEqual(needle.bytes) { return index }
            index -= 1
            while index > start, index < text.bytes.count, text.bytes[index] & 0xC0 == 0x80 { index -= 1 }
        }
        return nil
    }

    /// `text.replace(old, new, count)`; a negative count is all.
    func replacing(
        _ old: JinjaText, in text: JinjaText, with new: JinjaText, count: Int = -1
    ) throws(TemplateError) -> JinjaText {
        var out = JinjaText()
        var start = 0
        var left = count < 0 ? Int.max : count
        if old.isEmpty {
            try spend(text.bytes.count)
            for character in text.characters {
                if left > 0 {
                    try reserve(bytes: new.bytes.count + 1)
                    out.append(new)
                    left -= 1
                }
                out.append(character)
            }
            if left > 0 { out.append(new) }
            return out
        }
        while left > 0, let found = try find(old, in: text, from: start) {
            try reserve(bytes: found - start + new.bytes.count)
            guard out.bytes.count <= JinjaLimits.textBytes else { throw excess("it makes a text that is too long") }
            out.append(text.slice(start..<found))
            out.append(new)
            start = found + old.bytes.count
            left -= 1
        }
        if start == 0 { return text }
        try reserve(bytes: text.bytes.count - start)
        out.append(text.slice(start..<text.bytes.count))
        return out
    }

    /// `text.count(part)`
    func occurrences(of part: JinjaText, in text: JinjaText) throws(TemplateError) -> Int {
        if part.isEmpty { return text.count + 1 }
        var count = 0
        var start = 0
        while let found = try find(part, in: text, from: start) {
            count += 1
            start = found + part.bytes.count
        }
        return count
    }

    /// `text.split(separator, limit)`; a negative limit is none.
    func split(_ text: JinjaText, at separator: JinjaText, limit: Int = -1) throws(TemplateError) -> [JinjaText] {
        guard !separator.isEmpty else { throw failure("empty separator") }
        var parts: [JinjaText] = []
        var start = 0
        while limit < 0 || parts.count < limit, let found = try find(separator, in: text, from: start) {
            try reserve(bytes: found - start)
            try reserve(elements: 1)
            parts.append(text.slice(start..<found))
            start = found + separator.bytes.count
        }
        try reserve(bytes: text.bytes.count - start)
        parts.append(text.slice(start..<text.bytes.count))
        return parts
    }

    /// `text.rsplit(separator, limit)`
    func splitFromEnd(_ text: JinjaText, at separator: JinjaText, limit: Int) throws(TemplateError) -> [JinjaText] {
        guard !separator.isEmpty else { throw failure("empty separator") }
        var parts: [JinjaText] = []
        var end = text.bytes.count
        while limit < 0 || parts.count < limit, let found = try findLast(separator, in: text, to: end) {
            try reserve(bytes: end - found)
            try reserve(elements: 1)
            parts.append(text.slice((found + separator.bytes.count)..<end))
            end = found
        }
        parts.append(text.slice(0..<end))
        return parts.reversed()
    }

    /// `text.split()`: at white space, of which several characters count as one.
    func splitAtSpace(_ text: JinjaText, limit: Int = -1, fromEnd: Bool = false) throws(TemplateError) -> [JinjaText] {
        try reserve(bytes: text.bytes.count)
        var words: [Range<Int>] = []
        var index = 0
        var start: Int?
        while index < text.bytes.count {
            if let length = JinjaSpace.length(in: text.bytes, at: index) {
                if let begin = start { words.append(begin..<index) }
                start = nil
                index += length
            } else {
                if start == nil { start = index }
                index += JinjaSpace.length(of: text.bytes[index])
            }
        }
        if let begin = start { words.append(begin..<text.bytes.count) }
        try reserve(elements: words.count)
        guard limit >= 0, words.count > limit else { return words.map { text.slice($0) } }
        if fromEnd {
            let rest = words.count - limit
            let head = JinjaSpace.trimmingEnd(of: text.bytes, in: 0..<words[rest - 1].upperBound)
            return [text.slice(0..<head)] + words[rest...].map { text.slice($0) }
        }
        return words[..<limit].map { text.slice($0) }
            + [text.slice(words[limit].lowerBound..<text.bytes.count)]
    }

    /// `text.splitlines(keepends)`
    func lines(of text: JinjaText, keepsEnds: Bool = false) throws(TemplateError) -> [JinjaText] {
        try reserve(bytes: text.bytes.count)
        var lines: [JinjaText] = []
        var start = 0
        var index = 0
        while index < text.bytes.count {
            let (scalar, length) = JinjaSpace.scalar(in: text.bytes, at: index)
            index += length
            switch scalar.value {
            case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: break
            default: continue
            }
            let end = index - length
            if scalar == "\r", index < text.bytes.count, text.bytes[index] == 0x0A { index += 1 }
            try reserve(elements: 1)
            lines.append(text.slice(start..<(keepsEnds ? index : end)))
            start = index
        }
        if start < text.bytes.count { lines.append(text.slice(start..<text.bytes.count)) }
        return lines
    }

    /// `separator.join(parts)`
    func join(_ parts: [JinjaText], with separator: JinjaText) throws(TemplateError) -> JinjaText {
        var out = JinjaText()
        for (index, part) in parts.enumerated() {
            try reserve(bytes: part.bytes.count + separator.bytes.count)
            guard out.bytes.count <= JinjaLimits.textBytes else { throw excess("it makes a text that is too long") }
            if index > 0 { out.append(separator) }
            out.append(part)
        }
        return out
    }
}
