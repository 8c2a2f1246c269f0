internal import Foundation

extension JinjaFilters {
    /// Filters on texts.
    static var texts: [String: JinjaFilter] {
        [
            "capitalize": simple("capitalize", keepsMark: true) { $0.capitalized }, "center": center, "e": escape,
            "escape": escape,
            "forceescape": forceEscape, "format": format, "join": join,
            "lower": simple("lower", keepsMark: true) { $0.lowercased },
            "replace": replace, "safe": safe, "striptags": stripTags, "title": simple("title", title), "trim": trim,
            "truncate": truncate, "upper": simple("upper", keepsMark: true) { $0.uppercased }, "urlencode": urlEncode,
            "urlize": urlize,
            "wordcount": wordCount,
        ]
    }

    private static func simple(
        _ name: String, keepsMark: Bool = false, _ change: @escaping @Sendable (JinjaText) -> JinjaText
    ) -> JinjaFilter {
        { (value, arguments, rendering) throws(TemplateError) in
            _ = try rendering.bind(arguments, to: [], of: name)
            let before = try soft(value, rendering)
            try rendering.spend(before.bytes.count >> 1)
            var text = change(before)
            text.isSafe = keepsMark && before.isSafe
            try rendering.reserve(bytes: text.bytes.count)
            return .text(text)
        }
    }

    /// Upper case at the start of words, which begin after white space, `-` and opening brackets.
    @Sendable private static func title(_ text: JinjaText) -> JinjaText {
        var begins = true
        return text.mapScalars { scalar, index in
            if JinjaSpace.isSpace(scalar.value) || "-({[<".unicodeScalars.contains(scalar) {
                begins = true
                return JinjaText.text(scalar)
            }
            defer { begins = false }
            return begins ? scalar.properties.uppercaseMapping : text.lowercase(scalar, at: index)
        }
    }

