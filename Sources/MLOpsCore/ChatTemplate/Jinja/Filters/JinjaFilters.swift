/// What stands behind `|`.
typealias JinjaFilter =
    @Sendable (_ value: JinjaValue, _ arguments: JinjaArguments, _ rendering: JinjaRendering) throws(TemplateError) ->
    JinjaValue

/// The filters of Jinja 3.1, with `tojson` as transformers replaces it.
enum JinjaFilters {
    /// Returns the filter called `name`.
    static func named(_ name: String) -> JinjaFilter? {
        value[name] ?? text[name] ?? order[name] ?? choice[name] ?? layout[name]
    }

    // Grouped by what they are about; each group lies in a file of its own.
    private static let value = values
    private static let text = texts
    private static let order = orders
    private static let choice = choices
    private static let layout = layouts

    /// A text, as filters on texts take their value: anything else becomes one.
    static func soft(_ value: JinjaValue, _ rendering: JinjaRendering) throws(TemplateError) -> JinjaText {
        let text = try rendering.str(value)
        try rendering.reserve(bytes: text.bytes.count)
        return text
    }

    /// A whole number given as an argument.
    static func index(
        _ value: JinjaValue?, _ fallback: Int, _ name: String, _ rendering: JinjaRendering
    ) throws(TemplateError) -> Int {
        guard let value else { return fallback }
        if case .undefined(let undefined) = value { throw rendering.failure(undefined.message) }
        guard let index = value.index else {
            throw rendering.failure("'\(value.typeName)' object cannot be interpreted as an integer")
        }
        return index
    }
}

extension JinjaFilters {
    /// Filters on values of any kind.
    static var values: [String: JinjaFilter] {
        [
            "abs": abs, "attr": attribute, "count": length, "d": fallback, "default": fallback, "float": float,
            "first": first, "int": int, "items": items, "last": last, "length": length, "list": list, "pprint": pprint,
            "random": random, "reverse": reverse, "round": round, "string": string, "tojson": json,
        ]
    }

