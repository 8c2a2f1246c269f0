/// Values as Python prints Hydra's objects for them, which are part of its messages.
extension OverrideValue {
    /// `repr` of the value: quoted text inside of another value is an object of its own.
    var representation: String {
        switch self {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        case .integer(let value): String(value)
        case .bigInteger(let value): value.description
        case .number(let value): PythonText.float(value)
        case .text(let text): PythonText.quoted(text)
        case .quoted(let text, let quote):
            "QuotedString(text=\(PythonText.quoted(text)), quote=<Quote.\(quote == "'" ? "single: 0" : "double: 1")>)"
        case .list(let elements): Self.representation(elements)
        case .map(let pairs):
            "{" + pairs.map { "\($0.key.representation): \($0.value.representation)" }.joined(separator: ", ") + "}"
        case .choice(let choices, let isSimple, let isShuffled):
            "ChoiceSweep(tags=set(), list=\(Self.representation(choices)), simple_form=\(isSimple ? "True" : "False"), "
                + "shuffle=\(isShuffled ? "True" : "False"))"
        case .range(let start, let stop, let step, let isShuffled):
            "RangeSweep(tags=set(), start=\(start.representation), stop=\(stop.representation), "
                + "step=\(step.representation), shuffle=\(isShuffled ? "True" : "False"))"
        case .interval(let start, let end):
            "IntervalSweep(tags=set(), start=\(start.representation), end=\(end.representation))"
        case .glob(let include, let exclude):
            "Glob(include=\(Self.representation(include)), exclude=\(Self.representation(exclude)))"
        }
    }

    /// The value as Python prints it once Hydra has taken it out of the override: its quotes are gone.
    var printed: String {
        switch self {
        case .list(let elements): "[" + elements.map(\.printed).joined(separator: ", ") + "]"
        case .map(let pairs):
            "{" + pairs.map { "\($0.key.printed): \($0.value.printed)" }.joined(separator: ", ") + "}"
        default: unquoted.representation
        }
    }

    /// Whether this is a list or a mapping.
    var isContainer: Bool {
        switch self {
        case .list, .map: true
        default: false
        }
    }

    private static func representation(_ values: [OverrideValue]) -> String {
        "[" + values.map(\.representation).joined(separator: ", ") + "]"
    }
}
