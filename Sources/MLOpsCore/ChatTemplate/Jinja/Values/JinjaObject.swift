/// A value with attributes or a call of its own, compared by identity.
class JinjaObject {
    /// The name of its type, for messages.
    var typeName: String { "object" }
    /// The module of its type with a dot behind it, which some of Jinja's messages name; empty for Python's own types.
    var module: String { "" }
    var nesting: Int { 0 }
    var isTrue: Bool { true }
    var isCallable: Bool { false }
    /// How many elements it has, for what knows without being read.
    var count: Int? { nil }
    /// What `str()` gives.
    var description: String { "<\(typeName)>" }

    /// Returns an attribute, or nil when there is none.
    func attribute(_ name: JinjaText, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue? { nil }

    /// Returns what a loop over it gives, or nil when it cannot be looped over.
    func elements(in rendering: JinjaRendering) throws(TemplateError) -> [JinjaValue]? { nil }

    func call(_ arguments: JinjaArguments, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue {
        throw rendering.failure("'\(typeName)' object is not callable")
    }
}

/// A function of Jinja, or a method with its receiver.
final class JinjaFunction: JinjaObject {
    typealias Body = (JinjaArguments, JinjaRendering) throws(TemplateError) -> JinjaValue
    private let name: String
    private let depth: Int
    private let body: Body
    /// The class whose call this is, as Python writes it; nil for functions.
    private let className: String?

    init(_ name: String, class className: String? = nil, nesting: Int = 0, body: @escaping Body) {
        self.name = name
        self.className = className
        depth = nesting
        self.body = body
    }

    override var typeName: String { "function" }
    override var nesting: Int { depth }
    override var isCallable: Bool { true }
    override var description: String { className.map { "<class '\($0)'>" } ?? "<function \(name)>" }
    override func call(_ arguments: JinjaArguments, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue {
        try body(arguments, rendering)
    }
}

/// `dict.items()`, `dict.keys()` and `dict.values()`.
final class JinjaView: JinjaObject {
    enum Kind: String { case items = "dict_items", keys = "dict_keys", values = "dict_values" }
    let kind: Kind
    let values: [JinjaValue]
    private let depth: Int

    init(_ kind: Kind, _ dictionary: JinjaDictionary) {
        self.kind = kind
        depth = dictionary.nesting + 1
        switch kind {
        case .items: values = dictionary.entries.map { .tuple(JinjaList([$0.key, $0.value])) }
        case .keys: values = dictionary.entries.map(\.key)
        case .values: values = dictionary.entries.map(\.value)
        }
    }

    override var typeName: String { kind.rawValue }
    override var nesting: Int { depth }
    override var isTrue: Bool { !values.isEmpty }
    override var count: Int? { values.count }
    override func elements(in rendering: JinjaRendering) throws(TemplateError) -> [JinjaValue]? { values }
}

/// `namespace(…)`: the one thing a template can change.
final class JinjaNamespace: JinjaObject {
    private(set) var entries: [(name: JinjaText, value: JinjaValue)] = []

    override var typeName: String { "TemplateNamespace" }
    override var module: String { "transformers.utils.chat_template_utils." }

    subscript(name: JinjaText) -> JinjaValue? {
        get { entries.first { $0.name.bytes == name.bytes }?.value }
        set {
            guard let newValue else { return }
            if let index = entries.firstIndex(where: { $0.name.bytes == name.bytes }) {
                entries[index].value = newValue
            } else {
                entries.append((name, newValue))
            }
        }
    }

    override func attribute(_ name: JinjaText, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue? {
        self[name]
    }

    /// Lets go of everything, at the end of a rendering: namespaces may hold one another in circles.
    func clear() { entries = [] }
}

/// `cycler(…)`: gives its values in turn.
final class JinjaCycler: JinjaObject {
    private let values: [JinjaValue]
    private var position = 0

    init(_ values: [JinjaValue]) { self.values = values }

    override var typeName: String { "Cycler" }
    override var module: String { "jinja2.utils." }
    override var nesting: Int { 1 + values.reduce(0) { max($0, $1.nesting) } }

    override func attribute(_ name: JinjaText, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue? {
        switch name.string {
        case "current": values[position]
        case "next":
            .object(
                JinjaFunction("next", nesting: nesting) { (_, _) throws(TemplateError) in
                    defer { self.position = (self.position + 1) % self.values.count }
                    return self.values[self.position]
                })
        case "reset":
            .object(
                JinjaFunction("reset", nesting: nesting) { (_, _) throws(TemplateError) in
                    self.position = 0
                    return .none
                })
        default: nil
        }
    }
}

/// `joiner(…)`: nothing at its first call, the separator afterwards.
final class JinjaJoiner: JinjaObject {
    private let separator: JinjaValue
    private var isUsed = false

    init(_ separator: JinjaValue) { self.separator = separator }

    override var typeName: String { "Joiner" }
    override var module: String { "jinja2.utils." }
    override var nesting: Int { separator.nesting + 1 }
    override var isCallable: Bool { true }
    override func call(_ arguments: JinjaArguments, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue {
        defer { isUsed = true }
        return isUsed ? separator : .string("")
    }
}
