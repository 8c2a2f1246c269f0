/// The arguments of a call in the override grammar.
struct OverrideCall {
    typealias Failure = OverrideFunction.Failure

    let name: String
    let arguments: [OverrideValue]
    private let named: [(String, OverrideValue)]

    /// - Throws: when an argument is named twice.
    init(_ name: String, _ arguments: [OverrideValue], _ named: [(String, OverrideValue)]) throws(Failure) {
        self.name = name
        self.arguments = arguments
        // A name that is given again counts last, as in a Python dictionary.
        self.named = named
    }

    /// The argument called `name`; `null` counts as none.
    subscript(name: String) -> OverrideValue? {
        let value = named.last { $0.0 == name }?.1
        return value == .null ? nil : value
    }

    /// Refuses named arguments other than `names`.
    func allow(_ names: [String]) throws(Failure) {
        for (name, _) in named where !names.contains(name) {
            throw Failure(reason: "\(self.name) got an unexpected argument '\(name)'")
        }
    }

    /// Puts positional and named arguments in the order of `names`; a missing one is nil.
    func bound(to names: [String]) throws(Failure) -> [OverrideValue?] {
        try allow(names)
        guard arguments.count <= names.count else {
            throw Failure(reason: "\(name) takes \(names.count) arguments at most")
        }
        var values: [OverrideValue?] = arguments
        values += Array(repeating: nil, count: names.count - arguments.count)
        for (name, value) in named {
            guard let index = names.firstIndex(of: name) else { continue }
            guard index >= arguments.count else { throw Failure(reason: "'\(name)' is given twice") }
            values[index] = value
        }
        return values
    }

    /// The argument `list` or `sweep`, the former before the latter.
    func listOrSweep() throws(Failure) -> OverrideValue? {
        if let list = self["list"] {
            guard case .list = list else { throw Failure(reason: "the argument 'list' is a list") }
            return list
        }
        guard let sweep = self["sweep"] else { return nil }
        switch sweep {
        case .choice, .range: return sweep
        default: throw Failure(reason: "the argument 'sweep' is a choice or a range")
        }
    }
}
