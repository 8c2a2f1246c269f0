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
        let name = JinjaSignature(of: function)
        let count = arguments.positional.count
        guard count <= parameters.count else {
            throw failure(name.tooMany(count, of: parameters.count, required: required))
        }
        var values: [JinjaValue?] = arguments.positional
        values += Array(repeating: nil, count: parameters.count - values.count)
        for (argument, value) in arguments.named {
            guard let index = parameters.firstIndex(of: argument) else {
                throw failure(name.unexpected(argument))
            }
            guard values[index] == nil else {
                throw failure("\(name.text)() got multiple values for argument '\(argument)'")
            }
            values[index] = value
        }
        let missing = (0..<required).filter { values[$0] == nil }.map { "'\(parameters[$0])'" }
        guard missing.isEmpty else { throw failure(name.missing(missing)) }
        return values
    }
}

/// What Python calls a filter's or test's function, and how many arguments it takes that a template does not write.
private struct JinjaSignature {
    let text: String
    let hidden: Int
    /// Whether it is written in C, which says the same otherwise.
    let isBuiltIn: Bool

    init(of function: String) {
        isBuiltIn = function == "abs" || function == "length"
        hidden = Self.hidden[function] ?? (Self.names[function] == nil ? 0 : 1)
        text = function == "length" ? "len" : Self.names[function] ?? function
    }

    func tooMany(_ count: Int, of limit: Int, required: Int) -> String {
        let given = count + hidden
        if isBuiltIn { return "\(text)() takes exactly one argument (\(given) given)" }
        let (least, most) = (required + hidden, limit + hidden)
        let takes =
            least == most
            ? "\(most) positional argument\(most == 1 ? "" : "s")" : "from \(least) to \(most) positional arguments"
        return "\(text)() takes \(takes) but \(given) \(given == 1 ? "was" : "were") given"
    }

    func unexpected(_ argument: String) -> String {
        isBuiltIn
            ? "\(text)() takes no keyword arguments" : "\(text)() got an unexpected keyword argument '\(argument)'"
    }

    func missing(_ names: [String]) -> String {
        let list = names.count < 3 ? names.joined(separator: " and ") : names.joined(separator: ", ")
        return "\(text)() missing \(names.count) required positional argument\(names.count == 1 ? "" : "s"): \(list)"
    }

    private static let names: [String: String] = {
        var names = [
            "escape": "escape", "safe": "do_mark_safe", "string": "soft_str", "tojson": "tojson", "min": "do_min",
        ]
        let plain =
            "attr batch capitalize center default dictsort filesizeformat float forceescape indent int items last lower "
            + "max pprint random replace reverse round sort striptags title trim truncate upper urlencode urlize wordcount "
            + "wordwrap xmlattr"
        for name in plain.split(separator: " ") { names[String(name)] = "do_\(name)" }
        // Those that have a twin for asynchronous templates.
        for name in "first groupby join list slice sum unique".split(separator: " ") {
            names[String(name)] = "sync_do_\(name)"
        }
        for name in "divisibleby sameas in".split(separator: " ") { names["test_" + name] = "test_\(name)" }
        return names
    }()

    /// Those that are given the environment or the context too.
    private static let hidden: [String: Int] = {
        let names =
            "attr first groupby join last max min random replace sort sum truncate unique urlize wordwrap xmlattr"
        var hidden = Dictionary(uniqueKeysWithValues: names.split(separator: " ").map { (String($0), 2) })
        hidden["abs"] = 1
        hidden["length"] = 1
        return hidden
    }()
}
