/// The functions of the override grammar: casts, and what makes a sweep.
///
/// Arguments are bound as Python binds them, and quoted text among them is text: what a function gives back is
/// written without quotes.
enum OverrideFunction {
    /// Why a call has no value, as the exception that Hydra tells.
    struct Failure: Error {
        let type: String
        let reason: String

        init(_ type: String, _ reason: String) {
            self.type = type
            self.reason = reason
        }
    }

    /// Returns the value of a call.
    static func evaluate(
        _ name: String, _ arguments: [OverrideValue], _ named: [(String, OverrideValue)]
    ) throws(Failure) -> OverrideValue {
        guard let signature = OverrideSignature.named(name) else {
            throw Failure("HydraException", "Unknown function '\(name)'\nAvailable: \(OverrideSignature.names)")
        }
        let call = try signature.bind(arguments.map(\.unquoted), named.map { ($0.0, $0.1.unquoted) })
        switch name {
        case "choice": return try choice(call)
        case "range": return range(call)
        case "interval":
            let (start, end) = (call["start"]?.number ?? 0, call["end"]?.number ?? 0)
            return .interval(.number(start), .number(end))
        case "glob": return .glob(include: patterns(call["include"]), exclude: patterns(call["exclude"]))
        case "tag": return try tag(call)
        case "shuffle": return try shuffle(call)
        case "sort": return try sort(call)
        default: return try OverrideCast.cast(try single(call), to: name)
        }
    }

    /// The value to cast; several are a choice.
    private static func single(_ call: OverrideSignature.Bound) throws(Failure) -> OverrideValue {
        if let value = call["value"] {
            guard call.all.isEmpty else { throw Failure("TypeError", "cannot use both position and named arguments") }
            return value
        }
        guard let first = call.all.first else { throw Failure("TypeError", "No positional args or value specified") }
        return call.all.count == 1 ? first : try simpleChoice(call, isShuffled: false)
    }

    private static func simpleChoice(_ call: OverrideSignature.Bound, isShuffled: Bool) throws(Failure) -> OverrideValue
    {
        guard !call.all.contains(where: \.isSweep) else { throw Failure("AssertionError", "") }
        return .choice(call.all, isSimple: true, isShuffled: isShuffled)
    }

    private static func choice(_ call: OverrideSignature.Bound) throws(Failure) -> OverrideValue {
        guard let first = call.all.first else { throw Failure("ValueError", "empty choice is not legal") }
        if call.all.count == 1, case .choice(let choices, let isSimple, let isShuffled) = first {
            guard isSimple else { throw Failure("ValueError", "nesting choices is not supported") }
            return .choice(choices, isSimple: false, isShuffled: isShuffled)
        }
        return .choice(call.all, isSimple: false, isShuffled: false)
    }

    private static func range(_ call: OverrideSignature.Bound) -> OverrideValue {
        let step = call["step"] ?? .integer(1)
        let start = call["start"] ?? .integer(0)
        guard let stop = call["stop"] else {
            return .range(start: .integer(0), stop: start, step: step, isShuffled: false)
        }
        return .range(start: start, stop: stop, step: step, isShuffled: false)
    }

    private static func patterns(_ value: OverrideValue?) -> [OverrideValue] {
        switch value {
        case nil: []
        case .list(let elements)?: elements.map { if case .text = $0 { $0 } else { .text($0.written ?? "") } }
        case let value?: [value]
        }
    }

    private static func tag(_ call: OverrideSignature.Bound) throws(Failure) -> OverrideValue {
        guard !call.all.isEmpty else {
            throw Failure("ValueError", "Not enough arguments to tag, must take at least a sweep")
        }
        let all = call.all + (call["sweep"].map { [$0] } ?? [])
        guard let sweep = all.last, sweep.isSweep else {
            throw Failure(
                "ValueError", "Last argument to tag() must be a choice(), range() or interval(), got NoneType")
        }
        for tag in all.dropLast() {
            guard case .text = tag else {
                throw Failure("ValueError", "tag arguments type must be string, got \(tag.typeName)")
            }
        }
        return sweep
    }

    private static func shuffle(_ call: OverrideSignature.Bound) throws(Failure) -> OverrideValue {
        guard let only = call["list"] ?? call["sweep"] ?? (call.all.count == 1 ? call.all[0] : nil) else {
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

    private static func sort(_ call: OverrideSignature.Bound) throws(Failure) -> OverrideValue {
        let isReversed = call["reverse"] == .bool(true)
        guard let only = call["list"] ?? call["sweep"] ?? (call.all.count == 1 ? call.all[0] : nil) else {
            for argument in call.all {
                switch argument {
                case .text, .bool, .integer, .bigInteger, .number: continue
                default:
                    let shown = call.all.map(\.unquoted.representation)
                    throw Failure("TypeError", "Invalid arguments: (\(shown.joined(separator: ", ")))")
                }
            }
            guard !call.all.isEmpty else { throw Failure("ValueError", "empty sort input") }
            return .choice(
                try OverrideOrder.sorted(call.all, isReversed: isReversed), isSimple: true, isShuffled: false)
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
