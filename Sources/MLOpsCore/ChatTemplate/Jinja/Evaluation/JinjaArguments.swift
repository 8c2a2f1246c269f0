/// The arguments of a call.
struct JinjaArguments {
    var positional: [JinjaValue] = []
    var named: [(String, JinjaValue)] = []
    /// Where the names came from: not from the template when a dictionary was spread.
    var nameOrigin = JinjaOrigin.template

    /// The arguments given by name, as entries of a dictionary.
    var entries: [(key: JinjaValue, value: JinjaValue)] {
        named.map { (.text(JinjaText($0.0, origin: nameOrigin)), $0.1) }
    }

    /// The argument `name`, given by name.
    subscript(name: String) -> JinjaValue? { named.first { $0.0 == name }?.1 }
}

extension JinjaRendering {
    /// Returns the arguments in the order of `parameters`, nil for those not given.
    ///
    /// - Throws: what Python says of too many, too few and unknown arguments.
    func bind(
        _ arguments: JinjaArguments, to parameters: [String], required: Int = 0, of function: String
    ) throws(TemplateError) -> [JinjaValue?] {
        guard arguments.positional.count <= parameters.count else {
            throw failure("\(function) takes at most \(parameters.count) arguments, not \(arguments.positional.count)")
        }
        var values: [JinjaValue?] = arguments.positional
        values += Array(repeating: nil, count: parameters.count - values.count)
        for (name, value) in arguments.named {
            guard let index = parameters.firstIndex(of: name), values[index] == nil else {
                throw failure("\(function) got an unexpected argument '\(name)'")
            }
            values[index] = value
        }
        for index in 0..<required where values[index] == nil {
            throw failure("\(function) needs the argument '\(parameters[index])'")
        }
        return values
    }
}
