/// What stands behind `is`.
typealias JinjaTest =
    @Sendable (_ value: JinjaValue, _ arguments: JinjaArguments, _ rendering: JinjaRendering) throws(TemplateError) ->
    Bool

/// The tests of Jinja 3.1.
enum JinjaTests {
    /// Returns the test called `name`.
    static func named(_ name: String) -> JinjaTest? { tests[name] }

    private static let tests: [String: JinjaTest] = [
        "defined": plain { !$0.isUndefined }, "undefined": plain(\.isUndefined), "none": plain(\.isNone),
        "boolean": plain { if case .bool = $0 { true } else { false } },
        "true": plain { if case .bool(true) = $0 { true } else { false } },
        "false": plain { if case .bool(false) = $0 { true } else { false } },
        "integer": plain {
            switch $0 {
            case .integer, .big: true
            default: false
            }
        },
        "float": plain { if case .float = $0 { true } else { false } },
        "number": plain { $0.number != nil }, "string": plain { $0.text != nil },
        "mapping": plain { if case .dictionary = $0 { true } else { false } },
        "sequence": plain(isSequence), "iterable": plain { JinjaRendering.isIterable($0) },
        "callable": plain(isCallable),
        "escaped": plain { $0.text?.isSafe == true },
        "lower": { (value, _, rendering) throws(TemplateError) in try rendering.str(value).isLower },
        "upper": { (value, _, rendering) throws(TemplateError) in try rendering.str(value).isUpper },
        "odd": { (value, _, rendering) throws(TemplateError) in try remainder(value, .integer(2), rendering) == 1 },
        "even": { (value, _, rendering) throws(TemplateError) in try remainder(value, .integer(2), rendering) == 0 },
        "divisibleby": { (value, arguments, rendering) throws(TemplateError) in
            let divisor = try rendering.bind(arguments, to: ["num"], required: 1, of: "test_divisibleby")[0]
            return try remainder(value, divisor ?? .none, rendering) == 0
        },
        "filter": exists { JinjaFilters.named($0) != nil }, "test": exists { named($0) != nil },
        "sameas": { (value, arguments, rendering) throws(TemplateError) in
            isSame(value, try rendering.bind(arguments, to: ["other"], required: 1, of: "test_sameas")[0] ?? .none)
        },
        "in": { (value, arguments, rendering) throws(TemplateError) in
            try rendering.contains(
                try rendering.bind(arguments, to: ["seq"], required: 1, of: "test_in")[0] ?? .none, value)
        },
        "==": comparing(.equal), "eq": comparing(.equal), "equalto": comparing(.equal), "!=": comparing(.notEqual),
        "ne": comparing(.notEqual), ">": comparing(.greater), "gt": comparing(.greater),
        "greaterthan": comparing(.greater), ">=": comparing(.greaterOrEqual), "ge": comparing(.greaterOrEqual),
        "<": comparing(.less), "lt": comparing(.less), "lessthan": comparing(.less), "<=": comparing(.lessOrEqual),
        "le": comparing(.lessOrEqual),
    ]

    private static func plain(_ holds: @escaping @Sendable (JinjaValue) -> Bool) -> JinjaTest {
        { (value, arguments, rendering) throws(TemplateError) in
            _ = try rendering.bind(arguments, to: [], of: "the test")
            return holds(value)
        }
    }

    /// Whether there is something of that name; the name is looked up as a key is.
    private static func exists(_ holds: @escaping @Sendable (String) -> Bool) -> JinjaTest {
        { (value, _, rendering) throws(TemplateError) in
            guard JinjaKey(value) != nil else { throw rendering.failure("unhashable type: '\(value.typeName)'") }
            return value.text.map { holds($0.string) } ?? false
        }
    }

    private static func comparing(_ operation: JinjaComparison) -> JinjaTest {
        { (value, arguments, rendering) throws(TemplateError) in
            let other = try rendering.bind(arguments, to: ["other"], required: 1, of: "the test")[0]
            return try rendering.compare(value, operation, other ?? .none)
        }
    }

    private static func remainder(
        _ value: JinjaValue, _ divisor: JinjaValue, _ rendering: JinjaRendering
    ) throws(TemplateError) -> Double? {
        return try rendering.arithmetic(value, .modulo, divisor).number
    }

    @Sendable private static func isSequence(_ value: JinjaValue) -> Bool {
        switch value {
        case .text, .list, .tuple, .dictionary, .range, .undefined: true
        default: false
        }
    }

    @Sendable private static func isCallable(_ value: JinjaValue) -> Bool {
        switch value {
        case .object(let object): object.isCallable
        case .undefined: true
        default: false
        }
    }

    private static func isSame(_ left: JinjaValue, _ right: JinjaValue) -> Bool {
        switch (left, right) {
        case (.none, .none): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.text(let left), .text(let right)): left == right
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)): left === right
        case (.dictionary(let left), .dictionary(let right)): left === right
        case (.object(let left), .object(let right)): left === right
        default: false
        }
    }
}
