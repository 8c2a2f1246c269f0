/// What a function of the override grammar takes, and how arguments are bound to it, as in Python.
struct OverrideSignature {
    typealias Failure = OverrideFunction.Failure

    /// A parameter: its name, the type as Hydra writes it, and the types that values of it may have.
    private struct Parameter {
        var name: String
        var type: String
        var takes: Set<String>
        var isRequired = false
    }

    /// The arguments of a call.
    struct Bound {
        /// Those of the parameter that takes any number.
        var all: [OverrideValue] = []
        fileprivate var named: [String: OverrideValue] = [:]

        /// The argument called `name`; `null` counts as none.
        subscript(name: String) -> OverrideValue? { named[name].flatMap { $0 == .null ? nil : $0 } }
    }

    /// The parameter that takes any number of arguments.
    private var variadic: Parameter?
    /// The parameters that are taken by their place or name; after a variadic one, by name.
    private var parameters: [Parameter]

    /// Binds the arguments of a call.
    ///
    /// - Throws: when one is missing, too many, unknown or of a wrong type.
    func bind(_ arguments: [OverrideValue], _ named: [(String, OverrideValue)]) throws(Failure) -> Bound {
        var bound = Bound()
        // A name that is given again counts last, as in a Python dictionary.
        var names: [String] = []
        for (name, value) in named {
            if bound.named.updateValue(value, forKey: name) == nil { names.append(name) }
        }
        if variadic != nil {
            bound.all = arguments
        } else {
            guard arguments.count <= parameters.count else {
                throw Failure("TypeError", "too many positional arguments")
            }
            for (parameter, value) in zip(parameters, arguments) {
                guard bound.named[parameter.name] == nil else {
                    throw Failure("TypeError", "multiple values for argument '\(parameter.name)'")
                }
                bound.named[parameter.name] = value
            }
        }
        for parameter in parameters where parameter.isRequired && bound.named[parameter.name] == nil {
            throw Failure("TypeError", "missing a required argument: '\(parameter.name)'")
        }
        if let unknown = names.first(where: { name in !parameters.contains { $0.name == name } }) {
            throw Failure("TypeError", "got an unexpected keyword argument '\(unknown)'")
        }
        if let variadic {
            for (index, value) in bound.all.enumerated() { try Self.check(value, variadic, at: "[\(index)]") }
        }
        for parameter in parameters {
            if let value = bound.named[parameter.name] { try Self.check(value, parameter) }
        }
        return bound
    }

    private static func check(_ value: OverrideValue, _ parameter: Parameter, at place: String = "") throws(Failure) {
        guard !parameter.takes.contains(value.typeName) else { return }
        throw Failure(
            "TypeError",
            "mismatch type argument \(parameter.name)\(place): \(value.typeName) is incompatible with \(parameter.type)"
        )
    }

    /// The signature of the function `name`; nil when there is none.
    static func named(_ name: String) -> OverrideSignature? { all[name] }

    /// The names of all functions, as Hydra lists them.
    static var names: String { all.keys.sorted().joined(separator: ",") }

    // MARK: Functions

    private static let all: [String: OverrideSignature] = {
        let scalars: Set<String> = ["str", "int", "float", "bool"]
        let sweeps: Set<String> = ["ChoiceSweep", "RangeSweep", "IntervalSweep"]
        let numbers: Set<String> = ["int", "float", "bool"]
        let values = scalars.union(["list", "dict"])
        let any = "Optional[Union[str, int, float, bool, List[Any], Dict[str, Any], QuotedString, Sweep]]"
        let anything = values.union(sweeps).union(["QuotedString", "NoneType"])
        let number = "Union[int, float]"
        let element = "Union[str, int, bool, float, list, dict, ChoiceSweep, RangeSweep]"
        let ordered: Set<String> = ["ChoiceSweep", "RangeSweep"]
        let sweep = Parameter(
            name: "sweep", type: "Optional[Union[ChoiceSweep, RangeSweep]]", takes: ordered.union(["NoneType"]))
        let list = Parameter(name: "list", type: "Optional[List[Any]]", takes: ["list", "NoneType"])
        let elements = Parameter(name: "args", type: element, takes: values.union(ordered))
        let patterns: Set<String> = ["str", "list"]
        var all: [String: OverrideSignature] = [
            "choice": OverrideSignature(
                variadic: Parameter(
                    name: "args", type: "Union[str, int, float, bool, Dict[Any, Any], List[Any], ChoiceSweep]",
                    takes: values.union(["ChoiceSweep"])), parameters: []),
            "range": OverrideSignature(parameters: [
                Parameter(name: "start", type: number, takes: numbers, isRequired: true),
                Parameter(name: "stop", type: "Optional[\(number)]", takes: numbers.union(["NoneType"])),
                Parameter(name: "step", type: number, takes: numbers),
            ]),
            "interval": OverrideSignature(parameters: [
                Parameter(name: "start", type: number, takes: numbers, isRequired: true),
                Parameter(name: "end", type: number, takes: numbers, isRequired: true),
            ]),
            "tag": OverrideSignature(
                variadic: Parameter(name: "args", type: "Union[str, Sweep]", takes: sweeps.union(["str"])),
                parameters: [Parameter(name: "sweep", type: "Optional[Sweep]", takes: sweeps.union(["NoneType"]))]),
            "shuffle": OverrideSignature(variadic: elements, parameters: [sweep, list]),
            "sort": OverrideSignature(
                variadic: elements,
                parameters: [sweep, list, Parameter(name: "reverse", type: "bool", takes: ["bool"])]),
            "glob": OverrideSignature(parameters: [
                Parameter(name: "include", type: "Union[List[str], str]", takes: patterns, isRequired: true),
                Parameter(
                    name: "exclude", type: "Optional[Union[str, List[str]]]", takes: patterns.union(["NoneType"])),
            ]),
        ]
        for name in ["int", "float", "str", "bool"] {
            all[name] = OverrideSignature(
                variadic: Parameter(name: "args", type: any, takes: anything),
                parameters: [Parameter(name: "value", type: any, takes: anything)])
        }
        return all
    }()
}

extension OverrideValue {
    /// The name of the value's type in Python.
    var typeName: String {
        switch self {
        case .null: "NoneType"
        case .bool: "bool"
        case .integer, .bigInteger: "int"
        case .number: "float"
        case .text: "str"
        case .quoted: "QuotedString"
        case .list: "list"
        case .map: "dict"
        case .choice: "ChoiceSweep"
        case .range: "RangeSweep"
        case .interval: "IntervalSweep"
        case .glob: "Glob"
        }
    }
}
