/// Methods of Python's texts, lists and dictionaries, as far as the immutable sandbox gives them away.
enum JinjaMethods {
    private static let dictionary = bytes("get items keys values copy fromkeys")
    private static let list = bytes("index count copy")
    private static let tuple = bytes("index count")
    private static let range = bytes("index count")
    private static let float = bytes("is_integer conjugate as_integer_ratio")
    private static let integer = bytes("bit_length bit_count is_integer conjugate as_integer_ratio")
    private static let text = Set(
        bytes(
            """
            strip lstrip rstrip split rsplit splitlines startswith endswith replace upper lower title capitalize \
            casefold swapcase find rfind index rindex count join format format_map isdigit isalpha isalnum isspace \
            isupper islower isnumeric isdecimal istitle isascii isidentifier isprintable zfill ljust rjust center \
            partition rpartition removeprefix removesuffix expandtabs encode translate maketrans
            """))

    /// Those that only text marked as HTML has.
    private static let markedText = bytes("striptags unescape escape")

    private static func bytes(_ names: String) -> [[UInt8]] { names.split(separator: " ").map { Array($0.utf8) } }

    /// Whether `value` has a method called `name`.
    static func has(_ value: JinjaValue, _ name: JinjaText) -> Bool {
        switch value {
        case .dictionary: dictionary.contains(name.bytes)
        case .text(let text): Self.text.contains(name.bytes) || text.isSafe && markedText.contains(name.bytes)
        case .list: list.contains(name.bytes)
        case .tuple: tuple.contains(name.bytes)
        case .range: range.contains(name.bytes)
        case .float: float.contains(name.bytes)
        case .integer, .bool, .big: integer.contains(name.bytes)
        default: false
        }
    }

    /// Methods that change what they are called on: the sandbox refuses them.
    static func changing(_ value: JinjaValue) -> Set<String> {
        switch value {
        case .dictionary: changingDictionary
        case .list: changingList
        default: []
        }
    }

    private static let changingDictionary: Set<String> = [
        "clear", "pop", "popitem", "setdefault", "update",
    ]
    private static let changingList: Set<String> = [
        "append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove",
    ]

    /// The method as a value.
    static func bound(_ name: JinjaText, to value: JinjaValue) -> JinjaFunction {
        JinjaFunction(name.string, nesting: value.nesting + 1) { (arguments, rendering) throws(TemplateError) in
            try call(name, of: value, arguments, rendering)
        }
    }

    static func call(
        _ name: JinjaText, of value: JinjaValue, _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        switch value {
        case .text(let text): try self.text(name.string, text, arguments, rendering)
        case .dictionary(let dictionary): try self.dictionary(name.string, dictionary, arguments, rendering)
        case .list, .tuple, .range: try sequence(name.string, value, arguments, rendering)
        default: try number(name.string, value, arguments, rendering)
        }
    }

    private static func number(
        _ name: String, _ value: JinjaValue, _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        try checkNone(arguments, value, name, rendering)
        guard case .float(let number) = value else {
            let whole = value.whole ?? BigInteger(0)
            switch name {
            case "bit_length":
                return .integer(whole.magnitude.last.map { whole.magnitude.count * 32 - $0.leadingZeroBitCount } ?? 0)
            case "bit_count": return .integer(whole.magnitude.reduce(0) { $0 + $1.nonzeroBitCount })
            case "conjugate": return .whole(whole)
            case "as_integer_ratio": return try rendering.tuple([.whole(whole), .integer(1)])
            default: return .bool(true)
            }
        }
        switch name {
        case "conjugate": return value
        case "as_integer_ratio": return try ratio(number, rendering)
        default: return .bool(number == number.rounded() && number.isFinite)
        }
    }

    /// The fraction in lowest terms that a number is exactly.
    private static func ratio(_ number: Double, _ rendering: JinjaRendering) throws(TemplateError) -> JinjaValue {
        guard number.isFinite else {
            throw rendering.failure("cannot convert \(number.isNaN ? "NaN" : "Infinity") to integer ratio")
        }
        guard number != 0 else { return try rendering.tuple([.integer(0), .integer(1)]) }
        // What is left of the significand without zeros at its end, times a power of two.
        let bits = number.significandWidth
        let exponent = Int(number.exponent) - bits
        let top = BigInteger(truncating: Double(sign: number.sign, exponent: bits, significand: number.significand))
        let power = BigInteger(truncating: Double(sign: .plus, exponent: min(abs(exponent), 1023), significand: 1))
        let rest = BigInteger(truncating: Double(sign: .plus, exponent: max(0, abs(exponent) - 1023), significand: 1))
        return exponent >= 0
            ? try rendering.tuple([.whole(top * power * rest), .integer(1)])
            : try rendering.tuple([.whole(top), .whole(power * rest)])
    }

    /// Checks that a method which takes no arguments is given none.
    private static func checkNone(
        _ arguments: JinjaArguments, _ value: JinjaValue, _ name: String, _ rendering: JinjaRendering
    ) throws(TemplateError) {
        guard arguments.named.isEmpty else {
            throw rendering.failure("\(value.typeName).\(name)() takes no keyword arguments")
        }
        guard arguments.positional.isEmpty else {
            throw rendering.failure(
                "\(value.typeName).\(name)() takes no arguments (\(arguments.positional.count) given)")
        }
    }

    private static func dictionary(
        _ name: String, _ dictionary: JinjaDictionary, _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        if name == "fromkeys" { return try JinjaDictionaryMaker.fromKeys(arguments, rendering) }
        if name == "get" {
            guard arguments.named.isEmpty else { throw rendering.failure("dict.get() takes no keyword arguments") }
            let count = arguments.positional.count
            guard count > 0 else { throw rendering.failure("get expected at least 1 argument, got 0") }
            guard count <= 2 else { throw rendering.failure("get expected at most 2 arguments, got \(count)") }
            let given = try rendering.bind(arguments, to: ["key", "default"], required: 1, of: "get")
            let key = given[0] ?? .none
            guard case .text(let text) = key else {
                guard JinjaKey(key) != nil else {
                    throw rendering.failure("unhashable type: '\(key.typeName)'")
                }
                return dictionary[key] ?? given[1] ?? .none
            }
            return dictionary[text] ?? given[1] ?? .none
        }
        try checkNone(arguments, .dictionary(dictionary), name, rendering)
        if name == "copy" { return .dictionary(dictionary) }
        try rendering.reserve(elements: dictionary.entries.count)
        let kind: JinjaView.Kind = name == "items" ? .items : name == "keys" ? .keys : .values
        return try rendering.checked(.object(JinjaView(kind, dictionary)))
    }

    private static func sequence(
        _ name: String, _ value: JinjaValue, _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        if name == "copy" {
            try checkNone(arguments, value, name, rendering)
            return value
        }
        let given = try rendering.bind(arguments, to: ["value", "start", "stop"], required: 1, of: name)
        let wanted = given[0] ?? .none
        let elements = try rendering.elements(of: value)
        if name == "count" {
            var count = 0
            for element in elements where try rendering.areEqual(element, wanted) { count += 1 }
            return .integer(count)
        }
        let range = JinjaRendering.sliceIndices(elements.count, given[1]?.index, given[2]?.index, 1)
        for offset in 0..<range.count where try rendering.areEqual(elements[range[offset]], wanted) {
            return .integer(range[offset])
        }
        if case .tuple = value { throw rendering.failure("tuple.index(x): x not in tuple") }
        throw rendering.failure("\(try rendering.repr(wanted).string) is not in \(value.typeName)")
    }
}
