/// The functions of the override grammar: casts, and what makes a sweep.
enum OverrideFunction {
    /// Why a call has no value.
    struct Failure: Error {
        let reason: String
    }

    /// Returns the value of a call.
    static func evaluate(
        _ name: String, _ arguments: [OverrideValue], _ named: [(String, OverrideValue)]
    ) throws(Failure) -> OverrideValue {
        switch name {
        case "int", "float", "str", "bool":
            let value = try single(arguments, named, function: name)
            return try cast(value, to: name)
        case "choice": return try choice(arguments, named)
        case "range": return try range(arguments, named)
        case "interval":
            let values = try bind(["start", "end"], arguments, named)
            guard let start = number(values[0]), let end = number(values[1]) else {
                throw Failure(reason: "interval takes two numbers")
            }
            return .interval(start, end)
        case "glob": return try glob(arguments, named)
        case "tag":
            guard let sweep = (named.first { $0.0 == "sweep" }?.1 ?? arguments.last), sweep.isSweep else {
                throw Failure(reason: "the last argument of tag is a sweep")
            }
            return sweep
        case "shuffle": return try shuffle(arguments, named)
        case "sort": return try sort(arguments, named)
        default:
            throw Failure(
                reason:
                    "there is no function '\(name)'; there are bool, choice, float, glob, int, interval, range, shuffle, sort, str, tag"
            )
        }
    }

    // MARK: Arguments

    /// Puts positional and named arguments in the order of `names`; a missing one is nil.
    private static func bind(
        _ names: [String], _ arguments: [OverrideValue], _ named: [(String, OverrideValue)]
    ) throws(Failure) -> [OverrideValue?] {
        guard arguments.count <= names.count else {
            throw Failure(reason: "there are more than \(names.count) arguments")
        }
        var values: [OverrideValue?] = arguments
        values += Array(repeating: nil, count: names.count - arguments.count)
        for (name, value) in named {
            guard let index = names.firstIndex(of: name) else {
                throw Failure(reason: "there is no argument '\(name)'")
            }
            guard values[index] == nil else { throw Failure(reason: "'\(name)' is given twice") }
            values[index] = value
        }
        return values
    }

    private static func single(
        _ arguments: [OverrideValue], _ named: [(String, OverrideValue)], function: String
    ) throws(Failure) -> OverrideValue {
        if let (name, value) = named.first {
            guard named.count == 1, name == "value", arguments.isEmpty else {
                throw Failure(reason: "\(function) takes one value")
            }
            return value
        }
        guard let first = arguments.first else { throw Failure(reason: "\(function) takes a value") }
        return arguments.count == 1 ? first : .choice(arguments, isSimple: true, isShuffled: false)
    }

