extension JinjaMethods {
    /// The methods of `str`.
    static func plain(
        _ name: String, _ text: JinjaText, _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        try rendering.reserve(bytes: text.bytes.count)
        let call = JinjaTextCall(name: name, arguments: arguments, rendering: rendering)
        switch name {
        case "strip", "lstrip", "rstrip":
            try call.check(upTo: 1)
            return .text(
                try rendering.stripping(
                    text, arguments.positional.first, start: name != "rstrip", end: name != "lstrip"))
        case "split", "rsplit": return try splitting(text, call)
        case "splitlines":
            let keepsEnds = try rendering.bind(arguments, to: ["keepends"], of: name)[0]?.isTrue ?? false
            return try rendering.list(try rendering.lines(of: text, keepsEnds: keepsEnds).map { .text($0) })
        case "startswith", "endswith": return .bool(try begins(text, call))
        case "replace":
            try call.check(upTo: 3, required: 2, names: text.isSafe ? [] : ["", "", "count"])
            let count = try call.index(2) ?? arguments["count"]?.index ?? -1
            let new = text.isSafe ? try rendering.escaped(try call.text(1)) : try call.text(1)
            return .text(try rendering.replacing(try call.text(0), in: text, with: new, count: count))
        case "find", "rfind", "index", "rindex", "count": return try searching(text, call)
        case "join":
            try call.check(upTo: 1, required: 1)
            var parts: [JinjaText] = []
            for element in try rendering.elements(of: arguments.positional[0]) {
                if text.isSafe {
                    parts.append(try rendering.escaped(try rendering.str(element)))
                    continue
                }
                guard case .text(let part) = element else {
                    throw rendering.failure(
                        "sequence item \(parts.count): expected str instance, \(element.typeName) found")
                }
                parts.append(part)
            }
            return .text(try rendering.join(parts, with: text))
        case "format": return .text(try rendering.braceFormat(text, arguments))
        case "format_map":
            try call.check(upTo: 1, required: 1)
            guard case .dictionary(let dictionary) = arguments.positional[0] else {
                throw rendering.failure("format_map needs a dictionary")
            }
            let named = dictionary.entries.compactMap { entry in entry.key.text.map { ($0.string, entry.value) } }
            return .text(try rendering.braceFormat(text, JinjaArguments(named: named)))
        case "zfill", "ljust", "rjust", "center": return .text(try padding(text, call))
        case "partition", "rpartition":
            try call.check(upTo: 1, required: 1)
            return try partition(text, at: try call.text(0), fromEnd: name == "rpartition", rendering)
        case "removeprefix":
            try call.check(upTo: 1, required: 1)
            let prefix = try call.text(0)
            return .text(text.hasPrefix(prefix) ? text.slice(prefix.bytes.count..<text.bytes.count) : text)
        case "removesuffix":
            try call.check(upTo: 1, required: 1)
            let suffix = try call.text(0)
            return .text(
                text.hasSuffix(suffix) ? text.slice(0..<(text.bytes.count - suffix.bytes.count)) : text)
        case "encode":
            let given = try rendering.bind(arguments, to: ["encoding", "errors"], of: name)
            return .object(try JinjaEncoding(given[0], rendering).bytes(of: text, rendering))
        case "maketrans": return try translationTable(call)
        case "translate":
            try call.check(upTo: 1, required: 1)
            return .text(try translated(text, with: arguments.positional[0], rendering))
        case "expandtabs":
            let size = try JinjaFilters.index(
                try rendering.bind(arguments, to: ["tabsize"], of: name)[0], 8, name, rendering)
            return .text(try expandingTabs(text, size, rendering))
        default:
            try call.check(upTo: 0)
            try rendering.spend(text.bytes.count >> 1)
            if let changed = changingCase(name, text) {
                try rendering.reserve(bytes: changed.bytes.count)
                return .text(changed)
            }
            return .bool(holds(name, text))
        }
    }

    private static func changingCase(_ name: String, _ text: JinjaText) -> JinjaText? {
        switch name {
        case "upper": text.uppercased
        case "lower": text.lowercased
        case "title": text.titlecased
        case "capitalize": text.capitalized
        case "casefold": text.caseFolded
        case "swapcase": text.swappedCase
        default: nil
        }
    }