    private static let center: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let width = try index(
            try rendering.bind(arguments, to: ["width"], of: "center")[0], 80, "center", rendering)
        return try JinjaMethods.text(
            "center", try soft(value, rendering), JinjaArguments(positional: [.integer(width)]), rendering)
    }

    private static let escape: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "escape")
        return .text(try rendering.escaped(try rendering.str(value)))
    }

    private static let forceEscape: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "forceescape")
        var text = try rendering.str(value)
        text.isSafe = false
        return .text(try rendering.escaped(text))
    }

    private static let safe: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "safe")
        var text = try rendering.str(value)
        text.isSafe = true
        return .text(text)
    }

    private static let format: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        guard arguments.positional.isEmpty || arguments.named.isEmpty else {
            throw rendering.failure("can't handle positional and keyword arguments at the same time")
        }
        let given: JinjaValue =
            arguments.named.isEmpty
            ? try rendering.tuple(arguments.positional)
            : try rendering.dictionary(arguments.named.map { (.string($0.0), $0.1) })
        return .text(try rendering.percentFormat(try soft(value, rendering), given))
    }

    private static let join: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["d", "attribute"], of: "join")
        var parts: [JinjaText] = []
        let path = try given[1].flatMap { $0.isNone ? nil : $0 }.map { value throws(TemplateError) in
            try rendering.path(value)
        }
        for element in try rendering.elements(of: value) {
            parts.append(
                try rendering.str(
                    try path.map { path throws(TemplateError) in
                        try rendering.follow(path, from: element)
                    } ?? element))
        }
        var separator = try rendering.str(given[0] ?? .string(""))
        guard rendering.escapes, separator.isSafe || parts.contains(where: \.isSafe) else {
            return .text(try rendering.join(parts, with: separator))
        }
        // Once one of them is HTML, the others become it.
        separator = try rendering.escaped(separator)
        for index in parts.indices { parts[index] = try rendering.escaped(parts[index]) }
        var text = try rendering.join(parts, with: separator)
        text.isSafe = true
        return .text(text)
    }

    private static let replace: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["old", "new", "count"], required: 2, of: "replace")
        var count = -1
        if let limit = given[2], !limit.isNone { count = try index(limit, -1, "replace", rendering) }
        return .text(
            try rendering.replacing(
                try rendering.str(given[0] ?? .none), in: try soft(value, rendering).with(mark: false),
                with: try rendering.str(given[1] ?? .none), count: count))
    }

    private static let stripTags: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "striptags")
        return .text(try rendering.withoutTags(try soft(value, rendering)))
    }

    private static let trim: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let characters = try rendering.bind(arguments, to: ["chars"], of: "trim")[0]
        return .text(try rendering.stripping(try soft(value, rendering), characters))
    }

    private static let truncate: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["length", "killwords", "end", "leeway"], of: "truncate")
        let length = try index(given[0], 255, "truncate", rendering)
        let end = try given[2].map { value throws(TemplateError) in try rendering.str(value) } ?? JinjaText("...")
        let leeway = given[3]?.isNone == false ? try index(given[3], 5, "truncate", rendering) : 5
        guard length >= end.count else {
            throw rendering.failure("expected length >= \(end.count), got \(length)")
        }
        guard leeway >= 0 else { throw rendering.failure("expected leeway >= 0, got \(leeway)") }
        guard let count = rendering.length(of: value) else {
            throw rendering.failure("object of type '\(value.typeName)' has no len()")
        }
        if count <= min(length, Int(Int32.max)) + min(leeway, Int(Int32.max)) { return value }
        guard case .text(let text) = value else { throw rendering.failure("truncate needs a text") }
        var head = text.slice(0..<text.byteOffset(of: length - end.count))
        if given[1]?.isTrue != true {
            head = try rendering.splitFromEnd(head, at: JinjaText(" "), limit: 1)[0]
        }
        return try rendering.arithmetic(.text(head), .add, .text(end))
    }

    private static let urlEncode: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "urlencode")
        func encoded(_ value: JinjaValue, isQuery: Bool) throws(TemplateError) -> JinjaText {
            let text = try rendering.str(value)
            try rendering.reserve(bytes: 3 * text.bytes.count)
            var out: [UInt8] = []
            for byte in text.bytes {
                if JinjaSpace.isLetter(byte) || (0x30...0x39).contains(byte) || "_.-~".utf8.contains(byte)
                    || (byte == 0x2F && !isQuery)
                {
                    out.append(byte)
                } else if byte == 0x20, isQuery {
                    out.append(0x2B)
                } else {
                    let digits = String(byte, radix: 16, uppercase: true)
                    out += ("%" + (digits.utf8.count < 2 ? "0" : "") + digits).utf8
                }
            }
            return JinjaText(out, origin: text.joinedOrigin)
        }
        var pairs: [JinjaValue]
        switch value {
        case .dictionary(let dictionary): pairs = JinjaView(.items, dictionary).values
        case .list, .tuple, .range, .object: pairs = try rendering.elements(of: value)
        default: return .text(try encoded(value, isQuery: false))
        }
        var parts: [JinjaText] = []
        for pair in pairs {
            let both = try rendering.elements(of: pair)
            guard both.count == 2 else {
                throw rendering.failure(
                    both.count > 2
                        ? "too many values to unpack (expected 2)"
                        : "not enough values to unpack (expected 2, got \(both.count))")
            }
            parts.append(
                try rendering.join(
                    [try encoded(both[0], isQuery: true), try encoded(both[1], isQuery: true)], with: JinjaText("=")))
        }
        return .text(try rendering.join(parts, with: JinjaText("&")))
    }

    private static let wordCount: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "wordcount")
        var count = 0
        var isInside = false
        for scalar in try soft(value, rendering).string.unicodeScalars {
            let isWord = scalar == "_" || JinjaText.isAlphabetic(scalar) || JinjaText.isNumeric(scalar)
            if isWord, !isInside { count += 1 }
            isInside = isWord
        }
        return .integer(count)
    }
}