    private static func number(_ value: OverrideValue?) -> Double? {
        switch value {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    // MARK: Casts

    private static func cast(_ value: OverrideValue, to type: String) throws(Failure) -> OverrideValue {
        func each(_ values: [OverrideValue]) throws(Failure) -> [OverrideValue] {
            var out: [OverrideValue] = []
            for value in values { out.append(try cast(value, to: type)) }
            return out
        }
        switch value {
        case .list(let elements): return .list(try each(elements))
        case .map(let pairs):
            var out: [OverrideValue.Pair] = []
            for pair in pairs { out.append(.init(key: pair.key, value: try cast(pair.value, to: type))) }
            return .map(out)
        case .choice(let choices, let isSimple, let isShuffled):
            return .choice(try each(choices), isSimple: isSimple, isShuffled: isShuffled)
        case .range(let start, let stop, let step, let isShuffled):
            guard type == "int" || type == "float" else {
                throw Failure(reason: "a range can only be cast to int or float")
            }
            return .range(
                start: try cast(start, to: type), stop: try cast(stop, to: type), step: try cast(step, to: type),
                isShuffled: isShuffled)
        case .interval, .glob, .null: throw Failure(reason: "this cannot be cast to \(type)")
        case .quoted(let text, _): return try cast(.text(text), to: type)
        case .bool, .integer, .number, .text: return try castScalar(value, to: type)
        }
    }

    private static func castScalar(_ value: OverrideValue, to type: String) throws(Failure) -> OverrideValue {
        let failure = Failure(reason: "'\(value.written ?? "")' cannot be cast to \(type)")
        switch type {
        case "str":
            if case .bool(let value) = value { return .text(value ? "true" : "false") }
            if case .text = value { return value }
            return .text(value.written ?? "")
        case "bool":
            switch value {
            case .text(let text):
                guard ["true", "false"].contains(text.lowercased()) else { throw failure }
                return .bool(text.lowercased() == "true")
            default: return .bool(number(value) != 0)
            }
        case "float":
            if case .text(let text) = value {
                guard let number = PythonText.double(text.filter { $0 != "_" }) else { throw failure }
                return .number(number)
            }
            return .number(number(value) ?? 0)
        default:
            if case .text(let text) = value {
                guard let number = Int64(text.filter { $0 != "_" && $0 != "+" }) else { throw failure }
                return .integer(number)
            }
            guard let number = number(value), let whole = Int64(exactly: number.rounded(.towardZero)) else {
                throw failure
            }
            return .integer(whole)
        }
    }

    // MARK: Sweeps

    private static func choice(_ arguments: [OverrideValue], _ named: [(String, OverrideValue)]) throws(Failure)
        -> OverrideValue
    {
        guard named.isEmpty else { throw Failure(reason: "choice takes no named arguments") }
        guard let first = arguments.first else { throw Failure(reason: "an empty choice is not legal") }
        if arguments.count == 1, case .choice(let choices, let isSimple, let isShuffled) = first {
            guard isSimple else { throw Failure(reason: "choices cannot be nested") }
            return .choice(choices, isSimple: false, isShuffled: isShuffled)
        }
        return .choice(arguments, isSimple: false, isShuffled: false)
    }

    private static func range(_ arguments: [OverrideValue], _ named: [(String, OverrideValue)]) throws(Failure)
        -> OverrideValue
    {
        let values = try bind(["start", "stop", "step"], arguments, named)
        guard let start = values[0], number(start) != nil,
            values.dropFirst().allSatisfy({ $0 == nil || number($0) != nil })
        else {
            throw Failure(reason: "range takes numbers")
        }
        guard let stop = values[1] else {
            return .range(start: .integer(0), stop: start, step: values[2] ?? .integer(1), isShuffled: false)
        }
        return .range(start: start, stop: stop, step: values[2] ?? .integer(1), isShuffled: false)
    }

    private static func glob(_ arguments: [OverrideValue], _ named: [(String, OverrideValue)]) throws(Failure)
        -> OverrideValue
    {
        let values = try bind(["include", "exclude"], arguments, named)
        func patterns(_ value: OverrideValue?) throws(Failure) -> [String] {
            switch value {
            case nil: return []
            case .text(let text), .quoted(let text, _): return [text]
            case .list(let elements):
                var out: [String] = []
                for element in elements { out += try patterns(element) }
                return out
            default: throw Failure(reason: "glob takes patterns")
            }
        }
        guard values[0] != nil else { throw Failure(reason: "glob takes a pattern") }
        return .glob(include: try patterns(values[0]), exclude: try patterns(values[1]))
    }

    private static func shuffle(_ arguments: [OverrideValue], _ named: [(String, OverrideValue)]) throws(Failure)
        -> OverrideValue
    {
        let value = named.first { $0.0 == "sweep" || $0.0 == "list" }?.1 ?? arguments.first
        guard let value else { throw Failure(reason: "shuffle takes a list or a sweep") }
        if arguments.count > 1 { return .choice(arguments, isSimple: true, isShuffled: true) }
        switch value {
        case .choice(let choices, let isSimple, _): return .choice(choices, isSimple: isSimple, isShuffled: true)
        case .range(let start, let stop, let step, _):
            return .range(start: start, stop: stop, step: step, isShuffled: true)
        case .list(let elements): return .list(elements.shuffled())
        default: return .list([value])
        }
    }

    private static func sort(_ arguments: [OverrideValue], _ named: [(String, OverrideValue)]) throws(Failure)
        -> OverrideValue
    {
        let isReversed = named.contains { $0.0 == "reverse" && $0.1 == .bool(true) }
        let value = named.first { $0.0 == "sweep" || $0.0 == "list" }?.1
        let all = value.map { [$0] } ?? arguments
        guard let first = all.first else { throw Failure(reason: "sort takes a list or a sweep") }
        if all.count > 1 { return .choice(try sorted(all, isReversed: isReversed), isSimple: true, isShuffled: false) }
        switch first {
        case .list(let elements): return .list(try sorted(elements, isReversed: isReversed))
        case .choice(let choices, let isSimple, _):
            return .choice(try sorted(choices, isReversed: isReversed), isSimple: isSimple, isShuffled: false)
        case .range:
            let elements = try OverrideSweep.elements(ofRange: first)
            return .choice(try sorted(elements, isReversed: isReversed), isSimple: false, isShuffled: false)
        default: return first
        }
    }

    private static func sorted(_ values: [OverrideValue], isReversed: Bool) throws(Failure) -> [OverrideValue] {
        let numbers = values.compactMap(number)
        if numbers.count == values.count {
            let order = values.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }.map { values[$0] }
            return isReversed ? order.reversed() : order
        }
        let texts = values.compactMap { value -> String? in
            switch value {
            case .text(let text), .quoted(let text, _): text
            default: nil
            }
        }
        guard texts.count == values.count else { throw Failure(reason: "sort takes numbers or texts, not both") }
        let order = values.indices.sorted { (texts[$0], $0) < (texts[$1], $1) }.map { values[$0] }
        return isReversed ? order.reversed() : order
    }
}