    private static func holds(_ name: String, _ text: JinjaText) -> Bool {
        switch name {
        case "isdigit": text.all(JinjaText.isDigit)
        case "isdecimal": text.all(JinjaText.isDecimal)
        case "isnumeric": text.all(JinjaText.isNumeric)
        case "isalpha": text.all(JinjaText.isAlphabetic)
        case "isalnum": text.all { JinjaText.isAlphabetic($0) || JinjaText.isNumeric($0) }
        case "isspace": text.all { JinjaSpace.isSpace($0.value) }
        case "isupper": text.isUpper
        case "islower": text.isLower
        case "istitle": text.isTitle
        case "isascii": text.bytes.allSatisfy { $0 < 0x80 }
        case "isprintable": !PythonText.quoted(text.string).contains("\\") || text.string.allSatisfy { $0 == "\\" }
        case "isidentifier":
            text.all { $0 == "_" || $0.properties.isXIDContinue }
                && text.string.unicodeScalars.first.map { $0 == "_" || $0.properties.isXIDStart } == true
        default: false
        }
    }

    private static func splitting(_ text: JinjaText, _ call: JinjaTextCall) throws(TemplateError) -> JinjaValue {
        let given = try call.rendering.bind(call.arguments, to: ["sep", "maxsplit"], of: call.name)
        var limit = -1
        if let value = given[1] {
            guard let index = value.index else {
                throw call.rendering.failure("'\(value.typeName)' object cannot be interpreted as an integer")
            }
            limit = index
        }
        let fromEnd = call.name == "rsplit"
        let parts: [JinjaText]
        switch given[0] {
        case nil, .some(.none): parts = try call.rendering.splitAtSpace(text, limit: limit, fromEnd: fromEnd)
        case .text(let separator)?:
            parts =
                fromEnd
                ? try call.rendering.splitFromEnd(text, at: separator, limit: limit)
                : try call.rendering.split(text, at: separator, limit: limit)
        case let other?: throw call.rendering.failure("must be str or None, not \(other.typeName)")
        }
        return try call.rendering.list(parts.map { .text($0) })
    }

    private static func begins(_ text: JinjaText, _ call: JinjaTextCall) throws(TemplateError) -> Bool {
        try call.check(upTo: 3, required: 1)
        let range = try call.range(in: text)
        let part = text.slice(range ?? 0..<0)
        var candidates = [call.arguments.positional[0]]
        var isTuple = false
        if case .tuple(let list) = candidates[0] {
            candidates = list.elements
            isTuple = true
        }
        for candidate in candidates {
            guard case .text(let other) = candidate else {
                throw call.rendering.failure(
                    isTuple
                        ? "tuple for \(call.name) must only contain str, not \(candidate.typeName)"
                        : "\(call.name) first arg must be str or a tuple of str, not \(candidate.typeName)")
            }
            guard range != nil else { continue }
            if call.name == "startswith" ? part.hasPrefix(other) : part.hasSuffix(other) { return true }
        }
        return false
    }

    private static func searching(_ text: JinjaText, _ call: JinjaTextCall) throws(TemplateError) -> JinjaValue {
        try call.check(upTo: 3, required: 1)
        let part = try call.text(0)
        let isCount = call.name == "count"
        guard let range = try call.range(in: text) else {
            if call.name.hasSuffix("index") { throw call.rendering.failure("substring not found") }
            return .integer(isCount ? 0 : -1)
        }
        if isCount { return .integer(try call.rendering.occurrences(of: part, in: text.slice(range))) }
        let found =
            call.name.hasPrefix("r")
            ? try call.rendering.findLast(part, in: text, from: range.lowerBound, to: range.upperBound)
            : try call.rendering.find(part, in: text, from: range.lowerBound, to: range.upperBound)
        if let found { return .integer(text.position(of: found)) }
        guard !call.name.hasSuffix("index") else { throw call.rendering.failure("substring not found") }
        return .integer(-1)
    }

