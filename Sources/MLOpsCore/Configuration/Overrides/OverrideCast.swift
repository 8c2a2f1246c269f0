/// The casts `int`, `float`, `str` and `bool`, into lists, mappings and sweeps too.
enum OverrideCast {
    typealias Failure = OverrideFunction.Failure

    /// Returns `value` as a value of `type`.
    static func cast(_ value: OverrideValue, to type: String) throws(Failure) -> OverrideValue {
        switch value {
        case .list(let elements): return .list(try each(elements, to: type))
        case .map(let pairs):
            var out: [OverrideValue.Pair] = []
            for pair in pairs { out.append(.init(key: pair.key, value: try cast(pair.value, to: type))) }
            return .map(out)
        case .choice(let choices, let isSimple, _):
            return .choice(try each(choices, to: type), isSimple: isSimple, isShuffled: false)
        case .range(let start, let stop, let step, _):
            guard type == "int" || type == "float" else {
                throw Failure("ValueError", "Range can only be cast to int or float")
            }
            return .range(
                start: try cast(start, to: type), stop: try cast(stop, to: type), step: try cast(step, to: type),
                isShuffled: false)
        case .interval(let start, let end):
            guard type == "int" || type == "float" else {
                throw Failure("ValueError", "Intervals cannot be cast to \(type)")
            }
            return .interval(try cast(start, to: type), try cast(end, to: type))
        case .null where type == "bool": return .bool(false)
        case .glob, .null: throw Failure("AssertionError", "")
        case .quoted(let text, _): return try scalar(.text(text), to: type)
        case .bool, .integer, .bigInteger, .number, .text: return try scalar(value, to: type)
        }
    }

    private static func each(_ values: [OverrideValue], to type: String) throws(Failure) -> [OverrideValue] {
        var out: [OverrideValue] = []
        for value in values { out.append(try cast(value, to: type)) }
        return out
    }

    private static func scalar(_ value: OverrideValue, to type: String) throws(Failure) -> OverrideValue {
        func refused(_ text: String) -> Failure {
            switch type {
            case "bool": Failure("ValueError", "Cannot cast '\(text)' to bool")
            case "float": Failure("ValueError", "could not convert string to float: \(PythonText.quoted(text))")
            default: Failure("ValueError", "invalid literal for int() with base 10: \(PythonText.quoted(text))")
            }
        }
        switch (type, value) {
        case ("str", .bool(let value)): return .text(value ? "true" : "false")
        case ("str", .text): return value
        case ("str", _): return .text(value.written ?? "")
        case ("bool", .text(let text)):
            guard ["true", "false"].contains(text.lowercased()) else { throw refused(text) }
            return .bool(text.lowercased() == "true")
        case ("bool", .bigInteger): return .bool(true)
        case ("bool", _): return .bool(value.number != 0)
        case ("float", .text(let text)):
            guard let digits = PythonText.withoutUnderscores(text), let number = PythonText.double(digits) else {
                throw refused(text)
            }
            return .number(number)
        case ("float", .bigInteger(let whole)):
            guard let number = whole.double else {
                throw Failure("OverflowError", "int too large to convert to float")
            }
            return .number(number)
        case ("float", _): return .number(value.number ?? 0)
        case (_, .text(let text)):
            guard let digits = PythonText.withoutUnderscores(text), let number = whole(digits) else {
                throw refused(text)
            }
            return number
        default:
            switch value {
            case .integer, .bigInteger: return value
            default: break
            }
            guard let number = value.number, !number.isNaN else {
                throw Failure("ValueError", "cannot convert float NaN to integer")
            }
            guard number.isFinite else { throw Failure("OverflowError", "cannot convert float infinity to integer") }
            return whole(BigInteger(truncating: number))
        }
    }

    /// The whole number that `digits`, with a sign or without, are; nil when they are none, or too many.
    static func whole(_ digits: String) -> OverrideValue? {
        let unsigned = digits.hasPrefix("-") || digits.hasPrefix("+") ? digits.dropFirst() : digits[...]
        if let value = Int64(digits) { return .integer(value) }
        guard unsigned.utf8.count <= YAMLScalar.maximumDigits else { return nil }
        return BigInteger(digits: unsigned, isNegative: digits.hasPrefix("-")).map(whole)
    }

    private static func whole(_ value: BigInteger) -> OverrideValue {
        value.exact.map { .integer($0) } ?? .bigInteger(value)
    }
}