    private static let abs: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "abs")
        if case .float(let number) = value { return .float(number.magnitude) }
        guard let number = value.whole else {
            if case .undefined(let undefined) = value { throw rendering.failure(undefined.message) }
            throw rendering.failure("bad operand type for abs(): '\(value.typeName)'")
        }
        return .whole(BigInteger(isNegative: false, magnitude: number.magnitude))
    }

    private static let attribute: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let name = try rendering.bind(arguments, to: ["name"], required: 1, of: "attr")[0]
        guard case .text(let name)? = name else {
            throw rendering.failure("attribute name must be string, not '\(name?.typeName ?? "NoneType")'")
        }
        if case .dictionary(let dictionary) = value, dictionary[name] != nil, !JinjaMethods.has(value, name),
            !rendering.isHidden(name, value)
        {
            // A key is no attribute.
            return .undefined(.missing(type: value.typeName, key: name.string))
        }
        return try rendering.attribute(name, of: value)
    }

    private static let fallback: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["default_value", "boolean"], of: "default")
        if value.isUndefined || (given[1]?.isTrue == true && !value.isTrue) { return given[0] ?? .string("") }
        return value
    }

    private static let float: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["default"], of: "float")[0] ?? .float(0)
        if case .undefined(let undefined) = value { throw rendering.failure(undefined.message) }
        if case .text(let text) = value { return number(in: text).map { .float($0) } ?? given }
        return value.number.map { .float($0) } ?? given
    }

    /// The number Python's `float` reads.
    static func number(in text: JinjaText) -> Double? {
        let digits = text.trimmed().string
        guard !digits.isEmpty, !digits.hasPrefix("_"), !digits.hasSuffix("_"), !digits.contains("__") else {
            return nil
        }
        return PythonText.double(digits.filter { $0 != "_" })
    }

    private static let int: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["default", "base"], of: "int")
        let fallback = given[0] ?? .integer(0)
        switch value {
        case .undefined(let undefined): throw rendering.failure(undefined.message)
        case .text(let text):
            // Digits of a base that is no number are read as those of a fraction.
            let base = given[1].map(\.index) ?? 10
            if let base, let whole = whole(in: text, base: base) { return .whole(whole) }
            guard let number = number(in: text), number.isFinite else { return fallback }
            return .whole(BigInteger(truncating: number))
        case .float(let number):
            guard number.isFinite else {
                if number.isNaN { return fallback }
                throw rendering.failure("cannot convert float infinity to integer")
            }
            return .whole(BigInteger(truncating: number))
        default: return value.whole.map { .whole($0) } ?? fallback
        }
    }

    /// The number Python's `int(text, base)` reads.
    private static func whole(in text: JinjaText, base: Int) -> BigInteger? {
        var digits = text.trimmed().string.lowercased()[...]
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
        var radix = base
        for (prefix, value) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            guard base == value || base == 0 else { continue }
            digits = digits.dropFirst(2)
            if digits.hasPrefix("_") { digits = digits.dropFirst() }
            radix = value
        }
        if radix == 0 { radix = 10 }
        guard (2...36).contains(radix), !digits.hasPrefix("_"), !digits.hasSuffix("_"), !digits.contains("__"),
            !digits.hasPrefix("+"), !digits.hasPrefix("-")
        else { return nil }
        let plain = digits.filter { $0 != "_" }
        guard plain.utf8.count <= 4_300 else { return nil }
        return BigInteger(digits: plain, radix: UInt32(radix), isNegative: isNegative)
    }

    private static let first: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "first")
        if case .object(let generator as JinjaGenerator) = value {
            return try generator.next(in: rendering) ?? .undefined(.reason("No first item, sequence was empty."))
        }
        if let elements = value.elements {
            return elements.first ?? .undefined(.reason("No first item, sequence was empty."))
        }
        return try rendering.elements(of: value).first ?? .undefined(.reason("No first item, sequence was empty."))
    }

    private static let last: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "last")
        if case .object(let object) = value, object.count == nil {
            throw rendering.failure("'\(value.typeName)' object is not reversible")
        }
        if value.isNone || value.isNumber {
            throw rendering.failure("'\(value.typeName)' object is not reversible")
        }
        if case .text(let text) = value { return try rendering.item(.integer(-1), of: .text(text)) }
        if let elements = value.elements {
            return elements.last ?? .undefined(.reason("No last item, sequence was empty."))
        }
        return try rendering.elements(of: value).last ?? .undefined(.reason("No last item, sequence was empty."))
    }

    private static let length: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "length")
        if case .text(let text) = value { try rendering.spend(1 + text.bytes.count >> 5) }
        guard let count = rendering.length(of: value) else {
            throw rendering.failure("object of type '\(value.typeName)' has no len()")
        }
        return .integer(count)
    }

    private static let list: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "list")
        return try rendering.list(try rendering.elements(of: value))
    }

    private static let items: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "items")
        return try rendering.generator(over: value) { () throws(TemplateError) in
            if value.isUndefined { return JinjaRendering.iterator(of: []) }
            guard case .dictionary(let dictionary) = value else {
                throw rendering.failure("Can only get item pairs from a mapping.")
            }
            try rendering.reserve(elements: 3 * dictionary.entries.count)
            return JinjaRendering.iterator(of: JinjaView(.items, dictionary).values)
        }
    }

    private static let pprint: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "pprint")
        return .text(try rendering.prettyPrinted(value))
    }

    private static let random: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "random")
        let elements = try rendering.elements(of: value)
        guard !elements.isEmpty else { return .undefined(.reason("No random item, sequence was empty.")) }
        return elements[rendering.draw(below: elements.count)]
    }

    private static let reverse: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "reverse")
        if case .text = value { return try rendering.slice(value, from: nil, to: nil, by: -1) }
        guard !value.isNone, !value.isNumber else { throw rendering.failure("argument must be iterable") }
        let elements = try rendering.elements(of: value)
        if case .object(let object) = value, object.count == nil {
            return try rendering.list(elements.reversed())
        }
        return try rendering.generator(over: value) { () throws(TemplateError) in
            JinjaRendering.iterator(of: elements.reversed())
        }
    }

    private static let round: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(arguments, to: ["precision", "method"], of: "round")
        let precision = try index(given[0], 0, "round", rendering)
        let method = given[1]?.text?.string ?? "common"
        guard ["common", "ceil", "floor"].contains(method) else {
            throw rendering.failure("method must be common, ceil or floor")
        }
        return try rendering.rounded(value, precision, method)
    }

    private static let string: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        _ = try rendering.bind(arguments, to: [], of: "string")
        return .text(try rendering.str(value))
    }

    private static let json: JinjaFilter = { (value, arguments, rendering) throws(TemplateError) in
        let given = try rendering.bind(
            arguments, to: ["ensure_ascii", "indent", "separators", "sort_keys"], of: "tojson")
        var layout = JinjaJSONLayout()
        layout.isASCII = given[0]?.isTrue ?? false
        layout.sortsKeys = given[3]?.isTrue ?? false
        switch given[1] {
        case nil, .some(.none): break
        case .text(let text)?: layout.indent = text
        case let other?:
            layout.indent = try rendering.padding(
                try index(other, 0, "tojson", rendering), of: JinjaText(" "))
        }
        if layout.indent != nil { layout.itemSeparator = JinjaText(",") }
        if let separators = given[2], !separators.isNone {
            let parts = try rendering.elements(of: separators)
            guard parts.count == 2, let item = parts[0].text, let key = parts[1].text else {
                throw rendering.failure("separators are two texts")
            }
            layout.itemSeparator = item
            layout.keySeparator = key
        }
        return .text(try rendering.json(value, layout))
    }
}

extension JinjaRendering {
    /// Python's `len`; nil when there is none.
    func length(of value: JinjaValue) -> Int? {
        switch value {
        case .text(let text): text.count
        case .list(let list), .tuple(let list): list.elements.count
        case .dictionary(let dictionary): dictionary.entries.count
        case .range(let range): range.count
        case .undefined: 0
        case .object(let object): object.count
        default: nil
        }
    }
}