    private static func padding(_ text: JinjaText, _ call: JinjaTextCall) throws(TemplateError) -> JinjaText {
        try call.check(upTo: call.name == "zfill" ? 1 : 2, required: 1)
        guard let width = call.arguments.positional[0].index else {
            throw call.rendering.failure(
                "'\(call.arguments.positional[0].typeName)' object cannot be interpreted as an integer")
        }
        var fill = JinjaText(call.name == "zfill" ? "0" : " ")
        if call.arguments.positional.count > 1 {
            guard case .text(let given) = call.arguments.positional[1] else {
                throw call.rendering.failure(
                    "The fill character must be a unicode character, not \(call.arguments.positional[1].typeName)")
            }
            fill = text.isSafe ? try call.rendering.escaped(given) : given
            guard fill.count == 1 else {
                throw call.rendering.failure("The fill character must be exactly one character long")
            }
        }
        guard width > text.count else { return text }
        let missing = width - text.count
        func pad(_ count: Int) throws(TemplateError) -> JinjaText {
            try call.rendering.padding(count, of: fill)
        }
        switch call.name {
        case "ljust": return try call.rendering.join([text, try pad(missing)], with: JinjaText())
        case "rjust": return try call.rendering.join([try pad(missing), text], with: JinjaText())
        case "zfill":
            let sign = text.bytes.first == 0x2B || text.bytes.first == 0x2D ? 1 : 0
            return try call.rendering.join(
                [text.slice(0..<sign), try pad(missing), text.slice(sign..<text.bytes.count)], with: JinjaText())
        default:
            let left = missing / 2 + (missing & width & 1)
            return try call.rendering.join([try pad(left), text, try pad(missing - left)], with: JinjaText())
        }
    }

    private static func partition(
        _ text: JinjaText, at separator: JinjaText, fromEnd: Bool, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        guard !separator.isEmpty else { throw rendering.failure("empty separator") }
        let found = fromEnd ? try rendering.findLast(separator, in: text) : try rendering.find(separator, in: text)
        guard let found else {
            let empty = JinjaValue.string("")
            return try rendering.tuple(fromEnd ? [empty, empty, .text(text)] : [.text(text), empty, empty])
        }
        let end = found + separator.bytes.count
        return try rendering.tuple([
            .text(text.slice(0..<found)), .text(text.slice(found..<end)), .text(text.slice(end..<text.bytes.count)),
        ])
    }

    private static func expandingTabs(
        _ text: JinjaText, _ size: Int, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaText {
        try rendering.spend(text.bytes.count)
        var out = JinjaText()
        var column = 0
        for character in text.characters {
            switch character.bytes {
            case [0x09]:
                guard size > 0 else { continue }
                let count = size - column % size
                column += count
                out.append(try rendering.padding(count, of: JinjaText(" ")).with(origin: character.joinedOrigin))
                continue
            case [0x0A], [0x0D]: column = 0
            default: column += 1
            }
            out.append(character)
        }
        return out
    }
}

extension JinjaRendering {
    /// `count` times `fill`.
    func padding(_ count: Int, of fill: JinjaText) throws(TemplateError) -> JinjaText {
        let (size, overflows) = max(0, count).multipliedReportingOverflow(by: fill.bytes.count)
        guard !overflows else { throw excess("it makes a text that is too long") }
        try reserve(bytes: size)
        guard size > 0 else { return JinjaText() }
        if fill.bytes.count == 1 {
            return JinjaText(Array(repeating: fill.bytes[0], count: size), origin: fill.joinedOrigin)
        }
        try spend(size)
        return JinjaText((0..<count).flatMap { _ in fill.bytes }, origin: fill.joinedOrigin)
    }

    /// `text.strip(characters)`; white space when nothing or none is given.
    func stripping(
        _ text: JinjaText, _ characters: JinjaValue?, start: Bool = true, end: Bool = true
    ) throws(TemplateError) -> JinjaText {
        switch characters {
        case nil, .some(.none): return text.trimmed(start: start, end: end)
        case .text(let characters)?:
            let set = Set(characters.string.unicodeScalars)
            try reserve(bytes: characters.bytes.count)
            return text.trimmed(start: start, end: end) { set.contains($0) }
        case .some: throw failure("\(start ? end ? "" : "l" : "r")strip arg must be None or str")
        }
    }
}
