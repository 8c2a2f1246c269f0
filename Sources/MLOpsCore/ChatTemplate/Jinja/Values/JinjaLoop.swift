/// `loop` inside a `for`.
final class JinjaLoop: JinjaObject {
    private let items: [JinjaValue]
    private let depth: Int
    private let depth0: Int
    /// Renders the loop's body for other items, when the loop is recursive.
    private let recursion: ((JinjaValue, Int) throws(TemplateError) -> JinjaValue)?
    var position = 0
    private var lastChanged: [JinjaValue]?

    init(
        _ items: [JinjaValue], nesting: Int, depth0: Int,
        recursion: ((JinjaValue, Int) throws(TemplateError) -> JinjaValue)?
    ) {
        self.items = items
        depth = nesting
        self.depth0 = depth0
        self.recursion = recursion
    }

    override var typeName: String { "LoopContext" }
    override var module: String { "jinja2.runtime." }
    override var nesting: Int { depth }
    override var isTrue: Bool { !items.isEmpty }
    override var isCallable: Bool { true }
    override var count: Int? { items.count }
    override var description: String { "<LoopContext \(position + 1)/\(items.count)>" }

    override func attribute(_ name: JinjaText, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue? {
        switch name.string {
        case "index": .integer(position + 1)
        case "index0": .integer(position)
        case "first": .bool(position == 0)
        case "last": .bool(position == items.count - 1)
        case "length": .integer(items.count)
        case "revindex": .integer(items.count - position)
        case "revindex0": .integer(items.count - position - 1)
        case "depth": .integer(depth0 + 1)
        case "depth0": .integer(depth0)
        case "previtem":
            position > 0 ? items[position - 1] : .undefined(.reason("there is no previous item"))
        case "nextitem":
            position + 1 < items.count ? items[position + 1] : .undefined(.reason("there is no next item"))
        case "cycle": .object(JinjaFunction("cycle", nesting: depth, body: cycle))
        case "changed": .object(JinjaFunction("changed", nesting: depth, body: changed))
        default: nil
        }
    }

    private func cycle(_ arguments: JinjaArguments, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue {
        guard !arguments.positional.isEmpty else { throw rendering.failure("no items for cycling given") }
        return arguments.positional[position % arguments.positional.count]
    }

    private func changed(_ arguments: JinjaArguments, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue
    {
        if let lastChanged,
            try rendering.areEqual(.list(JinjaList(lastChanged)), .list(JinjaList(arguments.positional)))
        {
            return .bool(false)
        }
        lastChanged = arguments.positional
        return .bool(true)
    }

    override func call(_ arguments: JinjaArguments, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue {
        guard let recursion else {
            throw rendering.failure("The loop must have the 'recursive' marker to be called recursively.")
        }
        let items = try rendering.bind(arguments, to: ["iterable"], required: 1, of: "loop")[0]
        return try recursion(items ?? .none, depth0 + 1)
    }

    /// Lets go of what `changed` remembers, which may be the loop itself.
    func end() { lastChanged = nil }
}
