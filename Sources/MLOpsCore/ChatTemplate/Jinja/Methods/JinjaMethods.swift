/// Methods of Python's texts, lists and dictionaries, as far as the immutable sandbox gives them away.
enum JinjaMethods {
    private static let dictionary = bytes("get items keys values copy")
    private static let list = bytes("index count copy")
    private static let tuple = bytes("index count")
    private static let range = bytes("index count")
    private static let float = bytes("is_integer")
    private static let integer = bytes("bit_length is_integer")
    private static let text = Set(
        bytes(
            """
            strip lstrip rstrip split rsplit splitlines startswith endswith replace upper lower title capitalize \
            casefold swapcase find rfind index rindex count join format format_map isdigit isalpha isalnum isspace \
            isupper islower isnumeric isdecimal istitle isascii isidentifier isprintable zfill ljust rjust center \
            partition rpartition removeprefix removesuffix expandtabs
            """))

    private static func bytes(_ names: String) -> [[UInt8]] { names.split(separator: " ").map { Array($0.utf8) } }

    /// Whether `value` has a method called `name`.
    static func has(_ value: JinjaValue, _ name: JinjaText) -> Bool {
        switch value {
        case .dictionary: dictionary.contains(name.bytes)
        case .text: text.contains(name.bytes)
        case .list: list.contains(name.bytes)
        case .tuple: tuple.contains(name.bytes)
        case .range: range.contains(name.bytes)
        case .float: float.contains(name.bytes)
        case .integer, .bool: integer.contains(name.bytes)
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
        "clear", "pop", "popitem", "setdefault", "update", "fromkeys",
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
        if name == "bit_length", let number = value.index {
            return .integer(Int.bitWidth - number.magnitude.leadingZeroBitCount)
        }
        guard case .float(let number) = value else { return .bool(true) }
        return .bool(number == number.rounded() && number.isFinite)
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
