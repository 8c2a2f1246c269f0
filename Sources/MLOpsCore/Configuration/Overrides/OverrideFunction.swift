/// The functions of the override grammar: casts, and what makes a sweep.
///
/// Arguments are bound as Python binds them, and quoted text among them is text: what a function gives back is
/// written without quotes.
enum OverrideFunction {
    /// Why a call has no value.
    struct Failure: Error {
        let reason: String
    }

    /// Returns the value of a call.
    static func evaluate(
        _ name: String, _ arguments: [OverrideValue], _ named: [(String, OverrideValue)]
    ) throws(Failure) -> OverrideValue {
        let call = try OverrideCall(name, arguments.map(\.unquoted), named.map { ($0.0, $0.1.unquoted) })
        switch name {
        case "int", "float", "str", "bool": return try OverrideCast.cast(try single(call), to: name)
        case "choice": return try choice(call)
        case "range": return try range(call)
        case "interval":
            let values = try call.bound(to: ["start", "end"])
            guard let start = values[0]?.number, let end = values[1]?.number else {
                throw Failure(reason: "interval takes two numbers")
            }
            return .interval(.number(start), .number(end))
        case "glob": return try glob(call)
        case "tag": return try tag(call)
        case "shuffle": return try shuffle(call)
        case "sort": return try sort(call)
        default:
            throw Failure(
                reason:
                    "there is no function '\(name)'; there are bool, choice, float, glob, int, interval, range, shuffle, sort, str, tag"
            )
        }
    }

    private static func single(_ call: OverrideCall) throws(Failure) -> OverrideValue {
        try call.allow(["value"])
        if let value = call["value"] {
            guard call.arguments.isEmpty else {
                throw Failure(reason: "\(call.name) takes positional or named arguments, not both")
            }
            return value
        }
        guard let first = call.arguments.first else { throw Failure(reason: "\(call.name) takes a value") }
        return call.arguments.count == 1 ? first : try simpleChoice(call, isShuffled: false)
    }

    private static func simpleChoice(_ call: OverrideCall, isShuffled: Bool) throws(Failure) -> OverrideValue {
        guard !call.arguments.contains(where: \.isSweep) else {
            throw Failure(reason: "\(call.name) takes one sweep, or several values")
        }
        return .choice(call.arguments, isSimple: true, isShuffled: isShuffled)
    }

    private static func choice(_ call: OverrideCall) throws(Failure) -> OverrideValue {
        try call.allow([])
        guard let first = call.arguments.first else { throw Failure(reason: "an empty choice is not legal") }
        for argument in call.arguments {
            switch argument {
            case .null, .range, .interval, .glob: throw Failure(reason: "choice does not take such an argument")
            default: continue
            }
        }
        if call.arguments.count == 1, case .choice(let choices, let isSimple, let isShuffled) = first {
            guard isSimple else { throw Failure(reason: "nesting choices is not supported") }
            return .choice(choices, isSimple: false, isShuffled: isShuffled)
        }
        return .choice(call.arguments, isSimple: false, isShuffled: false)
    }

    private static func range(_ call: OverrideCall) throws(Failure) -> OverrideValue {
        var values = try call.bound(to: ["start", "stop", "step"])
        if values[1] == .null { values[1] = nil }
        guard let start = values[0], start.number != nil,
            values.dropFirst().allSatisfy({ $0 == nil || $0?.number != nil })
        else {
            throw Failure(reason: "range takes numbers")
        }
        let step = values[2] ?? .integer(1)
        guard let stop = values[1] else {
            return .range(start: .integer(0), stop: start, step: step, isShuffled: false)
        }
        return .range(start: start, stop: stop, step: step, isShuffled: false)
    }

    private static func glob(_ call: OverrideCall) throws(Failure) -> OverrideValue {
        let values = try call.bound(to: ["include", "exclude"])
        func patterns(_ value: OverrideValue?, isOptional: Bool) throws(Failure) -> [OverrideValue] {
            switch value {
            case nil, .null?:
                guard isOptional else { throw Failure(reason: "glob takes a pattern") }
                return []
            case .text?: return value.map { [$0] } ?? []
            case .list(let elements)?: return elements.map { .text($0.written ?? "") }
            default: throw Failure(reason: "glob takes patterns")
            }
        }
        return .glob(
            include: try patterns(values[0], isOptional: false), exclude: try patterns(values[1], isOptional: true))
    }

    private static func tag(_ call: OverrideCall) throws(Failure) -> OverrideValue {
        try call.allow(["sweep"])
        guard !call.arguments.isEmpty else { throw Failure(reason: "tag takes at least a sweep") }
        let all = call.arguments + (call["sweep"].map { [$0] } ?? [])
        guard let sweep = all.last, sweep.isSweep, !sweep.isGlob else {
            throw Failure(reason: "the last argument of tag is a choice, a range or an interval")
        }
        for tag in all.dropLast() {
            guard case .text = tag else { throw Failure(reason: "tags are text") }
        }
        return sweep
    }

    private static func shuffle(_ call: OverrideCall) throws(Failure) -> OverrideValue {
        try call.allow(["sweep", "list"])
        for argument in call.arguments where !argument.isSortable {
            throw Failure(reason: "shuffle takes values, a list, a choice or a range")
        }
        guard let only = try call.listOrSweep() ?? (call.arguments.count == 1 ? call.arguments[0] : nil) else {
            return try simpleChoice(call, isShuffled: true)
        }
        switch only {
        case .choice(let choices, let isSimple, _): return .choice(choices, isSimple: isSimple, isShuffled: true)
        case .range(let start, let stop, let step, _):
            return .range(start: start, stop: stop, step: step, isShuffled: true)
        case .list(let elements): return .list(elements.shuffled())
        default: return .list([only])
        }
    }

    private static func sort(_ call: OverrideCall) throws(Failure) -> OverrideValue {
        try call.allow(["sweep", "list", "reverse"])
        for argument in call.arguments where !argument.isSortable {
            throw Failure(reason: "sort takes values, a list, a choice or a range")
        }
        var isReversed = false
        if let reverse = call["reverse"] {
            guard case .bool(let value) = reverse else { throw Failure(reason: "reverse is true or false") }
            isReversed = value
        }
        guard let only = try call.listOrSweep() ?? (call.arguments.count == 1 ? call.arguments[0] : nil) else {
            guard !call.arguments.isEmpty else { throw Failure(reason: "empty sort input") }
            for argument in call.arguments {
                switch argument {
                case .text, .bool, .integer, .bigInteger, .number: continue
                default: throw Failure(reason: "sort takes numbers or texts, or one list or sweep")
                }
            }
            return .choice(
                try OverrideOrder.sorted(call.arguments, isReversed: isReversed), isSimple: true, isShuffled: false)
        }
        switch only {
        case .list(let elements): return .list(try OverrideOrder.sorted(elements, isReversed: isReversed))
        case .choice(let choices, let isSimple, let isShuffled):
            return .choice(
                try OverrideOrder.sorted(choices, isReversed: isReversed), isSimple: isSimple, isShuffled: isShuffled)
        case .range(let start, let stop, let step, let isShuffled):
            return OverrideOrder.turned(start, stop, step, isReversed: isReversed, isShuffled: isShuffled)
        default: return only
        }
    }
}
